# SPDX-License-Identifier: Apache-2.0
"""From an int8 graph to the bytes of an image: places fixed, weights packed, constants folded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from boards.errors import ImageError
from boards.graph import Graph, Operator, OperatorKind, Tensor
from boards.layout import (
    LOAD_ONCE,
    MAX_OPERATORS,
    Header,
    LoadRecord,
    OperatorRecord,
    TensorRecord,
    aligned,
    seal,
)
from boards.lowering import convolution, elementwise, moving, pooling, values
from boards.lowering.lowered import Lowered, Site
from boards.memory import MemoryPlan
from boards.parameters import WEIGHTED
from boards.requantization import quantization_of
from boards.windows import plane


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


_Shared = dict[tuple[bytes, bytes], tuple[int, int]]
"""Where rescales and weights lie that several operators may have."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """Everything behind the header, and what the header says of it."""

    records: list[OperatorRecord]
    constants: bytes
    loads_offset: int
    num_loads: int


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
    return assemble(graph, plan, [one for _, one in lower(graph, plan)])


def assemble(
    graph: Graph,
    plan: MemoryPlan,
    lowered: Sequence[Lowered],
    *,
    loads: Mapping[int, tuple[int, int]] | None = None,
) -> bytes:
    """Return the image of operators that are lowered, and perhaps cut.

    Parameters
    ----------
    graph : Graph
        Tells name, input and output.
    plan : MemoryPlan
        Where activations lie.
    lowered : sequence of Lowered
        In the order of execution.
    loads : (offset, step) by operator, or None
        Whose constants are brought into the arena: where to, and from which step on; see
        `boards.layout.LoadRecord`.

    Raises
    ------
    ImageError
        If there are too many operators for the format.
    """
    if not 1 <= len(lowered) <= MAX_OPERATORS:
        raise ImageError(
            f"network {graph.name!r} takes {len(lowered)} operators, an image holds 1 to "
            f"{MAX_OPERATORS}"
        )
    return seal_operators(
        lowered,
        name=graph.name,
        activation_bytes=plan.peak_bytes,
        ends=(
            _tensor_record(graph.tensors[graph.input], plan),
            _tensor_record(graph.tensors[graph.output], plan),
        ),
        loads=loads or {},
    )


def seal_operators(
    lowered: Sequence[Lowered],
    *,
    name: str,
    activation_bytes: int,
    ends: tuple[TensorRecord, TensorRecord],
    loads: Mapping[int, tuple[int, int]],
) -> bytes:
    """Return the image of operators whose activations are placed; `ends` are input and output."""
    placed = _place(lowered, loads)
    header = Header(
        total_bytes=Header.LAYOUT.size + len(placed.constants),
        macs=sum(one.macs for one in placed.records),
        num_operators=len(placed.records),
        operators_offset=Header.LAYOUT.size,
        activation_bytes=activation_bytes,
        scratch_offset=aligned(activation_bytes),
        loads_offset=placed.loads_offset,
        num_loads=placed.num_loads,
        input=ends[0],
        output=ends[1],
        name=name,
    )
    return seal(header.pack() + placed.constants)


def operator_names(graph: Graph, plan: MemoryPlan) -> tuple[str, ...]:
    """Return, for each operator of a graph's image, the name of the one that it comes from."""
    return tuple(graph.operators[i].name for i, _ in lower(graph, plan))


def lower(graph: Graph, plan: MemoryPlan) -> list[tuple[int, Lowered]]:
    """Return the operators of the image, each with the number of the graph's own.

    Raises
    ------
    ImageError
        Names every operator that devices do not run, and why.
    """
    found: list[tuple[int, Lowered]] = []
    problems: list[str] = []
    for i_operator, operator in enumerate(graph.operators):
        try:
            _check_types(graph, operator)
            lowered = _LOWERINGS[operator.kind](Site(graph=graph, plan=plan, operator=operator))
        except ImageError as error:
            problems.append(f"{operator.kind} ({operator.name}): {error}")
            continue
        found += [(i_operator, one) for one in lowered]
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


def _place(lowered: Sequence[Lowered], loads: Mapping[int, tuple[int, int]]) -> _Placed:
    """Return the records with the offsets of their constants, and everything behind the header."""
    sections = _Sections(Header.LAYOUT.size)
    sections.append(bytes(len(lowered) * OperatorRecord.LAYOUT.size))
    order = sorted(loads, key=lambda i: (loads[i][1] != LOAD_ONCE, i))
    shared: _Shared = {}
    records: list[OperatorRecord] = []
    for i, one in enumerate(lowered):
        inputs = _inputs(one, sections)
        may_share = one.record.kind in WEIGHTED and not loads and i + 1 < len(lowered)
        rescales_offset, weights_offset = _constants(one, sections, shared if may_share else {})
        record = replace(
            one.record,
            inputs=inputs,
            in_image=(one.constants[0] is not None, one.constants[1] is not None),
            rescales_offset=rescales_offset,
            num_rescales=len(one.rescales),
            weights_offset=weights_offset,
            weights_bytes=len(one.weights),
            load=order.index(i) + 1 if i in loads else 0,
        )
        records.append(record)
    table = b"".join(_load(records[i], to=loads[i][0], step=loads[i][1]).pack() for i in order)
    loads_offset = _append(sections, table)
    packed = b"".join(record.pack() for record in records)
    sections.data[: len(packed)] = packed
    return _Placed(records, bytes(sections.data), loads_offset, len(order))


def _constants(one: Lowered, sections: _Sections, shared: _Shared) -> tuple[int, int]:
    """Return where rescales and weights lie: with those of an operator that has the same.

    The last operator has its own, since it may learn.
    """
    rescales = b"".join(r.pack() for r in one.rescales)
    key = (rescales, one.weights)
    if key not in shared:
        shared[key] = _append(sections, rescales), _append(sections, one.weights)
    return shared[key]


def _load(record: OperatorRecord, *, to: int, step: int) -> LoadRecord:
    """Return what brings rescales and weights, which lie side by side."""
    end = record.weights_offset + aligned(record.weights_bytes)
    start = record.rescales_offset
    return LoadRecord(start=start, to=to, num_bytes=end - start, step=step)


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
