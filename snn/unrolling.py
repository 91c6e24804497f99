# SPDX-License-Identifier: Apache-2.0
"""A layer of neurons run through time, with its gradient derived by hand.

Forward, as in `snn.neurons.state_space`; with recurrent weights V the input is i_t + V s_{t-1}.
A spike has no derivative; the fast sigmoid's stands in, s'(u) = 1 / (1 + k |u - theta|)^2 (Zenke
and Ganguli, "SuperSpike", 2018). With l_t the gradient of the loss by the state x_t, backward in
time:

    g_t = dL/ds_t + sum_i R_i l_{t+1}[i] + V^T (sum_i B_i l_{t+1}[i])
    l_t = A^T l_{t+1} + [g_t s'(u_t), 0, ...]

and the gradient by a coefficient is the sum, over time and batch, of l_t times what it multiplied.
One node of the graph holds all steps, so time costs no bookkeeping. What does not depend on the
step before, such as s'(u_t), is computed for as many steps at once as stay in the cache.
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.autograd.function import Function, once_differentiable

from snn.neurons.state_space import StateSpace

STEEPNESS = 5.0
_CACHED_VALUES = 1 << 17

_Term = tuple[int, Tensor]  # which factor (the states, then the input and the spike), and its share
_Terms = list[_Term]


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
        drive = current if recurrent is None else torch.empty_like(current)
        back = None if recurrent is None else recurrent.T.contiguous()
        rows = [_terms(row.roll(2, 0)) for row in coefficients]  # input, spike, states
        tracks = [state.unbind() for state in states]
        inputs, drives, fired = current.unbind(), drive.unbind(), spikes.unbind()
        for t, input_ in enumerate(drives):
            if back is not None:
                torch.addmm(inputs[t], fired[t], back, out=input_)
            factors = (input_, fired[t], *[track[t] for track in tracks])
            for track, terms in zip(tracks, rows, strict=True):
                _weigh(factors, terms, out=track[t + 1])
            torch.gt(tracks[0][t + 1], threshold, out=fired[t + 1])
        ctx.save_for_backward(states, spikes, drive, coefficients, recurrent)
        ctx.threshold = threshold
        return spikes[1:]

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]  # torch names no ctx
        ctx: _Context, *gradients: Tensor
    ) -> tuple[Tensor, Tensor, Tensor | None, None]:
        states, spikes, drive, coefficients, recurrent = ctx.saved_tensors
        by_drive, by_coefficients = torch.empty_like(drive), torch.zeros_like(coefficients)
        taken = _terms(coefficients[:, -2])
        later = torch.zeros_like(states[:, 0])
        num_cached = max(1, _CACHED_VALUES // max(1, later[0].numel()))
        for last in range(len(drive), 0, -num_cached):
            first = max(0, last - num_cached)
            slope = _slope(states[0, first + 1 : last + 1], ctx.threshold)
            by_states = later.new_empty(len(later), *slope.shape)
            torch.mul(gradients[0][first:last], slope, out=by_states[0])
            _fill_back(by_states, slope, later, coefficients, recurrent)
            _weigh(by_states, taken, out=by_drive[first:last])
            factors = (*states[:, first:last], drive[first:last], spikes[first:last])
            _add_factors(by_coefficients, by_states, factors)
            later = by_states[:, 0]
        by_recurrent = None
        if recurrent is not None:
            by_recurrent = by_drive.flatten(0, 1).T @ spikes[:-1].flatten(0, 1)
        return by_drive, by_coefficients, by_recurrent, None


def _slope(potential: Tensor, threshold: float) -> Tensor:
    above = potential - threshold
    return above.abs_().mul_(STEEPNESS).add_(1.0).square_().reciprocal_()


def _terms(shares: Tensor) -> _Terms:
    """Return the shares that are not zero, each with its place."""
    return [(i, share) for i, share in enumerate(shares.unbind()) if bool(share.any())]


def _weigh(factors: Sequence[Tensor] | Tensor, terms: _Terms, *, out: Tensor) -> None:
    """Fill `out` with the sum of factors times shares."""
    if not terms:
        out.zero_()
        return
    (i_first, share), *rest = terms
    torch.mul(factors[i_first], share, out=out)
    for i, share in rest:
        out.addcmul_(factors[i], share)


def _fill_back(
    by_states: Tensor,
    slope: Tensor,
    later: Tensor,
    coefficients: Tensor,
    recurrent: Tensor | None,
) -> None:
    """Fill the gradient by the states of some steps, from `later`, that of the step behind them.

    By the first state it is, written out, s' dL/ds_t + sum_j (A_j0 + s' R_j) l_{t+1}[j] plus s'
    times what comes by V; the first of these is there already.
    """
    num_states = len(coefficients)
    tracks = [[*track.unbind(), end] for track, end in zip(by_states, later, strict=True)]
    slopes, product = slope.unbind(), torch.empty_like(later[0])
    shares = [torch.addcmul(row[0], slope, row[-1]).unbind() for row in coefficients]
    others = [_terms(column) for column in coefficients[:, 1:num_states].unbind(1)]
    weights = _weights(coefficients[:, -2], recurrent)
    for t in range(len(slope) - 1, -1, -1):
        behind = [track[t + 1] for track in tracks]
        here = tracks[0][t]
        for gradient, share in zip(behind, shares, strict=True):
            here.addcmul_(gradient, share[t])
        for i_state, back in weights:
            torch.mm(behind[i_state], back, out=product)
            here.addcmul_(product, slopes[t])
        for track, terms in zip(tracks[1:], others, strict=True):
            _weigh(behind, terms, out=track[t])


def _weights(taken: Tensor, recurrent: Tensor | None) -> _Terms:
    """Return, by state, the recurrent weights times what the state takes of the input."""
    if recurrent is None:
        return []
    return [(i_state, share[:, None] * recurrent) for i_state, share in _terms(taken)]


def _add_factors(summed: Tensor, by_states: Tensor, factors: Sequence[Tensor]) -> None:
    """Add some steps to the gradients by the coefficients."""
    product = torch.empty_like(by_states[0])
    for row, gradient in zip(summed, by_states, strict=True):
        for total, factor in zip(row, factors, strict=True):
            total.add_(torch.mul(gradient, factor, out=product).sum((0, 1)))
