# SPDX-License-Identifier: Apache-2.0
"""A network as C that calls the kernels of CMSIS-NN: tables of constants, and one call an operator.

Written for the public functions of Arm's CMSIS-NN, `arm_*_s8` of `Include/arm_nnfunctions.h`;
nothing of it is in here.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from boards import memory
from boards.compress.fixed_point import quantize_multiplier
from boards.convolution import same_padding
from boards.errors import GraphError
from boards.graph import Graph, Operator, OperatorKind, Tensor
from boards.options import Pool, Softmax
from boards.requantization import activation_range, convolution_constants, quantization_of

SCRATCH_BYTES = 32_768
_SOFTMAX_BITS, _FRACTION_BITS, _MOST_SHIFT = 5, 26, 31
_SAME = OperatorKind.RESHAPE

_HEAD = f"""/* Generated: one network for CMSIS-NN. */
#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "cmsis_nn_harness.h"

#include <string.h>

static int32_t scratch[{SCRATCH_BYTES // 4}];

static cmsis_nn_context context_of(int32_t size)
{{
    const cmsis_nn_context context = {{scratch, size}};
    return context;
}}

#define RUN(SIZE, CALL) \\
    do {{ \\
        const cmsis_nn_context ctx = context_of(SIZE); \\
        if (ctx.size > (int32_t)sizeof scratch) return -100; \\
        const int32_t status = (int32_t)(CALL); \\
        if (status != 0) return status; \\
    }} while (0)
"""


def network_source(graph: Graph, x: NDArray[np.int8], *, num_sum_arguments: int) -> str:
    """Return the C of a network and one input.

    Parameters
    ----------
    graph : Graph
        An int8 network.
    x : int8 of the graph's shape
        What it is run on.
    num_sum_arguments : int
        How many arguments `arm_vector_sum_s8` takes in the checkout: 4, 6 or 7.

    Raises
    ------
    GraphError
        Names every operator that this harness has no call for.
    """
    unknown = [one for one in graph.operators if one.kind not in (*_CALLS, _SAME)]
    if unknown:
        told = ", ".join(f"{one.kind} ({one.name})" for one in unknown)
        raise GraphError(f"network {graph.name!r}: the harness has no call of CMSIS-NN for {told}")
    plan = memory.plan(graph, may_overlap=False)
    output = graph.tensors[graph.output]
    parts = [_HEAD, f"static int8_t arena[{plan.peak_bytes}] __attribute__((aligned(16)));"]
    parts.append(_array("input", x.reshape(-1), "int8_t"))
    prepared = [f"memcpy(arena + {plan.offsets[graph.input]}, input, sizeof input);"]
    calls: list[str] = []
    for i, operator in enumerate(graph.operators):
        if operator.kind is _SAME:
            continue
        tables, call = _CALLS[operator.kind](graph, operator, plan.offsets, i)
        parts += tables
        calls.append(call)
        if operator.kind is OperatorKind.FULLY_CONNECTED:
            prepared += _sums(graph, operator, i, num_arguments=num_sum_arguments)
    parts += [
        _function("void network_prepare(void)", prepared),
        _function("int32_t network_run(void)", [*calls, "return 0;"]),
        f"int8_t *const network_output = arena + {plan.offsets[graph.output]};",
        f"const size_t network_output_bytes = {output.num_bytes};",
    ]
    return "\n".join(parts) + "\n"


_Call = tuple[list[str], str]


def _convolution(graph: Graph, operator: Operator, offsets: Mapping[str, int], i: int) -> _Call:
    source, weights, bias = (graph.tensors[name] for name in operator.inputs)
    target = graph.tensors[operator.output]
    constants = convolution_constants(graph, operator)
    is_depthwise = operator.kind is OperatorKind.DEPTHWISE_CONV_2D
    kernel = weights.shape[1:3]
    multiple = f"{target.shape[-1] // source.shape[-1]}, " if is_depthwise else ""
    kind = "dw_conv" if is_depthwise else "conv"
    name = "depthwise_conv" if is_depthwise else "convolve"
    tables = [
        *_weighted(i, weights, bias),
        _array(f"mult_{i}", constants.multipliers, "int32_t", is_const=False),
        _array(f"shift_{i}", constants.shifts, "int32_t", is_const=False),
        f"static const cmsis_nn_per_channel_quant_params quant_{i} = {{mult_{i}, shift_{i}}};",
        f"static const cmsis_nn_{kind}_params params_{i} = {{"
        f"{-constants.input_zero_point}, {constants.output_zero_point}, {multiple}"
        f"{_tile(operator.stride)}, {_tile(_padding(operator, source, kernel))}, "
        f"{_tile(operator.dilation)}, {{{constants.minimum}, {constants.maximum}}}}};",
        _dims(f"in_{i}", _nhwc(source)),
        _dims(f"filter_{i}", weights.shape),
        _dims(f"bias_{i}", (1, 1, 1, target.shape[-1])),
        _dims(f"out_{i}", _nhwc(target)),
    ]
    sizes = f"&params_{i}, &in_{i}, &filter_{i}, &out_{i}"
    call = (
        f"RUN(arm_{name}_wrapper_s8_get_buffer_size({sizes}), "
        f"arm_{name}_wrapper_s8(&ctx, &params_{i}, &quant_{i}, &in_{i}, "
        f"{_place(offsets, source)}, &filter_{i}, weights_{i}, &bias_{i}, biases_{i}, &out_{i}, "
        f"{_place(offsets, target)}));"
    )
    return tables, call


def _connection(graph: Graph, operator: Operator, offsets: Mapping[str, int], i: int) -> _Call:
    source, weights, bias = (graph.tensors[name] for name in operator.inputs)
    target = graph.tensors[operator.output]
    constants = convolution_constants(graph, operator)
    if len(set(zip(constants.multipliers, constants.shifts, strict=True))) > 1:
        raise GraphError(f"operator {operator.name!r}: weights have a scale for each channel")
    num_out, depth = weights.shape
    num_rows = target.num_elements // num_out
    tables = [
        *_weighted(i, weights, bias),
        f"static int32_t sums_{i}[{num_out}];",
        f"static const cmsis_nn_per_tensor_quant_params quant_{i} = "
        f"{{{constants.multipliers[0]}, {constants.shifts[0]}}};",
        f"static const cmsis_nn_fc_params params_{i} = {{{-constants.input_zero_point}, 0, "
        f"{constants.output_zero_point}, {{{constants.minimum}, {constants.maximum}}}}};",
        _dims(f"in_{i}", (num_rows, 1, 1, depth)),
        _dims(f"filter_{i}", (depth, 1, 1, num_out)),
        _dims(f"bias_{i}", (1, 1, 1, num_out)),
        _dims(f"out_{i}", (num_rows, 1, 1, num_out)),
        f"static cmsis_nn_context sums_ctx_{i} = {{sums_{i}, sizeof sums_{i}}};",
    ]
    call = (
        f"RUN(0, arm_fully_connected_s8(&sums_ctx_{i}, &params_{i}, &quant_{i}, &in_{i}, "
        f"{_place(offsets, source)}, &filter_{i}, weights_{i}, &bias_{i}, biases_{i}, &out_{i}, "
        f"{_place(offsets, target)}));"
    )
    return tables, call


def _pool(graph: Graph, operator: Operator, offsets: Mapping[str, int], i: int) -> _Call:
    source, target = graph.tensors[operator.inputs[0]], graph.tensors[operator.output]
    if not isinstance(operator.options, Pool):
        raise GraphError(f"operator {operator.name!r} has no window")
    kernel = operator.options.kernel
    low, high = activation_range(quantization_of(target), operator.activation)
    tables = [
        f"static const cmsis_nn_pool_params params_{i} = {{{_tile(operator.stride)}, "
        f"{_tile(_padding(operator, source, kernel))}, {{{low}, {high}}}}};",
        _dims(f"in_{i}", _nhwc(source)),
        _dims(f"filter_{i}", (1, *kernel, 1)),
        _dims(f"out_{i}", _nhwc(target)),
    ]
    width, channels = _nhwc(target)[2:]
    call = (
        f"RUN(arm_avgpool_s8_get_buffer_size({width}, {channels}), arm_avgpool_s8(&ctx, "
        f"&params_{i}, &in_{i}, {_place(offsets, source)}, &filter_{i}, &out_{i}, "
        f"{_place(offsets, target)}));"
    )
    return tables, call


def _softmax(graph: Graph, operator: Operator, offsets: Mapping[str, int], _: int) -> _Call:
    source, target = graph.tensors[operator.inputs[0]], graph.tensors[operator.output]
    if not isinstance(operator.options, Softmax):
        raise GraphError(f"operator {operator.name!r} has no beta")
    scale = float(quantization_of(source).scale[0]) * operator.options.beta
    factor = quantize_multiplier(min(scale * 2**_FRACTION_BITS, 2.0**31 - 1), max_shift=_MOST_SHIFT)
    least = -math.floor((2**_SOFTMAX_BITS - 1) * 2.0 ** (_FRACTION_BITS - factor.shift))
    row = source.shape[-1]
    call = (
        f"arm_softmax_s8({_place(offsets, source)}, {source.num_elements // row}, {row}, "
        f"{factor.multiplier}, {factor.shift}, {least}, {_place(offsets, target)});"
    )
    return [], call


_CALLS: Mapping[OperatorKind, Callable[[Graph, Operator, Mapping[str, int], int], _Call]] = {
    OperatorKind.CONV_2D: _convolution,
    OperatorKind.DEPTHWISE_CONV_2D: _convolution,
    OperatorKind.FULLY_CONNECTED: _connection,
    OperatorKind.AVERAGE_POOL_2D: _pool,
    OperatorKind.SOFTMAX: _softmax,
}


def _sums(graph: Graph, operator: Operator, i: int, *, num_arguments: int) -> list[str]:
    """Return the call that sums weights up once, where the kernels of a core want that."""
    num_out, depth = graph.tensors[operator.inputs[1]].shape
    behind = {
        4: "",
        6: f", params_{i}.input_offset, biases_{i}",
        7: f", params_{i}.input_offset, 0, biases_{i}",
    }[num_arguments]
    return [
        "#ifdef __ARM_FEATURE_MVE",
        f"(void)arm_vector_sum_s8(sums_{i}, {depth}, {num_out}, weights_{i}{behind});",
        "#endif",
    ]


def _weighted(i: int, weights: Tensor, bias: Tensor) -> Iterator[str]:
    for name, tensor, kind in (
        (f"weights_{i}", weights, "int8_t"),
        (f"biases_{i}", bias, "int32_t"),
    ):
        if tensor.data is None:
            raise GraphError(f"tensor {tensor.name!r} is an activation, not a constant")
        yield _array(name, tensor.data.reshape(-1), kind)


def _padding(operator: Operator, source: Tensor, kernel: Sequence[int]) -> tuple[int, int]:
    """Return the rows above and columns on the left."""
    if operator.padding is not None:
        return operator.padding[0][0], operator.padding[1][0]
    sides = zip(_nhwc(source)[1:3], kernel, operator.dilation, operator.stride, strict=True)
    above, left = (same_padding(size=n, kernel=k, dilation=d, stride=s)[1] for n, k, d, s in sides)
    return above, left


def _nhwc(tensor: Tensor) -> tuple[int, ...]:
    return (1, 1, 1, 1, *tensor.shape)[-4:]


def _tile(pair: Sequence[int]) -> str:
    """Return height and width as CMSIS-NN has them: width first."""
    return f"{{{pair[1]}, {pair[0]}}}"


def _dims(name: str, shape: Sequence[int]) -> str:
    return f"static const cmsis_nn_dims {name} = {{{', '.join(map(str, shape))}}};"


def _place(offsets: Mapping[str, int], tensor: Tensor) -> str:
    return f"arena + {offsets[tensor.name]}"


def _array(name: str, values: NDArray[np.generic], kind: str, *, is_const: bool = True) -> str:
    numbers = ",".join(map(str, values.tolist()))
    const = "const " if is_const else ""
    return f"static {const}{kind} {name}[] __attribute__((aligned(16))) = {{{numbers}}};"


def _function(signature: str, body: Sequence[str]) -> str:
    lines = [line if line.startswith("#") else f"    {line}" for line in body]
    return "\n".join((signature, "{", *lines, "}"))
