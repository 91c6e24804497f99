# SPDX-License-Identifier: Apache-2.0
"""What GNNSIC of integers computes: the twin, in NumPy, of `firmware/kernels/gnn_sic.h`.

The equations are those of `receivers.mimo.integer.gnn_network`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from receivers.mimo.integer.elements import Products, products, rounded
from receivers.mimo.integer.functions import (
    FEATURE_BITS,
    INT16_MAX,
    LOGIT_BITS,
    SPREAD_BITS,
    WEIGHT_BITS,
    clipped,
    hyperbolic_tangent,
    logarithm,
    moments,
    saturated,
)
from receivers.mimo.integer.gnn_network import (
    LOGIT_LIMIT,
    MATCHED_LIMIT,
    NOISE_LIMIT,
    PAIR_BITS,
    SUM_SHIFT,
    IntegerGnnSic,
)
from sim.mimo.problem import Shape

_Integers = NDArray[np.int64]
_MAX_LLR = 127
_INT32_MAX = 2**31 - 1


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Belief:
    """What is believed of each node: mean and variance of its level, and its memory."""

    mean: _Integers
    variance: _Integers
    memory: _Integers


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


def detect(
    network: IntegerGnnSic, packed: NDArray[np.int8], shape: Shape, *, llr_bits: int
) -> NDArray[np.int8]:
    """Return the LLRs of elements, int8 [num_elements, num_tx, num_bits_per_symbol].

    Parameters
    ----------
    network : IntegerGnnSic
    packed : int8 [num_elements, num_bytes]
        See `receivers.mimo.integer.elements`.
    shape : Shape
    llr_bits : int
        Behind the point of an LLR.
    """
    logits = run(network, graph(products(packed, shape)))
    axes = [_axis(one, llr_bits) for one in np.split(logits, 2, axis=1)]
    return np.stack(axes, axis=-1).reshape(len(packed), shape.num_tx, -1).astype(np.int8)


def run(network: IntegerGnnSic, graph: Graph) -> _Integers:
    """Return the logits of levels, int64 [num_elements, num_unknowns, num_levels]."""
    size = graph.matched.shape
    belief = _Belief(
        mean=np.zeros(size, np.int64),
        variance=np.full(size, 1 << WEIGHT_BITS, np.int64),
        memory=np.zeros((*size, network.num_memory), np.int64),
    )
    logits = np.zeros((*size, len(network.levels)), np.int64)
    for _ in range(network.num_iterations):
        logits, belief = _iteration(network, graph, belief)
    return logits


def _iteration(network: IntegerGnnSic, graph: Graph, belief: _Belief) -> tuple[_Integers, _Belief]:
    known = _known(graph, belief)
    messages = _messages(network, graph.interference, known)
    seen = np.concatenate([known, messages], axis=-1)
    active = np.maximum(_product(network.hidden, seen) + network.hidden_bias, 0)
    hidden = np.minimum(active >> network.hidden_shifts.astype(np.int64), INT16_MAX)
    sums = _product(network.output, hidden) + network.output_bias
    output = sums * network.output_multipliers.astype(np.int64) >> 32
    logits = clipped(output[..., network.num_memory :], LOGIT_LIMIT)
    mean, variance = moments(logits, network.levels.astype(np.int64))
    memory = hyperbolic_tangent(output[..., : network.num_memory])
    return logits, _Belief(mean=mean, variance=variance, memory=memory)


def _known(graph: Graph, belief: _Belief) -> _Integers:
    """Return what is known of each node, int64 [num_elements, num_unknowns, num_known]."""
    e = graph.interference
    cancelled = np.einsum("ekj,ej->ek", e, belief.mean) >> PAIR_BITS
    share = np.einsum("ekj,ej->ek", e * e, belief.variance)
    spread = (share >> 2 * PAIR_BITS + WEIGHT_BITS - SPREAD_BITS) + graph.noise
    features = [
        belief.mean,
        saturated(graph.matched - cancelled),
        saturated(graph.matched),
        logarithm(np.clip(spread, 1, _INT32_MAX)),
        np.minimum(belief.variance >> WEIGHT_BITS - FEATURE_BITS, INT16_MAX),
    ]
    return np.concatenate([np.stack(features, axis=-1), belief.memory], axis=-1)


def _messages(network: IntegerGnnSic, e: _Integers, known: _Integers) -> _Integers:
    """Return what each node is told, int64 [num_elements, num_unknowns, num_messages]."""
    p = network.message_shift
    sent = saturated(_product(network.sender, known) >> p) << PAIR_BITS
    taken = _product(network.receiver, known) + network.receiver_bias
    bias = saturated(taken >> p) << PAIR_BITS
    one = np.full((*known.shape[:-1], 1), 1 << FEATURE_BITS)
    of_pair = _product(network.pair, np.concatenate([one, known[..., :2]], axis=-1))
    share = saturated(of_pair >> p)
    told = e[..., None] * share[:, None] + sent[:, None] + bias[:, :, None]
    heard = np.maximum(told, 0) >> SUM_SHIFT
    nodes = np.arange(e.shape[1])
    heard[:, nodes, nodes] = 0
    messages: _Integers = heard.sum(2) >> network.message_shifts.astype(np.int64)
    return np.minimum(messages, INT16_MAX)


def _product(weights: NDArray[np.int8], values: _Integers) -> _Integers:
    """Return values @ weights.T; floats hold such sums exactly, and are multiplied much faster."""
    return (values.astype(np.float64) @ weights.T.astype(np.float64)).astype(np.int64)


def _axis(logits: _Integers, llr_bits: int) -> _Integers:
    """Return the LLRs of one axis, int64 [num_elements, num_tx, num_axis_bits]."""
    num_levels = logits.shape[-1]
    shift = LOGIT_BITS - llr_bits
    labels = np.arange(num_levels)
    bit, llr = num_levels // 2, []
    while bit:
        is_one = labels & bit != 0
        gap = logits[..., is_one].max(-1) - logits[..., ~is_one].max(-1)
        llr.append(clipped((gap + ((1 << shift) >> 1)) >> shift, _MAX_LLR))
        bit //= 2
    return np.stack(llr, axis=-1)
