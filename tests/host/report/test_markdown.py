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
from tests.host.report.records import BOARD, record

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

    head, *body = rows(markdown(records))

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
    assert METHOD in markdown(records)


def test_what_a_slot_costs_stands_in_a_sentence() -> None:
    text = markdown(
        [record("neural-s", device=BOARD, snr_db=s, bler=b) for s, b in ((0, 0.2), (1, 0.02))]
    )

    assert (
        "takes 5.00 million multiply-accumulates, 12.50 million instructions (2.5 each), "
        "137 KiB of RAM, 29 KiB of flash; 167 ms (142 to 192, modelled:chip), 7 mJ (6 to 8, "
        "modelled:1v8). Of its LLRs 0 of 3\u202f072\u202f000 differ from the twin's."
    ) in text


def test_records_without_a_code_or_a_board_quote_nothing() -> None:
    assert markdown([record("perfect-csi", coded=False)]).strip() == ""


def test_ones_own_network_keeps_its_name_and_tells_its_arithmetic() -> None:
    made = [
        record("mine", device=device, snr_db=snr_db, bler=bler)
        for device in ("host", "twin", BOARD)
        for snr_db, bler in ((0, 0.2), (1, 0.02))
    ]

    text = markdown(made)

    assert {tuple(row[:2]) for row in rows(text)[1:]} == {
        ("mine", "host, float"),
        ("mine", "twin, int8"),
        ("mine", f"`{BOARD}`, int8"),
    }
    assert f"One slot of mine on `{BOARD}` takes" in text
    assert "A board may see fewer slots than its twin" in text


def test_brackets_are_explained_only_where_there_are_some() -> None:
    assert METHOD not in markdown([record("ls-linear", snr_db=0.0, bler=0.5)])
