# SPDX-License-Identifier: Apache-2.0
"""The pages on detectors quote the record of those that ship, which shows what the pages say."""

import json

import pytest

from benchmarks import trained_detectors
from benchmarks.detector_figures import Size
from host.theory.quotation import recorded_tables
from tests.house.test_docs import ROOT
from tests.house.test_quoted_theory import QUOTE, stale

PAGES = ("docs/mimo.md", "receivers/mimo/deep/weights/README.md")
STAGES = ROOT / "benchmarks" / "records" / "detector-stages.json"
RECORD = ROOT / "benchmarks" / "records" / "trained-detectors.json"


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_of_the_pages_are_those_of_the_record(page: str) -> None:
    text = (ROOT / page).read_text()

    assert QUOTE.search(text)
    assert stale(text) == []


def test_the_record_was_made_in_full() -> None:
    assert json.loads(RECORD.read_text())["settings"] == {
        "num_elements": Size().num_elements,
        "num_steps": Size().num_steps,
        "num_blocks": Size().num_blocks,
        "num_slots": Size().num_slots,
    }


def test_what_the_pages_say_is_what_the_record_shows() -> None:
    _, by_users, in_integers, behind, in_scenarios, in_slots, _ = recorded_tables(RECORD)

    for row in by_users.rows:
        own, _, ships, _, unfolded, of_four, _, filtered, filtered_of_four, _ = map(float, row[1:])
        assert ships < 1.1 * own
        # Weights of four users serve two to eight.
        assert max(of_four, filtered_of_four) <= 1.5
        if row[0].startswith("8"):
            assert filtered < unfolded
    for row in in_integers.rows:
        assert float(row[3]) <= 1.1
    for row in behind.rows:
        if row[0].startswith("tanh"):
            _, *taught = (float(rate) for rate in row[2:7])
            lmmse, gnn_sic, unfolded, *_ = (float(rate) for rate in row[7:])
            assert min(gnn_sic, unfolded) > 5 * lmmse > 5 * max(taught)
    for row in in_scenarios.rows:
        known, told = zip(*(map(float, rates.split(" / ")) for rates in row[1:]), strict=True)
        for lmmse, _, _, _, filtered, *_ in (known, told):
            assert filtered < 0.9 * lmmse
    for row in in_slots.rows:
        assert 0.95 <= float(row[1]) <= 1.05


def test_factors_are_nearly_stages_of_their_own_where_the_page_says_so() -> None:
    (stages,) = recorded_tables(STAGES)

    wide = [row for row in stages.rows if row[0] == "matched, 16qam, 40 hidden"]
    assert len(wide) == 3
    for _, parameters, _, shared, own in wide:
        _, of_factors, of_own = (int(count.replace(",", "")) for count in parameters.split(", "))
        assert of_factors <= 0.4 * of_own
        assert float(own.split(" ± ")[0]) >= -0.2
        mean, half = map(float, shared.split(" ± "))
        assert mean - half > 0.0


def test_the_first_table_is_what_the_command_computes_today(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # All detectors, one point: the rest of it takes minutes.
    first = next(iter(trained_detectors.POINTS_DB))
    snr_db = trained_detectors.POINTS_DB[first][0]
    monkeypatch.setattr(trained_detectors, "POINTS_DB", {first: (snr_db,)})

    found = trained_detectors.beside_classical(Size())

    recorded = recorded_tables(RECORD)[0]
    assert [row[:2] for row in found.rows] == [row[:2] for row in recorded.rows]
