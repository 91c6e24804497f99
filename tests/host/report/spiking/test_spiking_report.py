# SPDX-License-Identifier: Apache-2.0
"""What a report says of spiking networks, from records made by hand."""

import json
from pathlib import Path

from host.report.spiking import figure
from host.report.spiking.listing import listed
from host.report.spiking.matrix import trained
from host.report.spiking.picture import save_accuracies
from host.report.spiking.tables import tables
from host.report.spiking.writing import markdown, page
from host.spiking.record import Refused
from snn.adaptation.methods import Method
from tests.host.report.spiking.records import record


def test_a_place_of_the_matrix_is_the_mean_of_the_networks_and_their_ends() -> None:
    (kind,) = trained([record(seed=1), record(seed=2, right=(92, 86, 10))])

    own, mapped = kind.at(4000, Method.TAU), kind.at(1000, Method.INTEGRAL)

    assert own is not None
    assert mapped is not None
    assert (own.mean, own.ends) == (0.91, (0.90, 0.92))
    assert (round(mapped.mean, 6), mapped.ends) == (0.83, (0.80, 0.86))
    assert kind.run_dt_us == (1000, 4000)
    assert kind.methods == (Method.INTEGRAL, Method.TAU)
    assert kind.at(2000, Method.TAU) is None


def test_of_one_network_the_interval_is_told() -> None:
    accuracies, costs = tables([record()])

    assert accuracies.head == ("method", "1 ms", "4 ms")
    assert accuracies.rows[0] == ("integral", "80.0 (75.0 to 85.0)", "90.0 (85.0 to 95.0)")
    assert "Clopper-Pearson" in accuracies.note
    assert costs.rows[0][1:5] == ("1 234", "1", "70", "1600")


def test_what_has_no_counterpart_is_told_beside_those_that_have() -> None:
    whole, other = record(seed=1), record(seed=2, right=(92, 86, 10))
    partial = other.model_copy(
        update={
            "accuracies": other.accuracies[:2],
            "refused": (Refused(dt_us=1000, method=Method.TAU, reason="no quarter"),),
        }
    )
    nothing = whole.model_copy(
        update={"accuracies": whole.accuracies[:1], "refused": partial.refused}
    )

    shown, alone = tables([whole, partial])[0], tables([nothing])[0]

    assert shown.rows[0][1] == "83.0 (80.0 to 86.0)"
    assert shown.rows[1][1] == "40.0 (35.0 to 45.0), 1 of 2 networks"
    assert shown.note.endswith("Others have no counterpart there. The first: no quarter.")
    assert alone.rows == (("tau", "–", "90.0 (85.0 to 95.0)"),)


def test_groups_that_were_held_out_have_a_table_with_their_mean() -> None:
    found = tables([record(held_out="ann"), record(seed=2, held_out="bob", right=(80, 70, 60))])

    assert [row[0] for row in found[1].rows] == ["ann", "bob", "mean"]
    assert found[1].rows[-1] == ("mean", "85.0")
    assert found[0].note.endswith("which differ in seed and whom they never met.")


def test_page_picture_and_markdown_hold_the_cells(tmp_path: Path) -> None:
    records = [record(seed=1), record(seed=2)]

    text, shown = page("Digits", records), markdown(records)

    assert "Digits" in text
    for table in tables(records):
        assert all(f"| {' | '.join(row)} |" in shown for row in table.rows)
    assert save_accuracies(tmp_path / "a.png", trained(records)).stat().st_size > 10_000


def test_the_figure_has_a_line_for_each_method_with_its_ends() -> None:
    (kind,) = trained([record()])

    drawn = json.loads(json.dumps(figure.accuracies(kind)))

    assert [line["name"] for line in drawn["data"]] == ["integral", "time constants"]
    assert drawn["data"][0]["x"] == [1.0, 4.0]
    assert drawn["data"][0]["y"] == [80.0, 90.0]


def test_the_json_lists_every_place_once() -> None:
    found = listed([record()])

    assert isinstance(found, list)
    assert len(found) == 4
    assert {"run_dt_us": 1000, "method": "tau", "mean": 0.4}.items() <= {
        key: value
        for one in found
        if isinstance(one, dict) and one["method"] == "tau" and one["run_dt_us"] == 1000
        for key, value in one.items()
    }.items()
