# SPDX-License-Identifier: Apache-2.0
"""What LoraUnfolded of integers computes.

The twin, in NumPy, of `firmware/kernels/lora_unfolded.h`.
The equations are those of `receivers.mimo.integer.lora_network`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from receivers.mimo.integer.elements import Products, products, rounded
from receivers.mimo.integer.functions import (
    FEATURE_BITS,
    INT16_MAX,
    SPREAD_BITS,
    WEIGHT_BITS,
    clipped,
    logarithm,
    moments,
    saturated,
)
from receivers.mimo.integer.lmmse_reference import Estimate, estimates
from receivers.mimo.integer.lora_network import ACTIVE_MAX, STEP_BITS, IntegerLoraUnfolded
from receivers.mimo.integer.unknowns import (
    LEVEL_LIMIT,
    LOGIT_LIMIT,
    NOISE_LIMIT,
    cancelled,
    graph,
    llr,
)
from sim.mimo.problem import Shape

_TINY = np.float32(1e-6)
_Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What the first stage begins with, and what all stages are told of it.

    Parameters
    ----------
    mean, variance : int64 [num_elements, num_unknowns]
        Of LMMSE, with FEATURE_BITS and WEIGHT_BITS.
    told : int64 [num_elements, num_unknowns, 2]
        LMMSE made unbiased, and ln of its error's variance, with FEATURE_BITS.
    """

    mean: _Integers
    variance: _Integers
    told: _Integers


def detect(
    network: IntegerLoraUnfolded, packed: NDArray[np.int8], shape: Shape, *, llr_bits: int
) -> NDArray[np.int8]:
    """Return the LLRs of elements, int8 [num_elements, num_tx, num_bits_per_symbol].

    Parameters
    ----------
    network : IntegerLoraUnfolded
    packed : int8 [num_elements, num_bytes]
        See `receivers.mimo.integer.elements`.
    shape : Shape
    llr_bits : int
        Behind the point of an LLR.
    """
    return llr(run(network, products(packed, shape)), llr_bits=llr_bits)


def run(network: IntegerLoraUnfolded, found: Products) -> _Integers:
    """Return the logits of levels, int64 [num_elements, num_unknowns, num_levels]."""
    begun, of = begin(found), graph(found)
    mean, variance = begun.mean, begun.variance
    logits = np.zeros((*mean.shape, len(network.levels)), np.int64)
    for stage in range(network.num_stages):
        left, spread = cancelled(of, mean, variance)
        towards = saturated(left - mean) * int(network.steps[stage]) >> STEP_BITS
        features = [
            saturated(mean + towards),
            mean,
            begun.told[..., 0],
            begun.told[..., 1],
            logarithm(spread),
            np.minimum(variance >> WEIGHT_BITS - FEATURE_BITS, INT16_MAX),
        ]
        logits = _denoised(network, np.stack(features, axis=-1), stage)
        mean, variance = moments(logits, network.levels.astype(np.int64))
    return logits


def begin(found: Products) -> Begun:
    """Return what LMMSE says of the unknowns."""
    with np.errstate(all="ignore"):
        users = [_begun(one) for one in estimates(found)]
    # [user][real, imaginary] of [num_elements, 4]: real parts of all users come first.
    axes = [np.stack([user[axis] for user in users], axis=1) for axis in (0, 1)]
    every = np.concatenate(axes, axis=1)
    return Begun(mean=every[..., 0], variance=every[..., 1], told=every[..., 2:])


def _begun(one: Estimate) -> list[_Integers]:
    """Return what is known of both parts of a user's symbol, int64 [num_elements, 4] each."""
    variance = np.maximum(rounded(one.lack * np.float32(2**WEIGHT_BITS), 2**WEIGHT_BITS), 0)
    gain = np.float32(1.0) - one.lack
    inverse = np.float32(1.0) / np.where(gain > _TINY, gain, _TINY)
    scale = np.float32(np.sqrt(2.0) * 2**FEATURE_BITS)
    error = rounded(one.lack * (inverse * np.float32(2**SPREAD_BITS)), NOISE_LIMIT)
    log = logarithm(np.maximum(error, 1).astype(np.int64))
    return [
        np.stack(
            [
                rounded(t * scale, LEVEL_LIMIT),
                variance,
                rounded(t * (inverse * scale), INT16_MAX),
                log,
            ],
            axis=-1,
        ).astype(np.int64)
        for t in (one.re, one.im)
    ]


def _denoised(network: IntegerLoraUnfolded, features: _Integers, stage: int) -> _Integers:
    *hidden, last = network.layers
    values = features
    for layer, shifts in zip(hidden, network.hidden_shifts.astype(np.int64), strict=True):
        sums = _sums(layer.merged(stage), values)
        values = np.clip(sums >> shifts, 0, ACTIVE_MAX)
    sums = _sums(last.merged(stage), values) * network.output_factors.astype(np.int64)
    return clipped(sums >> 32, LOGIT_LIMIT)


def _sums(merged: _Integers, values: _Integers) -> _Integers:
    """Return the products with all rows; floats hold such sums exactly, and are much faster."""
    found = values.astype(np.float64) @ merged[:, :-1].T.astype(np.float64)
    return found.astype(np.int64) + (merged[:, -1] << FEATURE_BITS)
