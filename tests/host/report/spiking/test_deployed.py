# SPDX-License-Identifier: Apache-2.0
"""What a report says of networks in integers, from records made by hand."""

import json
from pathlib import Path

import pytest

from host.report.spiking import knob
from host.report.spiking.deployed_tables import board_table, deployed_tables, integer_table
from host.report.spiking.knob import Price, save_knob
from host.report.spiking.listing import listed_deployed
from host.report.spiking.matrix import Trained, trained
from host.report.spiking.tables import tables
from host.report.spiking.writing import page, write_report
from tests.host.report.spiking.records import in_integers, record


def kind(*, modelled: bool = True) -> Trained:
    """Return two networks of one kind: 1 and 3 points are lost at 4 ms, 2 and 0 at 1 ms."""
    (found,) = trained(
        [
            record(seed=1, deployed=in_integers(modelled=modelled)),
            record(seed=2, deployed=in_integers(right=(87, 80), modelled=modelled)),
        ]
    )
    return found


def test_losses_are_those_against_the_same_network_of_real_numbers() -> None:
    own, fine = integer_table(kind()).rows

    assert own[:4] == ("4 ms", "int8", "88.0 (87.0 to 89.0)", "2.0, 3.0")
    assert fine[:4] == ("1 ms", "int8", "79.0 (78.0 to 80.0)", "1.0, 2.0")
    assert own[4:] == ("4 of 200", "0", "32.0")


def test_a_loss_that_the_records_cannot_tell_is_none() -> None:
    alone = record(deployed=in_integers())
    left = tuple(a for a in alone.accuracies if a.dt_us == 4000)
    (found,) = trained([alone.model_copy(update={"accuracies": left})])

    assert [row[3] for row in integer_table(found).rows] == ["1.0, 1.0", "–"]


def test_boards_tell_instructions_and_modelled_energy_of_a_recording() -> None:
    table = board_table(kind())

    assert table.rows[1][:3] == ("m4", "1 ms", "int8")
    assert table.rows[1][4:] == ("40", "0", "6.4", "20", "–", "640 (320 to 1\u202f280)")
    assert "modelled:chip" in table.note


def test_networks_without_devices_have_no_such_tables() -> None:
    (found,) = trained([record()])

    assert deployed_tables(found) == ()
    assert len(tables([record()])) == 2


def test_the_knob_goes_from_the_finest_step_to_the_coarsest() -> None:
    found = kind()

    (line,) = knob.lines(found, Price.INSTRUCTIONS)
    drawn = json.loads(json.dumps(knob.figure(found, Price.ENERGY)))

    assert (line.dt_us, line.prices, line.shares) == ((1000, 4000), (6.4, 1.6), (0.79, 0.88))
    assert drawn["data"][0]["text"] == ["1 ms", "4 ms"]
    assert drawn["data"][0]["x"] == pytest.approx([640.0, 160.0])


def test_a_price_that_is_not_known_is_not_drawn(tmp_path: Path) -> None:
    found = kind(modelled=False)

    assert knob.lines(found, Price.ENERGY) == ()
    assert save_knob(tmp_path / "energy.png", [found], Price.ENERGY) is None
    assert save_knob(tmp_path / "instructions.png", [found], Price.INSTRUCTIONS) is not None


def test_the_report_writes_page_and_pictures(tmp_path: Path) -> None:
    records = kind().records

    written = write_report("Digits", records, folder=tmp_path)

    names = ["report.html", "accuracy.png", "accuracy-instructions.png", "accuracy-energy.png"]
    assert [path.name for path in written] == names
    assert all(path.stat().st_size > 5_000 for path in written)
    assert "unlike the twin" in page("Digits", records)


def test_the_json_lists_each_place_with_its_boards() -> None:
    found = json.loads(json.dumps(listed_deployed(kind().records)))

    assert [(one["run_dt_us"], one["mean"]) for one in found] == [(4000, 0.88), (1000, 0.79)]
    assert found[0]["boards"]["m4"]["instructions"] == 1.6e6
    assert found[0]["max_loss"] == pytest.approx(0.03)
