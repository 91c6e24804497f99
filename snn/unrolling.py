# SPDX-License-Identifier: Apache-2.0
"""A layer of neurons run through time, with its gradient derived by hand.

Forward, as in `snn.neurons.state_space`; with recurrent weights V the input is i_t + V s_{t-1}.
A spike has no derivative; the fast sigmoid's stands in, s'(u) = 1 / (1 + k |u - theta|)^2 (Zenke
and Ganguli, "SuperSpike", 2018). With l_t the gradient of the loss by the state x_t, backward in
time:

    g_t = dL/ds_t + sum_i R_i l_{t+1}[i] + V^T (sum_i B_i l_{t+1}[i])
    l_t = A^T l_{t+1} + [g_t s'(u_t), 0, ...]

and the gradient by a coefficient is the sum, over time and batch, of l_t times what it multiplied.
One node of the graph holds all steps, so time costs no bookkeeping.
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.autograd.function import Function, once_differentiable

from snn.neurons.state_space import StateSpace

STEEPNESS = 5.0

_Rows = list[list[Tensor]]  # for each state what it takes of each state, the input and the spike


class _Context(Protocol):
    """What torch keeps between the two passes."""

    threshold: float
    saved_tensors: tuple[Tensor, Tensor, Tensor, Tensor, Tensor | None]

    def save_for_backward(self, *tensors: Tensor | None) -> None: ...


def run(neuron: StateSpace, current: Tensor, recurrent: Tensor | None = None) -> Tensor:
    """Return the spikes of a layer that starts at rest.

    Parameters
    ----------
    neuron : StateSpace
    current : float32 [num_steps, num_recordings, num_neurons]
        The input, without what recurrent weights bring.
    recurrent : float32 [num_neurons, num_neurons] or None
        Row i: what neuron i takes from the spikes of the step before.

    Returns
    -------
    float32 [num_steps, num_recordings, num_neurons]
        0 or 1. Gradients flow to the coefficients, the input and the recurrent weights.
    """
    coefficients = torch.cat([neuron.a, neuron.b[:, None], neuron.r[:, None]], dim=1)
    spikes: Tensor = _Unrolled.apply(  # type: ignore[no-untyped-call]  # torch leaves it untyped
        current, coefficients, recurrent, neuron.threshold
    )
    return spikes


class _Unrolled(Function):
    """All steps of a layer as one operation."""

    @staticmethod
    def forward(
        ctx: _Context,
        current: Tensor,
        coefficients: Tensor,
        recurrent: Tensor | None,
        threshold: float,
    ) -> Tensor:
        states = current.new_empty(len(coefficients), len(current) + 1, *current.shape[1:])
        spikes = current.new_empty(len(current) + 1, *current.shape[1:])
        states[:, 0], spikes[0] = 0.0, 0.0
        drive = current if recurrent is None else current.clone()
        rows = _rows(coefficients)
        for t, input_ in enumerate(drive):
            if recurrent is not None:
                input_.addmm_(spikes[t], recurrent.T)
            _step(states[:, t + 1], states[:, t], spikes[t], input_, rows)
            torch.gt(states[0, t + 1], threshold, out=spikes[t + 1])
        ctx.save_for_backward(states, spikes, drive, coefficients, recurrent)
        ctx.threshold = threshold
        return spikes[1:]

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]  # torch names no ctx
        ctx: _Context, *gradients: Tensor
    ) -> tuple[Tensor, Tensor, Tensor | None, None]:
        states, spikes, drive, coefficients, recurrent = ctx.saved_tensors
        slope = (states[0, 1:] - ctx.threshold).abs_().mul_(STEEPNESS).add_(1.0).square_()
        by_drive = torch.empty_like(drive)
        rows = _rows(coefficients)
        summed = states.new_zeros(*coefficients.shape[:2], *drive.shape[1:])
        later, here = torch.zeros_like(states[:, 0]), torch.empty_like(states[:, 0])
        for t in range(len(drive) - 1, -1, -1):
            by_spikes = gradients[0][t].clone()
            if recurrent is not None and t + 1 < len(drive):
                by_spikes.addmm_(by_drive[t + 1], recurrent)
            _step_back(here, later, by_spikes, slope[t], rows)
            _weigh(here, rows, out=by_drive[t])
            _add_factors(summed, here, (*states[:, t], drive[t], spikes[t]))
            later, here = here, later
        by_recurrent = None
        if recurrent is not None:
            by_recurrent = by_drive.flatten(0, 1).T @ spikes[:-1].flatten(0, 1)
        return by_drive, summed.sum(dim=2), by_recurrent, None


def _rows(coefficients: Tensor) -> _Rows:
    """Return the coefficients as single vectors: taking a tensor apart at every step costs."""
    return [list(row.unbind()) for row in coefficients.unbind()]


def _step(after: Tensor, before: Tensor, spikes: Tensor, input_: Tensor, rows: _Rows) -> None:
    """Fill the states of one step from those of the step before."""
    for following, (*row, b, r) in zip(after, rows, strict=True):
        torch.mul(input_, b, out=following)
        following.addcmul_(spikes, r)
        for state, share in zip(before, row, strict=True):
            following.addcmul_(state, share)


def _step_back(here: Tensor, later: Tensor, by_spikes: Tensor, slope: Tensor, rows: _Rows) -> None:
    """Fill the gradient by the states of one step, `here`, from that of the step behind it."""
    for gradient, row in zip(later, rows, strict=True):
        by_spikes.addcmul_(gradient, row[-1])
    torch.div(by_spikes, slope, out=here[0])
    here[1:] = 0.0
    for i_state, gradient in enumerate(here):
        for behind, row in zip(later, rows, strict=True):
            gradient.addcmul_(behind, row[i_state])


def _weigh(gradient: Tensor, rows: _Rows, *, out: Tensor) -> None:
    """Fill the gradient by the input from that by the states."""
    torch.mul(gradient[0], rows[0][-2], out=out)
    for by_state, row in zip(gradient[1:], rows[1:], strict=True):
        out.addcmul_(by_state, row[-2])


def _add_factors(summed: Tensor, gradient: Tensor, factors: tuple[Tensor, ...]) -> None:
    """Add one step to the gradients by the coefficients, not yet summed over recordings."""
    for row, by_state in zip(summed, gradient, strict=True):
        for total, factor in zip(row, factors, strict=True):
            total.addcmul_(by_state, factor)
