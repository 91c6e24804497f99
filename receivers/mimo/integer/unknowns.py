# SPDX-License-Identifier: Apache-2.0
"""The unknowns of elements in integers: what they hear of each other, and what is left of them.

The twin, in NumPy, of `firmware/kernels/unknowns.h`, which learned detectors of devices share.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from receivers.mimo.integer.elements import Products, rounded
from receivers.mimo.integer.functions import (
    FEATURE_BITS,
    INT16_MAX,
    LOGIT_BITS,
    SPREAD_BITS,
    WEIGHT_BITS,
    clipped,
    saturated,
)

PAIR_BITS = 12
"""Behind the point of e."""
MATCHED_LIMIT = 2**20
NOISE_LIMIT = 2**30
LOGIT_LIMIT = 2**20
LEVEL_LIMIT = 2**12
_MAX_LLR = 127
_INT32_MAX = 2**31 - 1
_Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What does not change from one iteration to the next; nodes are unknowns of the real model.

    Parameters
    ----------
    matched : int64 [num_elements, num_unknowns]
        z, with FEATURE_BITS.
    interference : int64 [num_elements, num_unknowns, num_unknowns]
        e, with PAIR_BITS; 0 of a node with itself.
    noise : int64 [num_elements, num_unknowns]
        With SPREAD_BITS.
    """

    matched: _Integers
    interference: _Integers
    noise: _Integers


def graph(found: Products) -> Graph:
    """Return the graph of elements, in float32 as far as it is divided."""
    num_tx = found.gram.shape[1]
    gram = found.gram.astype(np.float32)
    with np.errstate(all="ignore"):
        inverse = np.float32(1.0) / np.diagonal(gram[..., 0], axis1=1, axis2=2)
        matched = (
            found.matched.astype(np.float32)
            * (inverse * np.float32(np.sqrt(2.0) * 2**FEATURE_BITS))[..., None]
        )
        share = gram * (inverse * np.float32(2**PAIR_BITS))[..., None, None]
        noise = found.noise[:, None] * (inverse * np.float32(2**SPREAD_BITS))
    z = rounded(matched, MATCHED_LIMIT)
    e = rounded(share, INT16_MAX).astype(np.int64)
    e[:, np.arange(num_tx), np.arange(num_tx)] = 0
    re, im = e[..., 0], e[..., 1]
    twice = np.maximum(rounded(noise, NOISE_LIMIT), 0).astype(np.int64)
    return Graph(
        matched=np.concatenate([z[..., 0], z[..., 1]], axis=1).astype(np.int64),
        interference=np.concatenate(
            [np.concatenate([re, -im], axis=2), np.concatenate([im, re], axis=2)], axis=1
        ),
        noise=np.concatenate([twice, twice], axis=1),
    )


def cancelled(of: Graph, mean: _Integers, variance: _Integers) -> tuple[_Integers, _Integers]:
    """Return what is left behind cancellation, within int16, and the variance of its error.

    Parameters
    ----------
    of : Graph
    mean, variance : int64 [num_elements, num_unknowns]
        Of what is believed, with FEATURE_BITS and WEIGHT_BITS.

    Returns
    -------
    int64 [num_elements, num_unknowns] twice
        With FEATURE_BITS and SPREAD_BITS.
    """
    e = of.interference
    others = np.einsum("ekj,ej->ek", e, mean) >> PAIR_BITS
    share = np.einsum("ekj,ej->ek", e * e, variance)
    spread = (share >> 2 * PAIR_BITS + WEIGHT_BITS - SPREAD_BITS) + of.noise
    return saturated(of.matched - others), np.clip(spread, 1, _INT32_MAX)


def llr(logits: _Integers, *, llr_bits: int) -> NDArray[np.int8]:
    """Return the LLRs of elements, int8 [num_elements, num_tx, num_bits_per_symbol].

    Parameters
    ----------
    logits : int64 [num_elements, num_unknowns, num_levels]
        With LOGIT_BITS, within LOGIT_LIMIT.
    llr_bits : int
        Behind the point of an LLR.
    """
    num_elements, num_unknowns, _ = logits.shape
    axes = [_axis(one, llr_bits) for one in np.split(logits, 2, axis=1)]
    together = np.stack(axes, axis=-1).reshape(num_elements, num_unknowns // 2, -1)
    found: NDArray[np.int8] = together.astype(np.int8)
    return found


def _axis(logits: _Integers, llr_bits: int) -> _Integers:
    """Return the LLRs of one axis, int64 [num_elements, num_tx, num_axis_bits]."""
    num_levels = logits.shape[-1]
    shift = LOGIT_BITS - llr_bits
    labels = np.arange(num_levels)
    bit, found = num_levels // 2, []
    while bit:
        is_one = labels & bit != 0
        gap = logits[..., is_one].max(-1) - logits[..., ~is_one].max(-1)
        found.append(clipped((gap + ((1 << shift) >> 1)) >> shift, _MAX_LLR))
        bit //= 2
    return np.stack(found, axis=-1)
