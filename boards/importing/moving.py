# SPDX-License-Identifier: Apache-2.0
"""What moves values and changes none: other shapes, orders, margins and parts."""

from torch import fx

from boards.errors import GraphError
from boards.graph import OperatorKind
from boards.graph_builder import Layer
from boards.importing.reader import (
    Arguments,
    Order,
    Reader,
    Value,
    arguments_of,
    dimension,
    name_of,
    natural,
    shape_of,
)
from boards.options import Margins, Section

_WHOLE = "aten.adaptive_max_pool2d.default"
_PARTS = ("aten.chunk.default", "aten.split.Tensor", "aten.split_with_sizes.default")


def read_reshape(reader: Reader, node: fx.Node, _: Arguments) -> Value:
    """Give the values another shape, in the order in which the program has them."""
    source = reader.natural(node.args[0])
    shape = shape_of(node)
    name = reader.reshaped(source.name, shape[1:])
    return Value(name=name, order=natural(len(shape)))


def read_permutation(reader: Reader, _: fx.Node, arguments: Arguments) -> Value:
    """Call dimensions by other numbers; nothing moves before an operator needs it."""
    value = reader.value(arguments["self"])
    rank = len(value.order) + 1
    dims = [int(one) % rank for one in arguments["dims"]]
    return _renumbered(value, dims)


def read_transposition(reader: Reader, _: fx.Node, arguments: Arguments) -> Value:
    """Exchange the numbers of two dimensions."""
    value = reader.value(arguments["self"])
    rank = len(value.order) + 1
    one, other = (dimension(int(arguments[key]), rank=rank) for key in ("dim0", "dim1"))
    dims = list(range(rank))
    dims[one], dims[other] = other, one
    return _renumbered(value, dims)


def _renumbered(value: Value, dims: list[int]) -> Value:
    if dims[0] != 0:
        raise GraphError(f"order {dims}: the first dimension must stay")
    order: Order = tuple(dims.index(old) for old in value.order)
    return Value(name=value.name, order=order)


def read_padding(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a PAD with zeros."""
    mode, filling = arguments.get("mode", "constant"), arguments.get("value") or 0.0
    if mode != "constant" or filling != 0.0:
        raise GraphError(f"pads with {filling} in mode {mode!r}; only zeros are supported")
    value = reader.value(arguments["self"])
    rank = len(value.order) + 1
    pairs = [(0, 0)] * rank
    given = [int(one) for one in arguments["pad"]]
    for i in range(len(given) // 2):
        pairs[rank - 1 - i] = given[2 * i], given[2 * i + 1]
    if pairs[0] != (0, 0) or min(given) < 0:
        raise GraphError(f"margins {given}; they must be 0 and more, and not along the first")
    margins = Margins(
        before=tuple(pairs[one][0] for one in value.order),
        behind=tuple(pairs[one][1] for one in value.order),
    )
    full = shape_of(node)
    layer = Layer(
        kind=OperatorKind.PAD,
        inputs=(value.name,),
        shape=tuple(full[one] for one in value.order),
        options=margins,
    )
    name = reader.builder.append(name_of(node, what="pad"), layer)
    return Value(name=name, order=value.order)


def read_slice(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a part along one dimension; all of it is no operator."""
    value = reader.value(arguments["self"])
    rank = len(value.order) + 1
    start, end = arguments["start"] or 0, arguments["end"]
    if int(arguments["dim"]) % rank == 0 and shape_of(node)[0] == 1:
        return value
    along = dimension(int(arguments["dim"]), rank=rank)
    kept = range(*slice(start, end, int(arguments["step"])).indices(_size(reader, value, along)))
    return _section(reader, node, value, along, kept)


def read_selection(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append one element along a dimension, which vanishes."""
    value = reader.value(arguments["self"])
    along = dimension(int(arguments["dim"]), rank=len(value.order) + 1)
    index = int(arguments["index"]) % _size(reader, value, along)
    part = _section(reader, node, value, along, range(index, index + 1))
    ordered = reader.ordered(part, tuple(sorted(part.order)))
    shape = shape_of(node)
    return Value(name=reader.reshaped(ordered.name, shape[1:]), order=natural(len(shape)))


def read_parts(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Pass on what is cut up; each part is appended where it is taken."""
    value = reader.value(arguments["self"])
    if len(node.users) > 1:
        reader.builder.share(value.name)
    return value


def read_item(reader: Reader, node: fx.Node, _: Arguments) -> Value:
    """Append one of several parts; of a pool that tells its places too, the values."""
    source, index = node.args
    if not isinstance(source, fx.Node) or not isinstance(index, int):
        raise GraphError("takes no part of another node")
    value, target = reader.value(source), str(source.target)
    if target == _WHOLE and index == 0:
        return value
    if target not in _PARTS:
        raise GraphError(f"takes output {index} of {target}, which is not supported")
    along = dimension(int(arguments_of(source)["dim"]), rank=len(value.order) + 1)
    sizes = [int(part.shape[along]) for part in source.meta["val"]]
    first = sum(sizes[:index])
    return _section(reader, node, value, along, range(first, first + sizes[index]))


def _section(reader: Reader, node: fx.Node, value: Value, along: int, kept: range) -> Value:
    shape = reader.builder.shape(value.name)
    axis = value.order.index(along)
    if len(kept) == shape[axis]:
        return value
    if len(kept) == 0:
        raise GraphError("leaves nothing")
    begin, step = [0] * len(shape), [1] * len(shape)
    end = list(shape)
    begin[axis], end[axis], step[axis] = kept.start, kept.stop, kept.step
    layer = Layer(
        kind=OperatorKind.STRIDED_SLICE,
        inputs=(value.name,),
        shape=tuple(len(kept) if i == axis else size for i, size in enumerate(shape)),
        options=Section(begin=tuple(begin), end=tuple(end), step=tuple(step)),
    )
    name = reader.builder.append(name_of(node, what="slice"), layer)
    return Value(name=name, order=value.order)


def _size(reader: Reader, value: Value, along: int) -> int:
    return reader.builder.shape(value.name)[value.order.index(along)]
