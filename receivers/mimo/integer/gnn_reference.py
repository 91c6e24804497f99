# SPDX-License-Identifier: Apache-2.0
"""What GNNSIC of integers computes: the twin, in NumPy, of `firmware/kernels/gnn_sic.h`.

The equations are those of `receivers.mimo.integer.gnn_network`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from receivers.mimo.integer.elements import products
from receivers.mimo.integer.functions import (
    FEATURE_BITS,
    INT16_MAX,
    WEIGHT_BITS,
    clipped,
    hyperbolic_tangent,
    logarithm,
    moments,
    saturated,
)
from receivers.mimo.integer.gnn_network import SUM_SHIFT, IntegerGnnSic
from receivers.mimo.integer.unknowns import (
    LOGIT_LIMIT,
    PAIR_BITS,
    Graph,
    cancelled,
    graph,
    llr,
)
from sim.mimo.problem import Shape

_Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Belief:
    """What is believed of each node: mean and variance of its level, and its memory."""

    mean: _Integers
    variance: _Integers
    memory: _Integers


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
    return llr(run(network, graph(products(packed, shape))), llr_bits=llr_bits)


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
    left, spread = cancelled(graph, belief.mean, belief.variance)
    features = [
        belief.mean,
        left,
        saturated(graph.matched),
        logarithm(spread),
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
