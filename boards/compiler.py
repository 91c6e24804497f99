# SPDX-License-Identifier: Apache-2.0
"""From an int8 graph to the bytes of an image: places fixed, weights packed, constants folded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from boards.errors import ImageError
from boards.graph import Graph, Operator, OperatorKind, Tensor
from boards.layout import (
    MAX_OPERATORS,
    Header,
    OperatorRecord,
    TensorRecord,
    aligned,
    seal,
)
from boards.lowering import convolution, elementwise, moving, pooling, values
from boards.lowering.lowered import Lowered, Site, plane
from boards.memory import MemoryPlan
from boards.requantization import quantization_of


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
    lowered = [one for _, one in _lowered(graph, plan)]
    if not 1 <= len(lowered) <= MAX_OPERATORS:
        raise ImageError(
            f"network {graph.name!r} takes {len(lowered)} operators, an image holds 1 to "
            f"{MAX_OPERATORS}"
        )
    records, constants = _place(lowered)
    header = Header(
        total_bytes=Header.LAYOUT.size + len(constants),
        macs=sum(one.macs for one in records),
        num_operators=len(records),
        operators_offset=Header.LAYOUT.size,
        activation_bytes=plan.peak_bytes,
        scratch_offset=aligned(plan.peak_bytes),
        input=_tensor_record(graph.tensors[graph.input], plan),
        output=_tensor_record(graph.tensors[graph.output], plan),
        name=graph.name,
    )
    return seal(header.pack() + constants)


def operator_names(graph: Graph, plan: MemoryPlan) -> tuple[str, ...]:
    """Return, for each operator of a graph's image, the name of the one that it comes from."""
    return tuple(name for name, _ in _lowered(graph, plan))


def _lowered(graph: Graph, plan: MemoryPlan) -> list[tuple[str, Lowered]]:
    """Return the operators of the image, each with the name of the graph's own.

    Raises
    ------
    ImageError
        Names every operator that devices do not run, and why.
    """
    found: list[tuple[str, Lowered]] = []
    problems: list[str] = []
    for operator in graph.operators:
        try:
            _check_types(graph, operator)
            lowered = _LOWERINGS[operator.kind](Site(graph=graph, plan=plan, operator=operator))
        except ImageError as error:
            problems.append(f"{operator.kind} ({operator.name}): {error}")
            continue
        found += [(operator.name, one) for one in lowered]
    if problems:
        raise ImageError(f"network {graph.name!r}: devices do not run {'; '.join(problems)}")
    return found


def _check_types(graph: Graph, operator: Operator) -> None:
    """Raise an `ImageError` if devices have no such operator, a `GraphError` if it has no scale."""
    if operator.kind not in _LOWERINGS:
        raise ImageError(f"they run {', '.join(_LOWERINGS)}")
    tensors = [graph.tensors[name] for name in (*operator.inputs, operator.output)]
    if len({one.dtype for one in tensors if one.data is None}) > 1:
        raise ImageError("it has int8 on one side, and real numbers on the other")
    for tensor in tensors:
        quantization_of(tensor)


def _place(lowered: Sequence[Lowered]) -> tuple[list[OperatorRecord], bytes]:
    """Return the records with the offsets of their constants, and everything behind the header."""
    sections = _Sections(Header.LAYOUT.size)
    sections.append(bytes(len(lowered) * OperatorRecord.LAYOUT.size))
    records = [
        replace(
            one.record,
            inputs=_inputs(one, sections),
            in_image=(one.constants[0] is not None, one.constants[1] is not None),
            rescales_offset=_append(sections, b"".join(r.pack() for r in one.rescales)),
            num_rescales=len(one.rescales),
            weights_offset=_append(sections, one.weights),
            weights_bytes=len(one.weights),
        )
        for one in lowered
    ]
    packed = b"".join(record.pack() for record in records)
    sections.data[: len(packed)] = packed
    return records, bytes(sections.data)


def _inputs(lowered: Lowered, sections: _Sections) -> tuple[int, int]:
    first, second = (
        place if data is None else sections.append(data)
        for place, data in zip(lowered.record.inputs, lowered.constants, strict=True)
    )
    return first, second


def _append(sections: _Sections, data: bytes) -> int:
    return sections.append(data) if data else 0


_LOWERINGS: Mapping[OperatorKind, Callable[[Site], list[Lowered]]] = {
    OperatorKind.CONV_2D: convolution.lower_convolution,
    OperatorKind.DEPTHWISE_CONV_2D: convolution.lower_depthwise,
    OperatorKind.FULLY_CONNECTED: convolution.lower_connection,
    OperatorKind.ADD: elementwise.lower_sum,
    OperatorKind.SUB: elementwise.lower_sum,
    OperatorKind.MUL: elementwise.lower_product,
    OperatorKind.AVERAGE_POOL_2D: pooling.lower_pool,
    OperatorKind.MAX_POOL_2D: pooling.lower_pool,
    OperatorKind.MEAN: pooling.lower_mean,
    OperatorKind.SOFTMAX: values.lower_softmax,
    OperatorKind.LOGISTIC: values.lower_lookup,
    OperatorKind.TANH: values.lower_lookup,
    OperatorKind.RELU: values.lower_lookup,
    OperatorKind.RELU6: values.lower_lookup,
    OperatorKind.LEAKY_RELU: values.lower_lookup,
    OperatorKind.QUANTIZE: values.lower_lookup,
    OperatorKind.RESHAPE: moving.lower_reshape,
    OperatorKind.TRANSPOSE: moving.lower_transpose,
    OperatorKind.CONCATENATION: moving.lower_concatenation,
    OperatorKind.PAD: moving.lower_pad,
    OperatorKind.STRIDED_SLICE: moving.lower_slice,
    OperatorKind.RESIZE_NEAREST_NEIGHBOR: moving.lower_resize,
}


def _tensor_record(tensor: Tensor, plan: MemoryPlan) -> TensorRecord:
    quantization = quantization_of(tensor)
    height, width, num_channels = plane(tensor)
    return TensorRecord(
        offset=plan.offsets[tensor.name],
        height=height,
        width=width,
        num_channels=num_channels,
        zero_point=quantization.zero_point,
        scale=float(quantization.scale[0]),
    )
