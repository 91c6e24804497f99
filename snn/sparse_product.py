# SPDX-License-Identifier: Apache-2.0
"""Weights times spikes that are mostly zeros: only the events are multiplied, forward and backward.

    y = x W^T + bias;    dL/dW = (dL/dy)^T x,    dL/dx = dL/dy W

Each row of y is the sum of the columns of W whose inputs had events, and each column of dL/dW that
of the rows of dL/dy at which its input had one: both are what an embedding bag sums.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import Function, once_differentiable
from torch.nn import functional

MOST_EVENTS = 0.1
"""The share of events up to which single sums are faster than a dense product."""
FEWEST_VALUES = 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bags:
    """What each of several sums is made of.

    Parameters
    ----------
    indices : int64 [num_events]
        Which rows of a table.
    starts : int64
        Where in `indices` each sum begins.
    factors : float [num_events]
    """

    indices: Tensor
    starts: Tensor
    factors: Tensor

    def sums(self, table: Tensor) -> Tensor:
        """Return the sums of rows of a table, one a bag."""
        return functional.embedding_bag(
            self.indices, table, self.starts, mode="sum", per_sample_weights=self.factors
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    """Where a matrix is not zero, row by row.

    Parameters
    ----------
    rows, inputs : int64 [num_events]
    counts : float [num_events]
        What stands there.
    """

    rows: Tensor
    inputs: Tensor
    counts: Tensor

    def by_row(self, num_rows: int) -> _Bags:
        """Return a bag of inputs for each row."""
        starts = _starts(self.rows, num_rows)
        return _Bags(indices=self.inputs, starts=starts, factors=self.counts)

    def by_input(self, num_inputs: int) -> _Bags:
        """Return a bag of rows for each input."""
        narrow = np.int16 if num_inputs < np.iinfo(np.int16).max else np.int64
        order = np.argsort(self.inputs.numpy().astype(narrow), kind="stable")
        moved = torch.from_numpy(order)
        return _Bags(
            indices=self.rows.index_select(0, moved),
            starts=_starts(self.inputs, num_inputs),
            factors=self.counts.index_select(0, moved),
        )


class _Context(Protocol):
    """What torch keeps between the two passes."""

    events: _Events
    shape: torch.Size
    needs_input_grad: tuple[bool, ...]
    saved_tensors: tuple[Tensor]

    def save_for_backward(self, *tensors: Tensor) -> None: ...


def product(spikes: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Return spikes times weights plus bias, as `nn.functional.linear` to rounding.

    Parameters
    ----------
    spikes : float [..., num_inputs]
    weights : float [num_neurons, num_inputs]
    bias : float [num_neurons]

    Returns
    -------
    float [..., num_neurons]
    """
    if spikes.device.type != "cpu" or spikes.numel() < FEWEST_VALUES:
        return functional.linear(spikes, weights, bias)
    values = spikes.detach().reshape(-1).numpy()
    is_event = values != 0.0
    if np.count_nonzero(is_event) > MOST_EVENTS * len(values):
        return functional.linear(spikes, weights, bias)
    places = np.flatnonzero(is_event)
    rows, inputs = np.divmod(places, spikes.shape[-1])
    events = _Events(
        rows=torch.from_numpy(rows),
        inputs=torch.from_numpy(inputs),
        counts=torch.from_numpy(values[places]),
    )
    found: Tensor = _SparseProduct.apply(  # type: ignore[no-untyped-call]  # torch leaves it untyped
        spikes, weights, bias, events
    )
    return found


class _SparseProduct(Function):
    """The product as one operation."""

    @staticmethod
    def forward(
        ctx: _Context, spikes: Tensor, weights: Tensor, bias: Tensor, events: _Events
    ) -> Tensor:
        ctx.save_for_backward(weights)
        ctx.events, ctx.shape = events, spikes.shape
        bags = events.by_row(spikes.numel() // spikes.shape[-1])
        sums = bags.sums(weights.T.contiguous()).add_(bias)
        return sums.view(*spikes.shape[:-1], len(weights))

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]  # torch names no ctx
        ctx: _Context, *gradients: Tensor
    ) -> tuple[Tensor | None, Tensor, Tensor, None]:
        (weights,) = ctx.saved_tensors
        by_sum = gradients[0].reshape(-1, len(weights))
        by_spikes = (by_sum @ weights).view(ctx.shape) if ctx.needs_input_grad[0] else None
        bags = ctx.events.by_input(ctx.shape[-1])
        return by_spikes, bags.sums(by_sum).T, by_sum.sum(dim=0), None


def _starts(of: Tensor, num_bags: int) -> Tensor:
    """Return where each bag begins, once its members lie together."""
    counted = torch.bincount(of, minlength=num_bags)
    return torch.cumsum(counted, 0) - counted
