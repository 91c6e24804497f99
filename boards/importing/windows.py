# SPDX-License-Identifier: Apache-2.0
"""Pools and resized planes."""

import math

import numpy as np
from torch import fx

from boards.errors import GraphError
from boards.graph import OperatorKind
from boards.graph_builder import Layer, Window
from boards.importing.reader import (
    PLANES,
    Arguments,
    Handler,
    Reader,
    Value,
    name_of,
    pair,
    shape_of,
)
from boards.kernels.movement import nearest
from boards.options import Margins, Nearest, Pool

_AVERAGE, _MAXIMUM = OperatorKind.AVERAGE_POOL_2D, OperatorKind.MAX_POOL_2D


def read_average(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append an average; zeros that count are put around the planes first."""
    if arguments["divisor_override"] is not None:
        raise GraphError("a divisor of one's own is not supported")
    return _pool(reader, node, arguments, _AVERAGE)


def read_maximum(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a maximum; what lies outside takes no part."""
    if pair(arguments["dilation"]) != (1, 1):
        raise GraphError(f"a pool with dilation {arguments['dilation']} is not supported")
    return _pool(reader, node, arguments, _MAXIMUM)


def _pool(reader: Reader, node: fx.Node, arguments: Arguments, kind: OperatorKind) -> Value:
    source = reader.planes(arguments["self"])
    kernel = pair(arguments["kernel_size"])
    stride = pair(arguments["stride"]) if arguments["stride"] else kernel
    rows, columns = pair(arguments["padding"])
    if arguments.get("count_include_pad") and (rows, columns) != (0, 0):
        source, rows, columns = _surrounded(reader, source, rows, columns), 0, 0
    _, _, height, width = shape_of(node)
    size = reader.builder.shape(source.name)
    for i, (out, margin) in enumerate(((height, rows), (width, columns))):
        if (out - 1) * stride[i] + kernel[i] > size[i] + 2 * margin:
            raise GraphError("windows that leave the plane (ceil_mode) are not supported")
    window = Window(stride=stride, padding=((rows, rows), (columns, columns)))
    layer = Layer(
        kind=kind,
        inputs=(source.name,),
        shape=(height, width, size[2]),
        window=window,
        options=Pool(kernel=kernel),
    )
    return Value(name=reader.builder.append(name_of(node, what="pool"), layer), order=PLANES)


def _surrounded(reader: Reader, source: Value, rows: int, columns: int) -> Value:
    height, width, num_channels = reader.builder.shape(source.name)
    margins = (rows, columns, 0)
    layer = Layer(
        kind=OperatorKind.PAD,
        inputs=(source.name,),
        shape=(height + 2 * rows, width + 2 * columns, num_channels),
        options=Margins(before=margins, behind=margins),
    )
    return Value(name=reader.builder.append(f"{source.name}.pad", layer), order=PLANES)


def adaptive(kind: OperatorKind) -> Handler:
    """Return what reads a pool that is told its output: windows of one size, side by side."""

    def read(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
        source = reader.planes(arguments["self"])
        height, width, num_channels = reader.builder.shape(source.name)
        wanted = tuple(arguments["output_size"])
        rows, columns = (wanted[0] or height, wanted[-1] or width)
        if height % rows or width % columns:
            raise GraphError(f"windows of several sizes: {[height, width]} to {[rows, columns]}")
        kernel = (height // rows, width // columns)
        layer = Layer(
            kind=kind,
            inputs=(source.name,),
            shape=(rows, columns, num_channels),
            window=Window(stride=kernel, padding=((0, 0), (0, 0))),
            options=Pool(kernel=kernel),
        )
        return Value(name=reader.builder.append(name_of(node, what="pool"), layer), order=PLANES)

    return read


def resized(*, is_exact: bool) -> Handler:
    """Return what reads planes on another grid, whose points are the nearest or those below."""

    def read(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
        source = reader.planes(arguments["input"])
        height, width, num_channels = reader.builder.shape(source.name)
        _, _, rows, columns = shape_of(node)
        options = Nearest(align_corners=False, half_pixel_centers=is_exact)
        factors = arguments.get("scale_factors") or (None, None)
        for size, num_out, factor in zip((height, width), (rows, columns), factors, strict=True):
            found = nearest(size=size, num_out=num_out, options=options)
            if found.tolist() != _as_torch(size, num_out, factor, is_exact=is_exact):
                raise GraphError(f"a grid of {num_out} points over {size} by {factor}")
        layer = Layer(
            kind=OperatorKind.RESIZE_NEAREST_NEIGHBOR,
            inputs=(source.name,),
            shape=(rows, columns, num_channels),
            options=options,
        )
        name = reader.builder.append(name_of(node, what="interpolate"), layer)
        return Value(name=name, order=PLANES)

    return read


def _as_torch(size: int, num_out: int, factor: float | None, *, is_exact: bool) -> list[int]:
    """Return which of `size` points PyTorch takes for each of `num_out`; float32 as there."""
    step = np.float32(size) / np.float32(num_out) if factor is None else np.float32(1.0 / factor)
    offset = np.float32(0.5 if is_exact else 0.0)
    points = [(np.float32(i) + offset) * step for i in range(num_out)]
    return [min(math.floor(point), size - 1) for point in points]
