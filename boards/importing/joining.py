# SPDX-License-Identifier: Apache-2.0
"""Sums, differences and products that broadcast, and concatenations."""

import numpy as np
from numpy.typing import NDArray
from torch import fx

from boards.errors import GraphError
from boards.graph import OperatorKind
from boards.graph_builder import Layer
from boards.importing.reader import Arguments, Handler, Reader, Value, dimension, name_of, shape_of
from boards.options import Axes


def reads(kind: OperatorKind) -> Handler:
    """Return what reads an ADD, SUB or MUL of two activations, or of one and a constant."""

    def read(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
        _check_factor(arguments)
        one, other = arguments["self"], arguments["other"]
        name = name_of(node, what=kind.lower())
        if reader.is_constant(other):
            constant = _array(reader, other)
            return joined_with_constant(reader, kind, reader.value(one), constant, name=name)
        if reader.is_constant(one):
            constant, value = _array(reader, one), reader.value(other)
            return joined_with_constant(reader, kind, value, constant, name=name, is_first=True)
        first, second = _alike(reader, one, other)
        full = shape_of(node)
        shape = tuple(full[place] for place in first.order)
        layer = Layer(kind=kind, inputs=(first.name, second.name), shape=shape)
        return Value(name=reader.builder.append(name, layer), order=first.order)

    return read


def read_reversed_difference(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a constant less an activation."""
    _check_factor(arguments)
    constant, value = _array(reader, arguments["other"]), reader.value(arguments["self"])
    name = name_of(node, what="sub")
    return joined_with_constant(reader, OperatorKind.SUB, value, constant, name=name, is_first=True)


def read_quotient(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a product with the reciprocal of a constant."""
    constant = _array(reader, arguments["other"])
    if not np.all(constant):
        raise GraphError("divides by 0")
    value, name = reader.value(arguments["self"]), name_of(node, what="div")
    return joined_with_constant(reader, OperatorKind.MUL, value, 1.0 / constant, name=name)


def read_negation(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append 0 less an activation."""
    value, name = reader.value(arguments["self"]), name_of(node, what="neg")
    return joined_with_constant(
        reader, OperatorKind.SUB, value, np.array(0.0), name=name, is_first=True
    )


def joined_with_constant(
    reader: Reader,
    kind: OperatorKind,
    value: Value,
    constant: NDArray[np.float64],
    *,
    name: str,
    is_first: bool = False,
) -> Value:
    """Append an ADD, SUB or MUL with a constant that broadcasts, in the dimensions of the program.

    Raises
    ------
    GraphError
        The constant is larger than the activation.
    """
    shape = reader.builder.shape(value.name)
    rank = len(value.order) + 1
    padded = constant.reshape((1,) * (rank - constant.ndim) + constant.shape)
    if padded.ndim > rank or padded.shape[0] != 1:
        raise GraphError(f"joins a constant of shape {list(constant.shape)}, of more dimensions")
    laid_out = padded.transpose(0, *value.order)[0]
    if any(one not in (1, size) for one, size in zip(laid_out.shape, shape, strict=True)):
        raise GraphError(f"joins a constant of shape {list(constant.shape)}, which is larger")
    layer = Layer(
        kind=kind,
        inputs=(value.name,),
        shape=shape,
        constants=(laid_out,),
        has_constant_first=is_first,
    )
    return Value(name=reader.builder.append(name, layer), order=value.order)


def read_concatenation(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a concatenation of activations."""
    first, *rest = (reader.value(one) for one in arguments["tensors"])
    values = [first, *(reader.ordered(value, first.order) for value in rest)]
    along = dimension(int(arguments["dim"]), rank=len(first.order) + 1)
    full = shape_of(node)
    layer = Layer(
        kind=OperatorKind.CONCATENATION,
        inputs=tuple(value.name for value in values),
        shape=tuple(full[place] for place in first.order),
        options=Axes(axes=(first.order.index(along),)),
    )
    name = reader.builder.append(name_of(node, what="cat"), layer)
    return Value(name=name, order=first.order)


def _alike(reader: Reader, one: object, other: object) -> tuple[Value, Value]:
    """Return two activations whose axes are the same dimensions, counted from the last."""
    first, second = reader.value(one), reader.value(other)
    if len(first.order) == len(second.order):
        return first, reader.ordered(second, first.order)
    first, second = reader.natural(one), reader.natural(other)
    most = max(first.order, second.order, key=len)
    return Value(name=first.name, order=most), second


def _array(reader: Reader, node: object) -> NDArray[np.float64]:
    found = reader.constant(node)
    if found is None:
        raise GraphError("joins nothing")
    return found


def _check_factor(arguments: Arguments) -> None:
    if arguments.get("alpha", 1) != 1:
        raise GraphError(f"alpha = {arguments['alpha']} is not supported; only 1 is")
