# SPDX-License-Identifier: Apache-2.0
"""Stages that filter. Truth: each unknown's LMMSE filter for what is left of all others."""

from dataclasses import replace

import torch

from receivers.mimo.deep.filtered_unfolded import FilteredUnfolded
from receivers.mimo.deep.real_model import levels, real_model
from receivers.mimo.deep.staged import StagedLinear
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh

PROBLEM = rayleigh("16qam", num_rx_ant=4, num_tx=3, snr_db=12.0, num_elements=30).problem


def _network(*, num_stages: int = 3) -> FilteredUnfolded:
    network = FilteredUnfolded(Modulation.QAM16, num_stages=num_stages)
    rng = torch.Generator().manual_seed(2)
    for factor in network.of_stages:
        factor.data += 0.2 * torch.randn(factor.shape, generator=rng)
    return network


def _estimate(
    y: torch.Tensor, h: torch.Tensor, noise: torch.Tensor, *, x: torch.Tensor, v: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return each unknown's unbiased LMMSE estimate behind cancellation, and its variance."""
    found = []
    for k in range(h.shape[1]):
        others = torch.arange(h.shape[1]) != k
        rest = y - h[:, others] @ x[others]
        left = h[:, others] @ v[others].diag() @ h[:, others].T + noise * torch.eye(len(y))
        power = h[:, k] @ torch.linalg.solve(left, h[:, k])
        found.append((h[:, k] @ torch.linalg.solve(left, rest) / power, 1.0 / power))
    z, variance = zip(*found, strict=True)
    return torch.stack(z), torch.stack(variance)


def test_stages_are_their_equations_unknown_by_unknown() -> None:
    network, model = _network(), real_model(PROBLEM)
    y, h, noise = (part[4].double() for part in (model.y, model.h, model.noise_variance))
    amplitudes, gain = levels(Modulation.QAM16).double(), h.square().sum(0)
    x, v = torch.zeros(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64)
    of_levels = torch.zeros(6, 4)
    for stage in range(3):
        # The rest of each unknown's own variance is not its interference.
        seen, spread = _estimate(y, h, noise, x=x, v=v.clamp(min=1e-3))
        z = x + network.step[stage] * (seen - x)
        known = [z, x, h.T @ y / gain, (noise / gain).log(), spread.log(), v]
        numbers = torch.stack(known, dim=1)
        for index, layer in enumerate(network.layers):
            assert isinstance(layer, StagedLinear)
            weight = layer.merged(stage).double()
            numbers = numbers @ weight[:, :-1].T + weight[:, -1]
            numbers = numbers if index == 2 else numbers.relu()
        of_levels = numbers.detach()
        p = of_levels.softmax(1)
        x = p @ amplitudes
        v = (p * (amplitudes - x[:, None]).square()).sum(1)

    with torch.no_grad():
        last = network(PROBLEM)[-1, 4]

    for label, point in enumerate(Modulation.QAM16.points):
        i = int((amplitudes / 2**0.5 - point.real).abs().argmin())
        q = int((amplitudes / 2**0.5 - point.imag).abs().argmin())
        expected = (of_levels[:3, i] + of_levels[3:, q]).float()
        torch.testing.assert_close(last[:, label], expected, rtol=1e-3, atol=1e-3)


def test_columns_that_are_nearly_the_same_stay_numbers() -> None:
    h = PROBLEM.h[:, :, :1] + 1e-4 * PROBLEM.h
    quiet = torch.full_like(PROBLEM.noise_variance, 1e-5)

    with torch.no_grad():
        logits = _network(num_stages=8)(replace(PROBLEM, h=h, noise_variance=quiet))

    assert bool(logits.isfinite().all())


def test_the_order_of_users_does_not_matter() -> None:
    network, order = _network(), [2, 0, 1]

    with torch.no_grad():
        found = network(replace(PROBLEM, h=PROBLEM.h[:, :, order]))
        expected = network(PROBLEM)[:, :, order]

    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def test_its_size_makes_it_again() -> None:
    network = FilteredUnfolded(Modulation.QPSK, num_stages=2, num_hidden=7)

    again = FilteredUnfolded(Modulation.QPSK, **network.size)

    assert again.num_parameters == network.num_parameters
