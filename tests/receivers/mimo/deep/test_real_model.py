# SPDX-License-Identifier: Apache-2.0
"""The real model. Truth: the complex equations of the problem, and the tables of the modulation."""

import pytest
import torch

from receivers.mimo.deep.real_model import joined_logits, levels, num_levels, real_model
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh

ALL = [modulation.value for modulation in Modulation]


@pytest.mark.parametrize("name", ALL)
def test_levels_through_the_real_channel_are_symbols_through_the_complex_one(name: str) -> None:
    block = rayleigh(name, num_rx_ant=3, num_tx=2, snr_db=10.0, num_elements=50)
    modulation, labels = block.problem.modulation, block.sent.labels
    model = real_model(block.problem)
    # The level of each axis, read off the point itself.
    points = modulation.points[labels]
    parts = [points.real] if name == "bpsk" else [points.real, points.imag]
    amplitudes = torch.cat(parts, dim=1) * 2**0.5

    clean = (model.h @ amplitudes[..., None])[..., 0]

    expected = (block.problem.h @ points[..., None])[..., 0]
    torch.testing.assert_close(clean, torch.cat([expected.real, expected.imag], dim=1))
    torch.testing.assert_close(2 * model.noise_variance, block.problem.noise_variance)


@pytest.mark.parametrize("name", ALL)
def test_levels_have_unit_mean_energy_and_differ(name: str) -> None:
    amplitudes = levels(Modulation(name))

    assert len(amplitudes.unique()) == num_levels(Modulation(name))
    torch.testing.assert_close(amplitudes.square().mean(), torch.tensor(1.0))


@pytest.mark.parametrize("name", ALL)
def test_certain_levels_are_a_certain_label(name: str) -> None:
    modulation = Modulation(name)
    labels = torch.arange(modulation.num_points)
    points = modulation.points
    parts = [points.real] if name == "bpsk" else [points.real, points.imag]
    unknowns = torch.stack(parts, dim=1) * 2**0.5  # one element a label, one user
    logits = -(unknowns[..., None] - levels(modulation)).abs()

    found = joined_logits(logits, modulation)

    assert found.shape == (modulation.num_points, 1, modulation.num_points)
    assert torch.equal(found.argmax(-1)[:, 0], labels)
