# SPDX-License-Identifier: Apache-2.0
"""The basis of a channel: it holds every echo it promises to hold, and no other."""

import numpy as np
import pytest
import torch

from channels.grid import Grid
from receivers.learning.channel_basis import (
    MAX_DELAY_S,
    MAX_DOPPLER_HZ,
    MIN_DELAY_S,
    channel_basis,
)

GRID = Grid(num_symbols=14, num_subcarriers=64, cyclic_prefix_length=5)


def _echo(*, delay_s: float, doppler_hz: float) -> torch.Tensor:
    """Return one plane wave over the elements of a slot, complex64 [num_resource_elements]."""
    time_s = np.arange(GRID.num_symbols)[:, None] * GRID.symbol_duration_s
    frequency_hz = np.arange(GRID.num_subcarriers) * GRID.subcarrier_spacing_hz
    turns = doppler_hz * time_s - delay_s * frequency_hz
    return torch.from_numpy(np.exp(2j * np.pi * turns).astype(np.complex64).ravel())


def _left_out(wave: torch.Tensor) -> float:
    """Return the share of a wave's energy that the basis cannot express."""
    basis = channel_basis(GRID)
    turned = wave / basis.ramp
    functions = basis.functions.to(turned.dtype)
    rest = turned - functions @ (functions.T @ turned)
    return float(rest.abs().square().mean())


@pytest.mark.parametrize("delay_s", [0.0, 0.4e-6, 2.6e-6, 4.3e-6])
@pytest.mark.parametrize("doppler_hz", [0.0, 35.0, -1400.0, 1500.0])
def test_an_echo_within_the_limits_is_held(delay_s: float, doppler_hz: float) -> None:
    assert _left_out(_echo(delay_s=delay_s, doppler_hz=doppler_hz)) < 0.005


@pytest.mark.parametrize(("delay_s", "doppler_hz"), [(8e-6, 0.0), (-2e-6, 0.0), (1e-6, 5_000.0)])
def test_an_echo_far_beyond_the_limits_is_not(delay_s: float, doppler_hz: float) -> None:
    assert _left_out(_echo(delay_s=delay_s, doppler_hz=doppler_hz)) > 0.5


def test_functions_are_orthonormal_and_ordered() -> None:
    basis = channel_basis(GRID)

    num_terms = basis.energies.numel()
    assert num_terms < 64
    torch.testing.assert_close(
        basis.functions.T @ basis.functions, torch.eye(num_terms), rtol=0, atol=1e-5
    )
    assert (basis.energies.diff() <= 0).all()


def test_covariance_is_that_of_equally_likely_delays_and_shifts() -> None:
    # Independent reference: the mean of plane waves drawn from the uniform distribution.
    basis = channel_basis(GRID)
    rng = np.random.default_rng(3)
    cells = torch.tensor([0, 5, 63, 300, 331, 895])
    waves = torch.stack(
        [
            _echo(
                delay_s=float(rng.uniform(MIN_DELAY_S, MAX_DELAY_S)),
                doppler_hz=float(rng.uniform(-MAX_DOPPLER_HZ, MAX_DOPPLER_HZ)),
            )[cells]
            for _ in range(4000)
        ]
    )

    functions = (basis.functions * basis.ramp[:, None])[cells]
    modelled = (functions * basis.energies) @ functions.mH
    drawn = waves.T @ waves.conj() / 4000

    # 4000 draws of modulus 1: deviation 0.016; and 1e-3 that the basis leaves out.
    assert float((modelled - drawn).abs().max()) < 0.08
