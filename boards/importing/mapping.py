# SPDX-License-Identifier: Apache-2.0
"""What maps each value by itself, what sums along dimensions, and what does nothing."""

from collections.abc import Mapping

from torch import fx

from boards.errors import GraphError
from boards.graph import Activation, OperatorKind
from boards.graph_builder import Layer
from boards.importing.reader import (
    Arguments,
    Handler,
    Order,
    Reader,
    Value,
    dimension,
    name_of,
    natural,
    shape_of,
)
from boards.options import Axes, Leak, Softmax

_BOUNDS: Mapping[tuple[float | None, ...], Activation] = {
    (0.0, None): Activation.RELU,
    (0.0, 6.0): Activation.RELU6,
    (-1.0, 1.0): Activation.RELU_N1_TO_1,
}


def activates(activation: Activation) -> Handler:
    """Return what reads a RELU or RELU6."""

    def read(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
        value = reader.value(arguments["self"])
        name = name_of(node, what=activation.lower())
        fused = reader.builder.activate(value.name, activation, name=name)
        return Value(name=fused, order=value.order)

    return read


def read_clamping(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Read bounds that a fused activation has."""
    low, high = (arguments.get(one, arguments.get(f"{one}_val")) for one in ("min", "max"))
    bounds = tuple(None if bound is None else float(bound) for bound in (low, high))
    if bounds not in _BOUNDS:
        raise GraphError(f"bounds {bounds} are not supported; there are: {[*_BOUNDS]}")
    return activates(_BOUNDS[bounds])(reader, node, arguments)


def maps(kind: OperatorKind) -> Handler:
    """Return what reads a LOGISTIC or TANH."""

    def read(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
        value = reader.value(arguments["self"])
        layer = Layer(kind=kind, inputs=(value.name,), shape=reader.builder.shape(value.name))
        name = reader.builder.append(name_of(node, what=kind.lower()), layer)
        return Value(name=name, order=value.order)

    return read


def read_leaky_relu(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a LEAKY_RELU."""
    value = reader.value(arguments["self"])
    layer = Layer(
        kind=OperatorKind.LEAKY_RELU,
        inputs=(value.name,),
        shape=reader.builder.shape(value.name),
        options=Leak(alpha=float(arguments["negative_slope"])),
    )
    name = reader.builder.append(name_of(node, what="leaky_relu"), layer)
    return Value(name=name, order=value.order)


def read_softmax(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a SOFTMAX along what is made the last axis."""
    value = reader.value(arguments["self"])
    along = dimension(int(arguments["dim"]), rank=len(value.order) + 1)
    last: Order = (*(one for one in value.order if one != along), along)
    value = reader.ordered(value, last)
    layer = Layer(
        kind=OperatorKind.SOFTMAX,
        inputs=(value.name,),
        shape=reader.builder.shape(value.name),
        options=Softmax(beta=1.0),
    )
    return Value(name=reader.builder.append(name_of(node, what="softmax"), layer), order=last)


def read_mean(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a MEAN over some dimensions, which vanish or stay as ones."""
    value = reader.value(arguments["self"])
    rank = len(value.order) + 1
    along = {dimension(int(one), rank=rank) for one in arguments["dim"] or range(rank)}
    shape = shape_of(node)
    staying = [one for one in value.order if one not in along]
    if not arguments["keepdim"] and staying != sorted(staying):
        value = reader.natural(arguments["self"])
    kept = value.order if arguments["keepdim"] else natural(len(shape))
    layer = Layer(
        kind=OperatorKind.MEAN,
        inputs=(value.name,),
        shape=tuple(shape[one] for one in kept),
        options=Axes(axes=tuple(i for i, one in enumerate(value.order) if one in along)),
    )
    return Value(name=reader.builder.append(name_of(node, what="mean"), layer), order=kept)


def read_dropout(reader: Reader, _: fx.Node, arguments: Arguments) -> Value:
    """Pass a dropout over."""
    if arguments["train"]:
        raise GraphError("dropout in training mode; call module.eval() before the export")
    return reader.value(arguments["input"])


def read_identity(reader: Reader, node: fx.Node, _: Arguments) -> Value:
    """Pass over what changes nothing."""
    return reader.value(node.args[0])
