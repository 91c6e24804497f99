# SPDX-License-Identifier: Apache-2.0
"""The whole uncoded link against the textbook's bit error rates, at a million bits.

Truth: closed form. Each test has a false-alarm probability of 1 %; seeds are fixed.
"""

import math
from typing import Any

import pytest
import torch
from scipy.stats import norm

from receivers.perfect_csi import PerfectCsi
from sim.estimate import ErrorRate
from sim.link import Link
from tests.sim.scenarios import scenario

NUM_BITS = 1_000_000


def _q(x: float) -> float:
    return float(norm.sf(x))


def _qpsk_awgn(es_n0: float) -> float:
    return _q(math.sqrt(es_n0))


def _qam16_awgn(es_n0: float) -> float:
    """Gray 16-QAM, exact: Proakis & Salehi, section 4.3; a is half the distance over sigma."""
    a = math.sqrt(es_n0 / 5.0)
    return (3.0 * _q(a) + 2.0 * _q(3.0 * a) - _q(5.0 * a)) / 4.0


def _qpsk_rayleigh(es_n0: float, *, num_branches: int) -> float:
    """Maximum-ratio combining of L Rayleigh branches: Proakis & Salehi, 5th ed., eq. (13.4-15)."""
    gamma = es_n0 / 2.0
    mu = math.sqrt(gamma / (1.0 + gamma))
    tail = sum(
        math.comb(num_branches - 1 + k, k) * ((1 + mu) / 2) ** k for k in range(num_branches)
    )
    return ((1 - mu) / 2) ** num_branches * tail


def _errors_per_slot(made: Any, *, snr_db: float, num_bits: int) -> torch.Tensor:
    link, receiver = Link(made, seed=2), PerfectCsi()
    num_slots = -(-num_bits // link.num_bits)
    counts = []
    for first in range(0, num_slots, 2048):
        slot = link.slots(first, min(2048, num_slots - first), snr_db=snr_db)
        llr = receiver.detect_with_truth(slot.observation, slot.truth)
        counts.append(((llr > 0) != slot.truth.coded_bits.bool()).sum((1, 2)))
    return torch.cat(counts)


@pytest.mark.parametrize("snr_db", [2.0, 6.0])
@pytest.mark.parametrize(
    ("num_bits_per_symbol", "closed_form"),
    [(2, _qpsk_awgn), (4, _qam16_awgn)],
    ids=["QPSK", "16QAM"],
)
def test_uncoded_awgn_error_rate_is_the_closed_form(
    num_bits_per_symbol: int, closed_form: Any, snr_db: float
) -> None:
    made = scenario(
        grid={"num_subcarriers": 64},
        link={"num_bits_per_symbol": num_bits_per_symbol, "coderate": 1.0},
    )

    errors = _errors_per_slot(made, snr_db=snr_db, num_bits=NUM_BITS)

    num_bits = errors.numel() * Link(made, seed=2).num_bits
    low, high = ErrorRate(errors=int(errors.sum()), n=num_bits).interval(0.99)
    expected = closed_form(10.0 ** (snr_db / 10.0))
    assert low <= expected <= high


@pytest.mark.parametrize("num_rx_ant", [1, 2], ids=["1 antenna", "2 antennas, MRC"])
def test_uncoded_rayleigh_error_rate_is_the_closed_form(num_rx_ant: int) -> None:
    made = scenario(
        grid={"num_symbols": 2, "num_subcarriers": 16},
        link={"coderate": 1.0, "dmrs": {"symbols": [0]}},
        channel={"kind": "rayleigh", "slots_per_drop": 1},
        antennas={"num_rx_ant": num_rx_ant},
    )

    errors = _errors_per_slot(made, snr_db=8.0, num_bits=NUM_BITS).double() / 32.0

    # The 32 bits of a slot fade together, so the slot is the unit of the interval.
    mean, half_width = float(errors.mean()), 2.576 * float(errors.std()) / math.sqrt(errors.numel())
    expected = _qpsk_rayleigh(10.0**0.8, num_branches=num_rx_ant)
    assert abs(mean - expected) <= half_width
