# SPDX-License-Identifier: Apache-2.0
"""Mixtures of channels. Truth: their moments in closed form; 5 sigma, 1 false alarm in 10^6."""

from dataclasses import replace

import pytest
import torch

from sim.mimo.mixture import MixtureSettings, draw
from sim.modulation import Modulation

SETTINGS = MixtureSettings(modulation=Modulation.QPSK, num_elements=20_000)


def test_a_batch_is_always_the_same_and_never_another() -> None:
    small = replace(SETTINGS, num_elements=50)

    once, again = (draw(small, seed=3, batch=7).problem for _ in range(2))

    assert torch.equal(once.y, again.y)
    assert torch.equal(once.h, again.h)
    assert not torch.equal(once.y, draw(small, seed=3, batch=8).problem.y)
    assert not torch.equal(once.y, draw(small, seed=4, batch=7).problem.y)


def test_what_is_left_behind_the_true_channel_is_the_noise() -> None:
    settings = replace(SETTINGS, max_csi_error=0.0, min_snr_db=6.0, max_snr_db=6.0)

    block = draw(settings, seed=1, batch=0)

    x = Modulation.QPSK.points[block.sent.labels][..., None]
    left = block.problem.y - (block.sent.h @ x)[..., 0]
    no = 10**-0.6
    assert left.abs().square().mean().item() == pytest.approx(no, rel=5 / (8 * 20_000) ** 0.5)
    torch.testing.assert_close(block.problem.noise_variance, torch.full((20_000,), no))


def test_the_error_of_the_channel_is_in_the_noise_that_is_told() -> None:
    settings = replace(SETTINGS, max_csi_error=2.0, min_snr_db=0.0, max_snr_db=0.0)

    block = draw(settings, seed=1, batch=0)

    error = (block.problem.h - block.sent.h).abs().square().mean((1, 2))
    told = (block.problem.noise_variance - 1.0) / 4
    assert error.mean().item() == pytest.approx(1.0, abs=5 * 0.6 / 20_000**0.5)
    assert told.min() >= 0.0
    assert told.max() <= 2.0
    assert (error / told).mean().item() == pytest.approx(1.0, abs=5 / (32 * 20_000) ** 0.5)


@pytest.mark.parametrize("axis", ["antennas", "users"])
def test_neighbours_correlate_as_exponential_correlation_says(axis: str) -> None:
    tops = {"antennas": (0.8, 0.0), "users": (0.0, 0.8)}[axis]
    settings = replace(SETTINGS, max_rx_correlation=tops[0], max_tx_correlation=tops[1])

    h = draw(settings, seed=1, batch=0).sent.h

    rows = h if axis == "antennas" else h.mT
    # E[rho] = 0.4 and E[rho^2] = 0.8^2 / 3 of rho uniform in 0 .. 0.8.
    for distance, expected in ((1, 0.4), (2, 0.8**2 / 3)):
        product = (rows[:, distance:] * rows[:, :-distance].conj()).real
        assert product.mean().item() == pytest.approx(expected, abs=0.015)
    assert h.abs().square().mean().item() == pytest.approx(1.0, abs=0.015)


def test_each_batch_has_a_number_of_users_of_its_own() -> None:
    settings = replace(SETTINGS, num_elements=2, min_num_tx=2, max_num_tx=5)

    found = {draw(settings, seed=1, batch=batch).problem.h.shape[2] for batch in range(60)}

    assert found == {2, 3, 4, 5}
