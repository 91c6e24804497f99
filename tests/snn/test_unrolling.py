# SPDX-License-Identifier: Apache-2.0
"""A layer run through time against its steps one by one, and its gradient against autograd's."""

from collections.abc import Callable
from typing import Any, cast

import pytest
import torch
from torch import Tensor
from torch.autograd.function import Function

from snn.neurons.adlif import AdLif
from snn.neurons.lif import Lif
from snn.neurons.neurons import Neurons
from snn.neurons.state_space import State, StateSpace, step
from snn.unrolling import STEEPNESS, run

DT_S = 0.02


class _Spike(Function):
    """A threshold with the fast sigmoid's slope, by autograd."""

    @staticmethod
    def forward(ctx: Any, above: Tensor) -> Tensor:  # torch names no type
        ctx.save_for_backward(above)
        return (above > 0.0).to(above.dtype)

    @staticmethod
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]  # torch names no ctx
        ctx: Any,  # torch names no type
        *gradients: Tensor,
    ) -> Tensor:
        above: Tensor = ctx.saved_tensors[0]
        return gradients[0] / (1.0 + STEEPNESS * above.abs()) ** 2


def _by_steps(neuron: StateSpace, current: Tensor, recurrent: Tensor | None) -> Tensor:
    fire = cast(Callable[..., Tensor], _Spike.apply)
    spikes = torch.zeros_like(current[0])
    state: State = tuple(torch.zeros_like(spikes) for _ in range(neuron.num_states))
    fired = []
    for input_ in current:
        drive = input_ if recurrent is None else input_ + spikes @ recurrent.T
        state, _ = step(neuron, state, spikes, drive)
        spikes = fire(state[0] - neuron.threshold)
        fired.append(spikes)
    return torch.stack(fired)


@pytest.mark.parametrize("is_recurrent", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("kind", [Lif, AdLif])
def test_spikes_and_gradients_are_those_of_the_steps_one_by_one(
    kind: type[Lif] | type[AdLif], *, is_recurrent: bool
) -> None:
    rng = torch.Generator().manual_seed(1)
    neurons: Neurons = kind(5, rng=rng).double()
    drawn = torch.randn(20, 3, 5, generator=rng, dtype=torch.float64)
    current = (3.0 * drawn).requires_grad_()
    recurrent = 0.5 * torch.randn(5, 5, generator=rng, dtype=torch.float64)
    recurrent.requires_grad_()
    wanted = torch.randn(20, 3, 5, generator=rng, dtype=torch.float64)
    leaves = [current, *neurons.parameters(), *([recurrent] if is_recurrent else [])]
    used = recurrent if is_recurrent else None

    fired = run(neurons.at(DT_S), current, used)
    expected = _by_steps(neurons.at(DT_S), current, used)

    assert torch.equal(fired, expected)
    assert 0 < int(fired.sum()) < fired.numel()
    ours = torch.autograd.grad((fired * wanted).sum(), leaves)
    theirs = torch.autograd.grad((expected * wanted).sum(), leaves)
    for found, right in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found, right, rtol=1e-10, atol=1e-12)


def test_a_neuron_of_three_states_is_run_as_well() -> None:
    rng = torch.Generator().manual_seed(2)
    neuron = StateSpace(
        a=0.4 * torch.randn(3, 3, 4, generator=rng, dtype=torch.float64),
        b=torch.rand(3, 4, generator=rng, dtype=torch.float64),
        r=-torch.rand(3, 4, generator=rng, dtype=torch.float64),
        threshold=0.7,
        dt_s=DT_S,
    )
    current = 2.0 * torch.rand(30, 2, 4, generator=rng, dtype=torch.float64)

    assert torch.equal(run(neuron, current), _by_steps(neuron, current, None))
