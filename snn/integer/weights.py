# SPDX-License-Identifier: Apache-2.0
"""Weights as small integers, each neuron with a scale of its own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snn.integer.network import MAX_SUM_SHIFT, WeightBits

_NARROWEST, _NUM_TRIED = 0.5, 26
_SMALLEST = 1e-12
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledWeights:
    """Integers and what they are worth: weight = integer 2^shift scale.

    Parameters
    ----------
    forward : int8 [num_inputs, num_neurons]
    recurrent : int8 [num_neurons, num_neurons] or None
    forward_shift, recurrent_shift : int
    scale : float64 [num_neurons]
    """

    forward: NDArray[np.int8]
    recurrent: NDArray[np.int8] | None
    forward_shift: int
    recurrent_shift: int
    scale: _Floats


def scaled(forward: _Floats, recurrent: _Floats | None, *, bits: WeightBits) -> ScaledWeights:
    """Return the weights of a layer as integers, symmetric, of the least squared error.

    Both kinds of weights share a neuron's scale, but for a power of two of the layer.

    Parameters
    ----------
    forward : float64 [num_inputs, num_neurons]
    recurrent : float64 [num_neurons, num_neurons] or None
    bits : 8 or 4
    """
    forward_shift, recurrent_shift = _shifts(forward, recurrent)
    parts = [np.ldexp(forward, -forward_shift)]
    if recurrent is not None:
        parts.append(np.ldexp(recurrent, -recurrent_shift))
    scale = _scale(np.concatenate(parts), bits=bits)
    integers = [_rounded(part, scale, bits=bits).astype(np.int8) for part in parts]
    return ScaledWeights(
        forward=integers[0],
        recurrent=None if recurrent is None else integers[1],
        forward_shift=forward_shift,
        recurrent_shift=recurrent_shift,
        scale=scale,
    )


def _shifts(forward: _Floats, recurrent: _Floats | None) -> tuple[int, int]:
    """Return by how many bits either kind is larger than the other, on the whole."""
    if recurrent is None:
        return 0, 0
    one, other = (
        max(float(np.abs(kind).max(initial=0.0)), _SMALLEST) for kind in (forward, recurrent)
    )
    ratio = round(np.log2(one / other))
    return min(max(ratio, 0), MAX_SUM_SHIFT), min(max(-ratio, 0), MAX_SUM_SHIFT)


def _scale(weights: _Floats, *, bits: WeightBits) -> _Floats:
    """Return the best of some scales for each column: the largest weights may be clipped."""
    largest = np.maximum(np.abs(weights).max(axis=0), _SMALLEST) / _limit(bits)
    tried = largest * np.linspace(1.0, _NARROWEST, _NUM_TRIED)[:, None]
    errors = [
        ((_rounded(weights, scale, bits=bits) * scale - weights) ** 2).sum(axis=0)
        for scale in tried
    ]
    best = np.argmin(errors, axis=0)
    found: _Floats = np.take_along_axis(tried, best[None], axis=0)[0]
    return found


def _rounded(weights: _Floats, scale: _Floats, *, bits: WeightBits) -> _Floats:
    rounded: _Floats = np.clip(np.rint(weights / scale), -_limit(bits), _limit(bits))
    return rounded


def _limit(bits: WeightBits) -> int:
    return (1 << (bits - 1)) - 1
