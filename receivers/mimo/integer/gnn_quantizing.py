# SPDX-License-Identifier: Apache-2.0
"""From a trained GNNSIC to integers: a scale a row, shifts that fill int16 without leaving it.

A message may have any scale, since nothing but a ReLU lies between its rows and the columns that
read it; so may a hidden number. Each takes the scale of its own row of int8, and hands it on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from receivers.errors import UnsuitedProblemError
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.real_model import levels
from receivers.mimo.integer.functions import FEATURE_BITS, INT16_MAX, LOGIT_BITS
from receivers.mimo.integer.gnn_network import (
    BIAS_LIMIT,
    MAX_HIDDEN,
    MAX_ITERATIONS,
    MAX_MEMORY,
    MAX_MESSAGES,
    NUM_FEATURES,
    SUM_SHIFT,
    IntegerGnnSic,
)
from receivers.mimo.integer.gnn_ranges import Ranges, ranges_of
from receivers.mimo.integer.image import require
from receivers.mimo.integer.ranges import shifts
from receivers.mimo.integer.unknowns import PAIR_BITS
from sim.mimo.problem import Problem

_INT8_MAX = 127
_MAX_FACTOR = 2**31 - 1
_UNIT = 2.0**-FEATURE_BITS

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Rows of int8 and the scale of each: weight = integer * scale."""

    integers: NDArray[np.int8]
    scales: _Floats

    def bias(self, values: _Floats) -> NDArray[np.int32]:
        """Return what is added to the sums of the rows."""
        found = np.rint(values / self.scales)
        return np.clip(found, -BIAS_LIMIT, BIAS_LIMIT).astype(np.int32)


def quantize(network: GnnSic, problem: Problem) -> IntegerGnnSic:
    """Return a network of integers.

    Parameters
    ----------
    network : GnnSic
        Trained.
    problem : Problem
        Elements such as it will see; some hundreds do.

    Raises
    ------
    UnsuitedProblemError
        Devices do not run such a network, or cannot detect such problems.
    """
    require("gnn-sic", problem.shape)
    _check(network)
    ranges = ranges_of(network, problem)
    rows, scales = _message_rows(network)
    p = _message_shift(ranges, scales)
    message_unit = scales * _UNIT * 2.0 ** (p - PAIR_BITS + SUM_SHIFT)
    message_shifts = shifts(ranges.messages, unit=message_unit, most=INT16_MAX)
    hidden, hidden_bias, hidden_unit = _hidden(network, message_unit * 2.0**message_shifts)
    hidden_shifts = shifts(ranges.hidden, unit=hidden_unit, most=INT16_MAX)
    output = _rows(_array(network.output.weight) * hidden_unit * 2.0**hidden_shifts)
    sender, receiver, pair = rows
    return IntegerGnnSic(
        modulation=network.modulation,
        num_iterations=network.num_iterations,
        levels=np.rint(levels(network.modulation).numpy() / _UNIT).astype(np.int16),
        sender=sender,
        receiver=receiver,
        receiver_bias=_Rows(integers=sender, scales=scales * _UNIT).bias(
            _array(network.receiver.bias)
        ),
        pair=pair,
        message_shift=p,
        message_shifts=message_shifts.astype(np.uint8),
        hidden=hidden,
        hidden_bias=hidden_bias,
        hidden_shifts=hidden_shifts.astype(np.uint8),
        output=output.integers,
        output_bias=output.bias(_array(network.output.bias)),
        output_multipliers=_multipliers(network, output.scales),
    )


def _check(network: GnnSic) -> None:
    """Raise UnsuitedProblemError if a device has no room for such a network."""
    sizes = (
        ("iterations", network.num_iterations, MAX_ITERATIONS),
        ("numbers of memory", network.num_memory, MAX_MEMORY),
        ("numbers a message", network.sender.out_features, MAX_MESSAGES),
        ("hidden numbers", network.hidden.out_features, MAX_HIDDEN),
    )
    for name, size, most in sizes:
        if size > most:
            raise UnsuitedProblemError(
                detector="gnn-sic", problem=f"it has {size} {name}, devices take up to {most}"
            )


def _array(weights: object) -> _Floats:
    found: _Floats = np.asarray(weights.detach().numpy(), np.float64)  # type: ignore[attr-defined]  # a parameter
    return found


def _rows(weights: _Floats) -> _Rows:
    scales = np.maximum(np.abs(weights).max(axis=1), np.finfo(np.float32).tiny) / _INT8_MAX
    return _Rows(integers=np.rint(weights / scales[:, None]).astype(np.int8), scales=scales)


def _known(weights: _Floats) -> _Floats:
    """Return columns in the order of devices: x, r, z, ln s, v, memory."""
    z, r, log, x, v = range(NUM_FEATURES)
    return np.concatenate([weights[:, [x, r, z, log, v]], weights[:, NUM_FEATURES:]], axis=1)


def _message_rows(network: GnnSic) -> tuple[list[NDArray[np.int8]], _Floats]:
    """Return the rows of sender, receiver and pair, of one scale a message, and the scales."""
    parts = [
        _known(_array(network.sender.weight)),
        _known(_array(network.receiver.weight)),
        _array(network.pair.weight),
    ]
    together = _rows(np.concatenate(parts, axis=1))
    ends = np.cumsum([part.shape[1] for part in parts])[:-1]
    return np.split(together.integers, ends, axis=1), together.scales


def _message_shift(ranges: Ranges, scales: _Floats) -> int:
    """Return the shift to the right that brings the products of a message into int16."""
    parts = (ranges.sent, ranges.taken, ranges.share)
    largest = np.maximum.reduce([part.largest.numpy() for part in parts])
    needed = float((largest / (scales * _UNIT)).max()) / INT16_MAX
    return min(max(0, int(np.ceil(np.log2(max(needed, 1.0))))), PAIR_BITS)


def _hidden(
    network: GnnSic, message_unit: _Floats
) -> tuple[NDArray[np.int8], NDArray[np.int32], _Floats]:
    """Return rows, biases, and what 1 of each sum is worth."""
    weights = _array(network.hidden.weight)
    num_known = NUM_FEATURES + network.num_memory
    known, told = _known(weights[:, :num_known]), weights[:, num_known:]
    rows = _rows(np.concatenate([known * _UNIT, told * message_unit], axis=1))
    return rows.integers, rows.bias(_array(network.hidden.bias)), rows.scales


def _multipliers(network: GnnSic, scales: _Floats) -> NDArray[np.int32]:
    bits = np.full(len(scales), LOGIT_BITS)
    bits[: network.num_memory] = FEATURE_BITS
    found = np.rint(scales * 2.0 ** (bits + 32))
    return np.minimum(found, _MAX_FACTOR).astype(np.int32)
