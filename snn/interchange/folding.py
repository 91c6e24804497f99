# SPDX-License-Identifier: Apache-2.0
"""A chain of NIR nodes as layers: what is linear is folded into one matrix in front of neurons."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from snn.errors import InterchangeError
from snn.interchange import extension
from snn.interchange.chain import WEIGHTS, Link
from snn.interchange.graph import Array, Node
from snn.interchange.neurons import SPIKING

LINEAR = WEIGHTS | {"Scale", "Flatten"}
READABLE = ("Input", "Output", *sorted(LINEAR | SPIKING | extension.KINDS | {"LI"}))
_MATRIX_RANK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What lies between two layers of spikes, and the neurons behind it.

    Parameters
    ----------
    linear : tuple of Node
        Applied in this order.
    synapse : Node or None
        A leaky integrator in front of the neurons.
    neurons : Link or None
        None for what is read out.
    """

    linear: tuple[Node, ...]
    synapse: Node | None = None
    neurons: Link | None = None


@dataclass(slots=True)
class _Open:
    """A part that has no neurons yet."""

    linear: list[Node] = field(default_factory=list[Node])
    synapse: Node | None = None


def parts(links: Sequence[Link]) -> tuple[Part, ...]:
    """Return the layers of a chain, and in the end what is read out, if nodes are left for it.

    Raises
    ------
    InterchangeError
        If a node is of a kind that is not read, or no neuron spikes.
    """
    found: list[Part] = []
    part = _Open()
    for link in links:
        node = link.node
        if node.kind in SPIKING | extension.KINDS:
            linear = tuple(part.linear)
            found.append(Part(linear=linear, synapse=part.synapse, neurons=link))
            part = _Open()
        else:
            _take(part, node)
    if not found:
        raise InterchangeError("no node of this graph spikes")
    if part.synapse is not None:
        raise InterchangeError(
            f"node {part.synapse.name} (LI) is read out: scores are rates here, and a leaky sum "
            "has no counterpart. Leave it away, or end with neurons that spike"
        )
    if part.linear:
        found.append(Part(linear=tuple(part.linear)))
    return tuple(found)


def _take(part: _Open, node: Node) -> None:
    if node.kind not in {*LINEAR, "LI"}:
        raise InterchangeError(
            f"node {node.name} is of the kind {node.kind}, which is not read; these are: "
            f"{', '.join(READABLE)}"
        )
    if part.synapse is not None:
        raise InterchangeError(
            f"node {node.name} ({node.kind}) follows the leaky integrator {part.synapse.name}: a "
            "synapse is read right in front of its neurons only"
        )
    if node.kind == "LI":
        part.synapse = node
    else:
        part.linear.append(node)


def folded(linear: Sequence[Node], *, gain: float = 1.0) -> tuple[Array | None, Array | None]:
    """Return one matrix [num_neurons, num_inputs] and one bias, each None if there is none.

    Parameters
    ----------
    gain : float
        What the inputs were multiplied by already.
    """
    scale = np.array(1.0 / gain)
    matrix: Array | None = None
    bias: Array | None = None
    for node in linear:
        if node.kind == "Scale":
            factor = node.array("scale").reshape(-1)
            if matrix is None:
                scale = scale * factor
                continue
            if factor.size not in {1, len(matrix)}:
                raise InterchangeError(
                    f"node {node.name} ({node.kind}) takes {factor.size} values, and "
                    f"{len(matrix)} come"
                )
            matrix, bias = factor[:, None] * matrix, None if bias is None else factor * bias
        elif node.kind in WEIGHTS:
            weights = _matrix(node)
            _require_fit(node, weights, scale if matrix is None else matrix[:, :1])
            matrix = weights * scale if matrix is None else weights @ matrix
            bias = _bias(node, None if bias is None else weights @ bias)
    if matrix is None and scale.ndim == 1:
        matrix = np.diag(scale)
    return matrix, bias


def bias_of(node: Node) -> Array | None:
    """Return the bias of weights, None without."""
    return node.array("bias").reshape(-1) if node.kind == "Affine" else None


def _matrix(node: Node) -> Array:
    weights = node.array("weight")
    if weights.ndim != 2:
        raise InterchangeError(f"node {node.name}: weights of {weights.ndim} dimensions, not of 2")
    return weights


def _bias(node: Node, carried: Array | None) -> Array | None:
    own = bias_of(node)
    if own is None or carried is None:
        return carried if own is None else own
    return own + carried


def _require_fit(node: Node, weights: Array, before: Array) -> None:
    """Refuse weights behind another number of values; one factor of a Scale fits any."""
    is_one_factor = before.ndim != _MATRIX_RANK and before.size == 1
    if not is_one_factor and before.shape[0] != weights.shape[1]:
        raise InterchangeError(
            f"node {node.name} takes {weights.shape[1]} values, and {before.shape[0]} come"
        )
