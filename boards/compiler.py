# SPDX-License-Identifier: Apache-2.0
"""From an int8 graph to the bytes of an image: places fixed, weights packed, constants folded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from boards.convolution import same_padding
from boards.errors import ImageError
from boards.graph import ELEMENTWISE, Graph, Operator, OperatorKind, Tensor
from boards.layout import (
    ADD,
    CONV_2D,
    DEPTHWISE_CONV_2D,
    MAX_OPERATORS,
    MUL,
    Header,
    OperatorRecord,
    RescaleRecord,
    TensorRecord,
    aligned,
    seal,
)
from boards.memory import MemoryPlan
from boards.packing import fold_zero_point, pack_convolution, pack_depthwise
from boards.requantization import (
    AdditionConstants,
    MultiplicationConstants,
    addition_constants,
    convolution_constants,
    multiplication_constants,
    quantization_of,
)
from boards.scratch import scratch_bytes

_INT32_MAX = 2**31 - 1
_RESCALES_MULTIPLE = 4
_PLANE = 3  # height, width, channels


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    """An operator whose constants are not placed yet."""

    record: OperatorRecord
    rescales: tuple[RescaleRecord, ...]
    weights: bytes = b""


@dataclass(slots=True)
class _Sections:
    """The image behind its header, as it grows."""

    start: int
    data: bytearray = field(default_factory=bytearray)

    def append(self, data: bytes) -> int:
        """Append bytes at an aligned place; return their offset into the image."""
        offset = self.start + len(self.data)
        self.data += data.ljust(aligned(len(data)), b"\0")
        return offset


def compile_graph(graph: Graph, plan: MemoryPlan) -> bytes:
    """Lay a quantized graph out as an image.

    Parameters
    ----------
    graph : Graph
        An int8 network.
    plan : MemoryPlan
        Where its activations lie.

    Returns
    -------
    bytes
        A sealed image; equal graphs and plans give equal bytes.

    Raises
    ------
    ImageError
        If the network exceeds what the format can say.
    GraphError
        If the graph is not quantized.
    """
    if len(graph.operators) > MAX_OPERATORS:
        raise ImageError(
            f"network {graph.name!r} has {len(graph.operators)} operators, "
            f"an image holds {MAX_OPERATORS}"
        )
    _check_operators(graph)
    compiled = [_COMPILERS[one.kind](graph, plan, one) for one in graph.operators]
    records, constants = _place(compiled)
    scratch_offset = aligned(plan.peak_bytes)
    most_scratch = max(scratch_bytes(one) for one in records)
    header = Header(
        total_bytes=Header.LAYOUT.size + len(constants),
        macs=sum(one.macs for one in records),
        num_operators=len(records),
        operators_offset=Header.LAYOUT.size,
        arena_bytes=scratch_offset + most_scratch,
        scratch_offset=scratch_offset,
        scratch_bytes=most_scratch,
        input=_tensor_record(graph.tensors[graph.input], plan),
        output=_tensor_record(graph.tensors[graph.output], plan),
        name=graph.name,
    )
    return seal(header.pack() + constants)


def _check_operators(graph: Graph) -> None:
    """Raise an `ImageError` that names every operator that no kernel computes, and why."""
    found = ((one, _unknown(graph, one)) for one in graph.operators)
    unknown = [f"{one.kind} ({one.name}){problem}" for one, problem in found if problem is not None]
    if unknown:
        raise ImageError(
            f"network {graph.name!r}: devices do not run {', '.join(unknown)}; they run "
            f"{', '.join(_COMPILERS)} on planes of channels"
        )


def _unknown(graph: Graph, operator: Operator) -> str | None:
    """Return what about an operator no kernel knows; empty for its kind, None for nothing."""
    if operator.kind not in _COMPILERS:
        return ""
    shapes = [graph.tensors[name].shape for name in (*operator.inputs, operator.output)]
    is_joining = operator.kind in ELEMENTWISE
    problems = {
        " with strides or without SAME padding": (
            operator.stride != (1, 1) or operator.padding is not None
        ),
        " on other shapes than planes": len(shapes[0]) != _PLANE or len(shapes[-1]) != _PLANE,
        " in groups or with a multiplier": not is_joining and shapes[1][3] != shapes[0][-1],
        " of two shapes": is_joining and len(set(shapes)) > 1,
        " of a constant": is_joining and any(_is_constant(graph, n) for n in operator.inputs),
    }
    return next((problem for problem, holds in problems.items() if holds), None)


def _is_constant(graph: Graph, name: str) -> bool:
    return graph.tensors[name].data is not None


def _place(compiled: list[_Compiled]) -> tuple[list[OperatorRecord], bytes]:
    """Return the records with the offsets of their constants, and everything behind the header."""
    sections = _Sections(Header.LAYOUT.size)
    sections.append(bytes(len(compiled) * OperatorRecord.LAYOUT.size))
    records = [
        replace(
            one.record,
            rescales_offset=sections.append(b"".join(r.pack() for r in one.rescales)),
            num_rescales=len(one.rescales),
            weights_offset=sections.append(one.weights) if one.weights else 0,
            weights_bytes=len(one.weights),
        )
        for one in compiled
    ]
    packed = b"".join(record.pack() for record in records)
    sections.data[: len(packed)] = packed
    return records, bytes(sections.data)


def _compile_convolution(graph: Graph, plan: MemoryPlan, operator: Operator) -> _Compiled:
    weights, bias = _constant(graph, operator, 1), _constant(graph, operator, 2)
    constants = convolution_constants(graph, operator)
    is_depthwise = operator.kind is OperatorKind.DEPTHWISE_CONV_2D
    folded = fold_zero_point(
        weights, bias, constants.input_zero_point, channel_axis=3 if is_depthwise else 0
    )
    if np.abs(folded).max() > _INT32_MAX:
        raise ImageError(f"operator {operator.name!r}: its bias leaves int32; quantize it again")
    table = zip(folded, constants.multipliers, constants.shifts, strict=True)
    rescales = [RescaleRecord(int(b), int(m), int(s)) for b, m, s in table]
    rescales += [RescaleRecord(0, 0, 0)] * (-len(rescales) % _RESCALES_MULTIPLE)
    height, width, num_in = graph.tensors[operator.inputs[0]].shape
    kernel = (weights.shape[1], weights.shape[2])
    record = OperatorRecord(
        kind=DEPTHWISE_CONV_2D if is_depthwise else CONV_2D,
        kernel=kernel,
        dilation=operator.dilation,
        padding=_padding((height, width), kernel, operator.dilation),
        height=height,
        width=width,
        num_in=num_in,
        num_out=len(folded),
        input_offsets=(plan.offsets[operator.inputs[0]], 0),
        output_offset=plan.offsets[operator.output],
        input_zero_points=(constants.input_zero_point, 0),
        output_zero_point=constants.output_zero_point,
        activation_min=constants.minimum,
        activation_max=constants.maximum,
        macs=height * width * weights.size,
    )
    packed = pack_depthwise(weights) if is_depthwise else pack_convolution(weights)
    return _Compiled(record=record, rescales=tuple(rescales), weights=packed)


def _compile_addition(graph: Graph, plan: MemoryPlan, operator: Operator) -> _Compiled:
    constants = addition_constants(graph, operator)
    factors = (*constants.inputs, constants.output)
    rescales = tuple(RescaleRecord(0, factor.multiplier, factor.shift) for factor in factors)
    return _Compiled(record=_elementwise(graph, plan, operator, constants), rescales=rescales)


def _compile_product(graph: Graph, plan: MemoryPlan, operator: Operator) -> _Compiled:
    constants = multiplication_constants(graph, operator)
    factor = constants.output
    record = _elementwise(graph, plan, operator, constants)
    return _Compiled(
        record=replace(record, macs=graph.tensors[operator.output].num_elements),
        rescales=(RescaleRecord(0, factor.multiplier, factor.shift),),
    )


def _elementwise(
    graph: Graph,
    plan: MemoryPlan,
    operator: Operator,
    constants: AdditionConstants | MultiplicationConstants,
) -> OperatorRecord:
    """Return the record of an operator that joins two activations."""
    height, width, num_channels = graph.tensors[operator.output].shape
    one, other = (plan.offsets[name] for name in operator.inputs)
    return OperatorRecord(
        kind=ADD if operator.kind is OperatorKind.ADD else MUL,
        kernel=(0, 0),
        dilation=(0, 0),
        padding=(0, 0),
        height=height,
        width=width,
        num_in=num_channels,
        num_out=num_channels,
        input_offsets=(one, other),
        output_offset=plan.offsets[operator.output],
        input_zero_points=constants.input_zero_points,
        output_zero_point=constants.output_zero_point,
        activation_min=constants.minimum,
        activation_max=constants.maximum,
    )


_COMPILERS: Mapping[OperatorKind, Callable[[Graph, MemoryPlan, Operator], _Compiled]] = {
    OperatorKind.CONV_2D: _compile_convolution,
    OperatorKind.DEPTHWISE_CONV_2D: _compile_convolution,
    OperatorKind.ADD: _compile_addition,
    OperatorKind.MUL: _compile_product,
}


def _padding(
    size: tuple[int, int], kernel: tuple[int, int], dilation: tuple[int, int]
) -> tuple[int, int]:
    """Return the SAME padding above and left of the input."""
    above, left = (
        same_padding(size=n, kernel=k, dilation=d, stride=1)[1]
        for n, k, d in zip(size, kernel, dilation, strict=True)
    )
    return above, left


def _constant(graph: Graph, operator: Operator, i_input: int) -> NDArray[np.integer]:
    name = operator.inputs[i_input]
    data = graph.tensors[name].data
    if data is None:
        raise ImageError(f"tensor {name!r} is an activation where weights or bias are expected")
    return data


def _tensor_record(tensor: Tensor, plan: MemoryPlan) -> TensorRecord:
    quantization = quantization_of(tensor)
    height, width, num_channels = tensor.shape
    return TensorRecord(
        offset=plan.offsets[tensor.name],
        height=height,
        width=width,
        num_channels=num_channels,
        zero_point=quantization.zero_point,
        scale=float(quantization.scale[0]),
    )
