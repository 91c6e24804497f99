# SPDX-License-Identifier: Apache-2.0
"""Results as Markdown: the same figures as the report's, in order of need, with what they cost."""

import numpy as np
import pytest

from host.record import Record
from host.report import quantity
from host.report.markdown import markdown
from host.report.paired import METHOD
from host.report.required import standings
from tests.host.report.latent import trials
from tests.host.report.records import BOARD, hardware, record

CROSSINGS_DB = {"ls-linear": 1.5, "neural-s": 0.4, "perfect-csi": 0.0}


@pytest.fixture
def records() -> list[Record]:
    rng = np.random.Generator(np.random.Philox(1))
    return trials(rng, CROSSINGS_DB, grid_db=(-1.0, 0.0, 1.0, 2.0, 3.0), num_drops=128)


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_row_has_the_figures_of_its_standing(records: list[Record]) -> None:
    found = {s.curve.receiver: s for s in standings(records, scenario="urban-slow")}

    head, *body = rows(markdown(records, {}))

    assert head[3] == "Eb/N0 at a block error rate of 0.1 [dB]"
    assert [row[0] for row in body] == [
        "perfect CSI",
        "neural S",
        "LS, linear interpolation",
    ]
    neural = found["neural-s"]
    assert body[1][1:] == [
        "host, float",
        "128",
        quantity.decibels(neural.required),
        quantity.decibels(neural.gap_to_perfect_csi),
        quantity.decibels(neural.gain_over_least_squares),
    ]
    assert body[0][4] == "0.00"
    assert METHOD in markdown(records, {})


def test_what_a_slot_costs_stands_in_a_sentence() -> None:
    text = markdown(
        [record("neural-s", device=BOARD, snr_db=s, bler=b) for s, b in ((0, 0.2), (1, 0.02))],
        {},
    )

    assert (
        "takes 5.00 million multiply-accumulates, 12.50 million instructions (2.5 each), "
        "137 KiB of RAM, 29 KiB of flash; 167 ms (142 to 192, modelled:chip), 7 mJ (6 to 8, "
        "modelled:1v8). Of its LLRs 0 of 3\u202f072\u202f000 differ from the twin's."
    ) in text


def test_records_without_a_code_or_a_board_quote_nothing() -> None:
    assert markdown([record("perfect-csi", coded=False)], {}).strip() == ""


def test_weights_of_one_s_own_keep_their_name_and_tell_their_arithmetic() -> None:
    devices = ("host", "twin", BOARD)

    text = markdown([record("mine", device=device) for device in devices], {})

    _, *body = rows(text)
    assert {(row[0], row[1]) for row in body} == {
        ("`mine`", "host, float"),
        ("`mine`", "twin, int8"),
        ("`mine`", f"`{BOARD}`, int8"),
    }
    assert f"One slot of `mine` on `{BOARD}` takes" in text
    assert "neural" not in text


@pytest.mark.parametrize(
    ("twin_slots", "unequal", "said"),
    [(2000, 0, True), (2000, 3, False), (2000, None, False), (1000, 0, False)],
    ids=["fewer", "differing", "not compared", "as many"],
)
def test_a_board_that_saw_fewer_slots_than_its_twin_is_explained(
    *, twin_slots: int, unequal: int | None, said: bool
) -> None:
    made = hardware()
    assert made.agreement is not None
    agreement = made.agreement.model_copy(update={"num_unequal": unequal})
    found = made.model_copy(update={"agreement": None if unequal is None else agreement})
    twin = record("neural-s", device="twin").model_copy(update={"num_slots": twin_slots})
    board = record("neural-s", device=BOARD).model_copy(update={"hardware": found})

    text = markdown([twin, board], {})

    assert ("on those its LLRs are the twin's" in text) == said


def test_a_curve_on_one_side_says_where_its_grid_ends_and_stands_in_order() -> None:
    rates = {"ls-linear": (0.5, 0.3), "lmmse": (0.2, 0.05), "perfect-csi": (0.05, 0.01)}

    text = markdown(
        [
            record(name, snr_db=snr_db, bler=bler)
            for name, values in rates.items()
            for snr_db, bler in zip((-1.0, 4.0), values, strict=True)
        ],
        {},
    )

    _, *body = rows(text)
    assert [row[3] for row in body] == ["<-1.00", "1.50 (–)", ">4.00"]
    assert "Where > or < stands, every point is above or below 0.1" in text


def test_marks_that_stand_nowhere_are_not_explained(records: list[Record]) -> None:
    alone = markdown([record("lmmse", bler=0.5)], {})

    assert "| >0.00 |" in alone
    assert METHOD not in alone
    assert "Where > or <" not in markdown(records, {})
