# SPDX-License-Identifier: Apache-2.0
"""Convolutions, matrix products, and the batch normalisation that is folded into them."""

import numpy as np
from numpy.typing import NDArray
from torch import fx

from boards.errors import GraphError
from boards.graph import OperatorKind, Padding
from boards.graph_builder import Layer, Window
from boards.importing.joining import joined_with_constant
from boards.importing.reader import PLANES, Arguments, Reader, Value, name_of, pair, shape_of

_CHANNEL = 1


def read_convolution(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a convolution; one filter or several a channel are a depthwise one."""
    weights = _weights(reader, arguments)
    source = reader.planes(arguments["input"])
    num_in = reader.builder.shape(source.name)[2]
    num_out, groups = weights.shape[0], int(arguments["groups"])
    is_depthwise = groups == num_in and groups > 1
    kind = OperatorKind.DEPTHWISE_CONV_2D if is_depthwise else OperatorKind.CONV_2D
    bias = reader.constant(arguments["bias"])
    _, _, height, width = shape_of(node)
    layer = Layer(
        kind=kind,
        inputs=(source.name,),
        shape=(height, width, num_out),
        constants=(
            weights.transpose((1, 2, 3, 0) if is_depthwise else (0, 2, 3, 1)),
            np.zeros(num_out) if bias is None else bias,
        ),
        window=_window(arguments, kernel=(weights.shape[2], weights.shape[3])),
    )
    name = reader.builder.append(reader.weighted_name(arguments["weight"]), layer)
    return Value(name=name, order=PLANES)


def _window(arguments: Arguments, *, kernel: tuple[int, int]) -> Window:
    stride, dilation = pair(arguments["stride"]), pair(arguments["dilation"])
    reach = [step * (taps - 1) for step, taps in zip(dilation, kernel, strict=True)]
    same: Padding = (
        (reach[0] // 2, reach[0] - reach[0] // 2),
        (reach[1] // 2, reach[1] - reach[1] // 2),
    )
    told = arguments["padding"]
    if told == "same":
        padding = same
    else:
        rows, columns = (0, 0) if told == "valid" else pair(told)
        padding = ((rows, rows), (columns, columns))
    is_same = padding == same and stride == (1, 1)
    return Window(stride=stride, dilation=dilation, padding=None if is_same else padding)


def read_linear(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Append a matrix product of the last dimension."""
    weights = _weights(reader, arguments)
    bias = reader.constant(arguments["bias"])
    source = reader.natural(arguments["input"])
    layer = Layer(
        kind=OperatorKind.FULLY_CONNECTED,
        inputs=(source.name,),
        shape=shape_of(node)[1:],
        constants=(weights, np.zeros(len(weights)) if bias is None else bias),
    )
    name = reader.builder.append(reader.weighted_name(arguments["weight"]), layer)
    return Value(name=name, order=source.order)


def _weights(reader: Reader, arguments: Arguments) -> NDArray[np.float64]:
    weights = reader.constant(arguments["weight"])
    if weights is None:
        raise GraphError("has no weights")
    return weights


def read_batch_norm(reader: Reader, node: fx.Node, arguments: Arguments) -> Value:
    """Fold a batch normalisation into the weights before it, or else append MUL and ADD."""
    if arguments["training"]:
        raise GraphError("batch_norm in training mode; call module.eval() before the export")
    mean, variance = (reader.constant(arguments[key]) for key in ("running_mean", "running_var"))
    if mean is None or variance is None:
        raise GraphError("batch_norm without running statistics is not supported")
    gain = 1.0 / np.sqrt(variance + arguments["eps"])
    weight, bias = (reader.constant(arguments[key]) for key in ("weight", "bias"))
    gain = gain if weight is None else gain * weight
    offset = -mean * gain if bias is None else bias - mean * gain
    value = reader.value(arguments["input"])
    if value.order[-1] == _CHANNEL and reader.builder.can_scale(value.name):
        reader.builder.scale_channels(value.name, gain=gain, offset=offset)
        return value
    along = (-1, *[1] * (len(value.order) - 1))
    name = name_of(node, what="batch_norm")
    for kind, constant in ((OperatorKind.MUL, gain), (OperatorKind.ADD, offset)):
        value = joined_with_constant(reader, kind, value, constant.reshape(along), name=name)
    return value
