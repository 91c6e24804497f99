# SPDX-License-Identifier: Apache-2.0
"""The unfolded detector. Truth: its equations unknown by unknown, and what its variants promise."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from receivers.mimo.deep.lora_unfolded import CHANNEL_FACTORS, LoraUnfolded, Start
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.real_model import levels, real_model
from receivers.mimo.deep.staged import StagedLinear, Stages, Staging
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh

PROBLEM = rayleigh("16qam", num_rx_ant=4, num_tx=3, snr_db=12.0, num_elements=30).problem


def _network(
    stages: Stages = Stages.LORA, *, start: Start = Start.LMMSE, is_stirred: bool = True
) -> LoraUnfolded:
    """Return a network; stirred, its factors are no longer zero."""
    network = LoraUnfolded(Modulation.QAM16, num_stages=3, stages=stages, start=start)
    if is_stirred:
        rng = torch.Generator().manual_seed(2)
        for factor in network.of_stages:
            factor.data += 0.2 * torch.randn(factor.shape, generator=rng)
    return network


def _logits(network: LoraUnfolded, problem: Problem = PROBLEM) -> Tensor:
    with torch.no_grad():
        logits: Tensor = network(problem)
    return logits


@pytest.mark.parametrize("start", Start)
def test_the_order_of_users_does_not_matter(start: Start) -> None:
    network, order = _network(start=start), [2, 0, 1]

    found = _logits(network, replace(PROBLEM, h=PROBLEM.h[:, :, order]))

    torch.testing.assert_close(found, _logits(network)[:, :, order], rtol=1e-3, atol=1e-3)


def test_elements_are_problems_of_their_own() -> None:
    network = _network()

    found = _logits(network, PROBLEM.part(start=7, stop=9))

    torch.testing.assert_close(found, _logits(network)[:, 7:9], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("start", Start)
def test_stages_are_their_equations_unknown_by_unknown(start: Start) -> None:
    network, model = _network(start=start), real_model(PROBLEM)
    y, h, noise = model.y[4], model.h[4], model.noise_variance[4]
    num_unknowns, amplitudes = h.shape[1], levels(Modulation.QAM16)
    gain = h.square().sum(0)
    x, v = torch.zeros(num_unknowns), torch.ones(num_unknowns)
    told, of_told = h.T @ y / gain, noise / gain
    if start is Start.LMMSE:
        # Covariance of x given y where x is Gaussian of unit variance.
        covariance = torch.linalg.inv(h.T @ h / noise + torch.eye(num_unknowns))
        x, v = covariance @ h.T @ y / noise, covariance.diag()
        told, of_told = x / (1 - v), v / (1 - v)
    of_levels = torch.zeros(num_unknowns, 4)
    for stage in range(3):
        z = x + network.step[stage] * (h.T @ (y - h @ x)) / gain
        spread = ((h.T @ h).square() @ v - gain.square() * v) / gain.square() + noise / gain
        known = torch.stack([z, x, told, of_told.log(), spread.log(), v], dim=1)
        for index, layer in enumerate(network.layers):
            assert isinstance(layer, StagedLinear)
            weight = layer.merged(stage)
            known = known @ weight[:, :-1].T + weight[:, -1]
            known = known if index == 2 else known.relu()
        of_levels = known.detach()
        p = of_levels.softmax(1)
        x = p @ amplitudes
        v = (p * (amplitudes - x[:, None]).square()).sum(1)

    last = _logits(network)[-1, 4]

    for label, point in enumerate(Modulation.QAM16.points):
        i = int((amplitudes / 2**0.5 - point.real).abs().argmin())
        q = int((amplitudes / 2**0.5 - point.imag).abs().argmin())
        expected = of_levels[:3, i] + of_levels[3:, q]
        torch.testing.assert_close(last[:, label], expected, rtol=1e-2, atol=1e-2)


def test_all_ways_of_sharing_begin_as_the_same_detector() -> None:
    found = [_logits(_network(stages, is_stirred=False)) for stages in Stages]

    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def test_stages_with_factors_differ() -> None:
    network = _network()
    layer = network.layers[1]
    assert isinstance(layer, StagedLinear)

    assert not torch.equal(layer.merged(0), layer.merged(1))
    assert torch.linalg.matrix_rank(layer.merged(0) - layer.weight[0]) == 3  # ceil(0.1 * 24)


def test_factors_of_a_channel_begin_as_nothing_and_move_every_stage_alike() -> None:
    network = _network()
    changed = network.with_channel_factors()
    as_before = _logits(changed)
    for name, factor in changed.named_parameters():
        if name.endswith("channel_up"):
            factor.data += 0.5

    assert torch.equal(as_before, _logits(network))
    assert changed.num_parameters - network.num_parameters == 24 + 7 + 24 + 25 + 4 + 25
    assert all(name.endswith(CHANNEL_FACTORS) for name in _new_names(changed, network))
    for before, after in zip(network.layers, changed.layers, strict=True):
        assert isinstance(before, StagedLinear)
        assert isinstance(after, StagedLinear)
        moved = [after.merged(stage) - before.merged(stage) for stage in range(3)]
        assert after.channel_up is not None
        assert after.channel_down is not None
        for one in moved:
            torch.testing.assert_close(one, after.channel_up @ after.channel_down)


def test_factors_of_a_channel_keep_within_half_of_each_rows_largest_weight() -> None:
    network = _network()
    changed = network.with_channel_factors()
    small, large = 0.001, 30.0
    for name, factor in changed.named_parameters():
        if name.endswith("channel_up"):
            factor.data[0], factor.data[1:] = small, large

    changed.confine()

    for before, after in zip(network.layers, changed.layers, strict=True):
        assert isinstance(before, StagedLinear)
        assert isinstance(after, StagedLinear)
        assert after.channel_up is not None
        assert after.channel_down is not None
        merged = torch.stack([before.merged(stage) for stage in range(3)])
        room = 0.5 * merged.abs().amax(dim=(0, 2))
        taken = (after.channel_up @ after.channel_down).abs().amax(dim=1)
        assert after.channel_up[0] == small
        torch.testing.assert_close(taken[1:], room[1:])


def _new_names(changed: LoraUnfolded, network: LoraUnfolded) -> set[str]:
    return {name for name, _ in changed.named_parameters()} - {
        name for name, _ in network.named_parameters()
    }


def test_factors_are_at_most_two_fifths_of_stages_of_their_own() -> None:
    for modulation in (Modulation.QPSK, Modulation.QAM16):
        shared, lora, independent = (
            LoraUnfolded(modulation, stages=stages).num_parameters for stages in Stages
        )
        assert shared < lora <= 0.4 * independent


def test_the_first_phase_teaches_all_but_the_factors_and_the_second_everything() -> None:
    network = _network(is_stirred=False)
    first, second = ({id(parameter) for parameter in phase} for phase in network.phases())

    everything = {id(parameter) for parameter in network.parameters()}
    of_stages = {id(parameter) for parameter in network.of_stages}
    assert second == everything
    assert everything - first == of_stages - {id(network.step)}


@pytest.mark.parametrize("stages", [Stages.SHARED, Stages.INDEPENDENT])
def test_without_factors_both_phases_teach_everything(stages: Stages) -> None:
    network = _network(stages, is_stirred=False)

    for phase in network.phases():
        assert {id(p) for p in phase} == {id(p) for p in network.parameters()}


def test_a_layer_of_factors_is_the_definition() -> None:
    rng = torch.Generator().manual_seed(1)
    staging = Staging(stages=Stages.LORA, num_stages=2)
    layer = StagedLinear(num_inputs=5, num_outputs=4, staging=staging, rng=rng)
    assert layer.up is not None
    assert layer.down is not None
    layer.up.data += 0.3
    x = torch.randn(7, 5)

    found = layer(x, 1)

    extended = torch.cat([x, torch.ones(7, 1)], dim=1)
    expected = extended @ layer.weight[0].T + extended @ layer.down[1].T @ layer.up[1].T
    torch.testing.assert_close(found, expected)


def test_another_modulation_is_refused_in_words() -> None:
    shape = Shape(num_rx_ant=2, num_tx=2, modulation=Modulation.QPSK)

    assert Deep(_network()).obstacle(shape) == "it was trained for 16qam, not for qpsk"
