# SPDX-License-Identifier: Apache-2.0
"""Maximum a posteriori is never beaten: not by any detector, not by itself with anything wrong.

Truth: with white Gaussian noise and the true channel no decision makes fewer symbol errors. Of the
symbols that exactly one of two detectors gets right, MAP's share is therefore at least one half;
a share that a fair coin brings with a probability below 0.1 % is a bug. Symbols of one element
depend on each other, so the first user's alone are counted.
"""

from dataclasses import replace

import pytest
from scipy.stats import binomtest

from receivers.mimo import catalog
from receivers.mimo.deep.weights_file import KINDS
from receivers.mimo.detector import Rule
from receivers.mimo.exhaustive import Exhaustive
from sim.mimo.problem import Block, Problem
from tests.receivers.mimo.drawn import rayleigh

CASES = [("bpsk", 2, 4, 3.0), ("qpsk", 4, 4, 5.0), ("16qam", 2, 2, 12.0)]
OTHERS = [name for name in catalog.names() if name not in ("map", *KINDS)]
CHANCE = 1e-3


def _block(modulation: str, num_rx_ant: int, num_tx: int, snr_db: float) -> Block:
    return rayleigh(
        modulation, num_rx_ant=num_rx_ant, num_tx=num_tx, snr_db=snr_db, num_elements=3000
    )


def _wins(problem: Problem, block: Block, other: str | None = None) -> tuple[int, int]:
    """Return on how many symbols only MAP is right, and only the other (MAP itself: misled)."""
    truth = block.sent.labels[:, 0]
    best = Exhaustive(Rule.SUM).detect(block.problem).labels[:, 0] == truth
    rival = (catalog.build(other) if other else Exhaustive(Rule.SUM)).detect(problem)
    right = rival.labels[:, 0] == truth
    return int((best & ~right).sum()), int((~best & right).sum())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}x{case[2]}")
@pytest.mark.parametrize("name", OTHERS)
def test_no_detector_beats_it(case: tuple[str, int, int, float], name: str) -> None:
    block = _block(*case)

    only_map, only_other = _wins(block.problem, block, name)

    if only_map + only_other:
        beaten = binomtest(only_other, only_map + only_other, alternative="greater")
        assert beaten.pvalue > CHANCE


@pytest.mark.parametrize("name", ["zf", "lmmse", "mmse-sic", "soft-sic"])
def test_it_beats_those_that_are_known_to_be_worse(name: str) -> None:
    # Or the comparison above could not tell anything.
    block = _block("qpsk", 4, 4, 5.0)

    only_map, only_other = _wins(block.problem, block, name)

    assert binomtest(only_map, only_map + only_other, alternative="greater").pvalue < CHANCE


def test_a_wrong_order_of_antennas_or_users_is_noticed() -> None:
    block = _block("qpsk", 4, 4, 5.0)

    for h in (block.problem.h.flip(1), block.problem.h.flip(2), block.problem.h.conj()):
        only_map, only_other = _wins(replace(block.problem, h=h), block)
        assert binomtest(only_map, only_map + only_other, alternative="greater").pvalue < CHANCE
