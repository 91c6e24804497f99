# SPDX-License-Identifier: Apache-2.0
"""The pages on detectors quote the record of those that ship, which shows what the pages say."""

import json
import math
from dataclasses import dataclass

import pytest

from benchmarks import trained_detectors
from benchmarks.detector_figures import Size
from host.theory.quotation import recorded_tables
from tests.house.test_docs import ROOT
from tests.house.test_quoted_theory import QUOTE, stale

PAGES = ("docs/mimo.md", "receivers/mimo/deep/weights/README.md")
STAGES = ROOT / "benchmarks" / "records" / "detector-stages.json"
RECORD = ROOT / "benchmarks" / "records" / "trained-detectors.json"
MOST_TIMES_OWN = {2: 1.1, 4: 1.1, 6: 1.2, 8: 1.4}  # errors of weights of four users, by users


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
        assert ships <= 1.12 * own
        num_tx = int(row[0].split(",")[0])
        assert max(of_four, filtered_of_four) <= MOST_TIMES_OWN[num_tx]
        if num_tx == 8:
            assert filtered < 0.5 * unfolded
    for row in in_integers.rows:
        assert all(float(ratio) <= 1.1 for ratio in (row[3], row[6]) if ratio != "–")
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
    behind_lmmse = _stages("lmmse, 16qam, 24 hidden")
    qpsk = _stages("matched, qpsk, 24 hidden")
    *wide, wide_near_floor = _stages("matched, 16qam, 40 hidden")
    *small, small_near_floor = _stages("matched, 16qam, 24 hidden")

    assert all(shared.low > 0.0 and own.low > 0.0 for shared, own in behind_lmmse)
    assert all(own.mean >= -0.1 for _, own in (*qpsk, *small, *wide))
    assert qpsk[-1][0].mean > 0.2
    assert all(shared.low >= 0.48 for shared, _ in (*small, *wide))
    assert -0.3 < wide_near_floor[1].mean < -0.2
    assert -0.4 < small_near_floor[1].mean < -0.3
    assert all(math.isnan(shared.mean) for shared, _ in (wide_near_floor, small_near_floor))


def test_factors_have_at_most_two_fifths_of_the_parameters_of_own_stages() -> None:
    (table,) = recorded_tables(STAGES)

    for row in table.rows:
        _, of_factors, of_own = (int(count.replace(",", "")) for count in row[1].split(", "))
        assert of_factors <= 0.4 * of_own


def test_stages_were_compared_in_full() -> None:
    assert json.loads(STAGES.read_text())["settings"] == {
        "seeds": [1, 2, 3, 4, 5],
        "num_steps": 1000,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What stages need more than factors [dB], and the lower end of its interval."""

    mean: float
    low: float


def _stages(case: str) -> list[tuple[Difference, Difference]]:
    (table,) = recorded_tables(STAGES)
    return [(_difference(row[3]), _difference(row[4])) for row in table.rows if row[0] == case]


def _difference(cell: str) -> Difference:
    if cell == "–":
        return Difference(mean=math.nan, low=math.nan)
    mean, half = map(float, cell.split(" ± "))
    return Difference(mean=mean, low=mean - half)


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
