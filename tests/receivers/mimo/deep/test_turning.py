# SPDX-License-Identifier: Apache-2.0
"""Turned blocks. Truth: y, the likelihood of every element, and what MAP says of it stay."""

import pytest
import torch

from receivers.mimo import catalog
from receivers.mimo.deep.turning import turned
from tests.receivers.mimo.drawn import rayleigh


@pytest.mark.parametrize("name", ["bpsk", "qpsk", "16qam", "64qam"])
def test_what_was_received_is_explained_as_before(name: str) -> None:
    block = rayleigh(name, num_rx_ant=3, num_tx=2, snr_db=10.0, num_elements=64)
    points = block.problem.modulation.points

    other = turned(block, rng=torch.Generator().manual_seed(1))

    for h in ("problem", "sent"):
        before = (getattr(block, h).h @ points[block.sent.labels][..., None])[..., 0]
        after = (getattr(other, h).h @ points[other.sent.labels][..., None])[..., 0]
        torch.testing.assert_close(after, before)
    assert torch.equal(other.problem.y, block.problem.y)
    assert torch.equal(other.sent.bits, other.problem.modulation.label_bits[other.sent.labels])


def test_every_label_comes_to_every_place() -> None:
    block = rayleigh("qpsk", num_rx_ant=2, num_tx=2, snr_db=10.0, num_elements=400)

    other = turned(block, rng=torch.Generator().manual_seed(1))

    came = (block.sent.labels * 4 + other.sent.labels).flatten()
    assert came.bincount(minlength=16).min() > 25  # of 50 expected


def test_bpsk_is_turned_by_halves_alone() -> None:
    block = rayleigh("bpsk", num_rx_ant=2, num_tx=2, snr_db=10.0, num_elements=400)

    other = turned(block, rng=torch.Generator().manual_seed(1))

    ratio = other.problem.h / block.problem.h
    torch.testing.assert_close(ratio.imag, torch.zeros_like(ratio.imag))
    assert 150 < int((other.sent.labels[:, 0] != block.sent.labels[:, 0]).sum()) < 250


def test_optimal_errors_are_the_same() -> None:
    block = rayleigh("qpsk", num_rx_ant=2, num_tx=2, snr_db=5.0, num_elements=500)

    other = turned(block, rng=torch.Generator().manual_seed(1))

    optimum = catalog.build("map")
    wrong = optimum.detect(block.problem).labels != block.sent.labels
    wrong_again = optimum.detect(other.problem).labels != other.sent.labels
    assert wrong.any()
    assert torch.equal(wrong, wrong_again)
