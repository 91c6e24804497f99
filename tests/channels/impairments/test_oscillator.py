# SPDX-License-Identifier: Apache-2.0
"""Carrier offset and phase noise against closed forms."""

import numpy as np
import pytest
from numpy.typing import NDArray

from channels.grid import Grid
from channels.impairments.oscillator import offset_turns, rotate, wiener_turns

GRID = Grid(num_symbols=14, num_subcarriers=64, cyclic_prefix_length=5)
SPACING_HZ = GRID.subcarrier_spacing_hz


def tone(k: int) -> NDArray[np.complex64]:
    """Return complex64 [1, 1, 14, 64] with subcarrier k alone."""
    y = np.zeros((1, 1, 14, 64), dtype=np.complex64)
    y[..., 32 + k] = 1
    return y


def shifted(
    y: NDArray[np.complex64], cfo_hz: float, *, slots_before: int = 0
) -> NDArray[np.complex64]:
    """Return y with a constant carrier offset."""
    cfo = np.array([cfo_hz])
    return rotate(y, turns=offset_turns(GRID, cfo_hz=cfo, before_hz=cfo * slots_before))


def test_offset_of_one_spacing_moves_every_subcarrier_by_one() -> None:
    y = shifted(tone(-7), SPACING_HZ)

    assert np.allclose(np.abs(y), np.abs(tone(-6)), atol=1e-5)


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.4])
def test_small_offset_attenuates_rotates_and_leaks_like_dirichlets_kernel(fraction: float) -> None:
    # Closed form (Pollet, Van Bladel, Moeneclaey, IEEE Trans. Commun. 43, 1995): subcarrier k + d
    # receives sin(pi e) / (N sin(pi (e - d) / N)) exp(j pi (e - d)(N - 1) / N) of k, apart from the
    # sign (-1)^d, and symbol s turns by 2 pi e s (N + Ncp) / N.
    num, cp = GRID.num_subcarriers, GRID.cyclic_prefix_length

    y = shifted(tone(0), fraction * SPACING_HZ)[0, 0]

    d = np.arange(-32, 32)
    turns = fraction * (np.arange(14)[:, None] * (num + cp) + cp) / num
    x = fraction - d
    kernel = np.sin(np.pi * x) / (num * np.sin(np.pi * x / num))
    kernel = kernel * np.exp(1j * np.pi * x * (num - 1) / num)
    assert np.allclose(y, kernel * np.exp(2j * np.pi * turns), atol=1e-5)


def test_phase_goes_on_from_slot_to_slot() -> None:
    cfo_hz = 300.0

    last = shifted(tone(0), cfo_hz)[0, 0, :, 32]
    next_slot = shifted(tone(0), cfo_hz, slots_before=1)[0, 0, :, 32]

    both = np.concatenate([last, next_slot])
    steps = np.angle(both[1:] / both[:-1])
    assert np.allclose(steps, 2 * np.pi * cfo_hz * GRID.symbol_duration_s, atol=1e-4)


def test_all_antennas_share_the_oscillator() -> None:
    y = np.concatenate([tone(3), 2 * tone(3)], axis=1)

    seen = shifted(y, 1234.0)

    assert np.allclose(seen[:, 1], 2 * seen[:, 0], atol=1e-6)


def test_phase_noise_wanders_as_the_linewidth_says() -> None:
    # Closed form: the phase difference over a time t has variance 2 pi dv t. 3000 slots, first to
    # last sample; the sample variance has a relative standard deviation of sqrt(2 / 3000). Five of
    # them: a false alarm below 1e-6.
    linewidth_hz = 50.0

    turns = wiener_turns(GRID, linewidth_hz=np.full(3000, linewidth_hz), first_slot=0, seed=1)

    difference = 2 * np.pi * (turns[:, -1, -1] - turns[:, 0, 0])
    per_sample_s = 1 / (64 * SPACING_HZ)
    duration_s = GRID.slot_duration_s - (GRID.cyclic_prefix_length + 1) * per_sample_s
    expected = 2 * np.pi * linewidth_hz * duration_s
    assert abs(difference.var() / expected - 1) < 5 * np.sqrt(2 / 3000)


def test_phase_noise_of_a_slot_does_not_depend_on_the_batch() -> None:
    whole = wiener_turns(GRID, linewidth_hz=np.full(6, 10.0), first_slot=10, seed=1)

    alone = wiener_turns(GRID, linewidth_hz=np.full(1, 10.0), first_slot=13, seed=1)

    assert np.array_equal(whole[3:4], alone)
