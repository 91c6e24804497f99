# SPDX-License-Identifier: Apache-2.0
"""Where every tensor of a compiled network lies, and from when to when: the arena over time.

Time counts operators of the network: one that is alive from 2.0 to 4.0 is there while the operators
2 and 3 run. Halves are where an operator writes its output, bit by bit, over an input or a part.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from boards import memory
from boards.body import Body
from boards.compiler import operator_names
from boards.graph import Graph, Operator, OperatorKind
from boards.image import Image
from boards.memory import MemoryPlan
from boards.scratch import scratch_bytes


class Buffer(BaseModel):
    """One tensor, with all that are only another shape of it, in the arena [bytes].

    Parameters
    ----------
    over : str or None
        The input that it lies partly over, while that dies.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    offset: int
    num_bytes: int
    begins: float
    ends: float
    over: str | None = None


class MemoryMap(BaseModel):
    """The arena of a network on one kind of core [bytes].

    Parameters
    ----------
    operators, kinds : tuple of str
        Of the network, in order of execution.
    buffers : tuple of Buffer
        In the order in which they come to life.
    scratch_offset : int
        Where the working memory of the kernels begins.
    scratch_bytes : tuple of int
        How much of it each operator takes; 0 for those that nothing is run for.
    peak_bytes : int
        What the activations take.
    lower_bound_bytes : int
        The least that any plan would take for them.
    disjoint_bound_bytes : int or None
        The least if outputs lay apart from inputs that they do not replace; None of an old record.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    operators: tuple[str, ...]
    kinds: tuple[str, ...]
    buffers: tuple[Buffer, ...]
    scratch_offset: int
    scratch_bytes: tuple[int, ...]
    peak_bytes: int
    lower_bound_bytes: int
    disjoint_bound_bytes: int | None = None

    @property
    def arena_bytes(self) -> int:
        """Return what a run takes: activations, and scratch behind them."""
        return max(self.peak_bytes, self.scratch_offset + max(self.scratch_bytes, default=0))


@dataclass(slots=True)
class _Span:
    begins: float
    ends: float


def memory_map(graph: Graph, plan: MemoryPlan, image: Image, body: Body) -> MemoryMap:
    """Return the arena of a compiled network.

    Parameters
    ----------
    graph : Graph
        The int8 network.
    plan : MemoryPlan
        Of this graph.
    image : Image
        Compiled from both.
    body : Body
        Of the core that runs it; the scratch depends on it.
    """
    spans, views = _spans(graph, plan), _views(graph, plan)
    scratch = _scratch_by_name(graph, plan, image, body)
    return MemoryMap(
        operators=tuple(one.name for one in graph.operators),
        kinds=tuple(one.kind.value for one in graph.operators),
        buffers=tuple(
            Buffer(
                name=name,
                offset=plan.offsets[name],
                num_bytes=graph.tensors[name].num_bytes,
                begins=span.begins,
                ends=span.ends,
                over=_original(plan.overlaps.get(name), views),
            )
            for name, span in spans.items()
        ),
        scratch_offset=image.header.scratch_offset,
        scratch_bytes=tuple(scratch.get(one.name, 0) for one in graph.operators),
        peak_bytes=plan.peak_bytes,
        lower_bound_bytes=plan.lower_bound_bytes,
        disjoint_bound_bytes=plan.disjoint_bound_bytes,
    )


def _spans(graph: Graph, plan: MemoryPlan) -> Mapping[str, _Span]:
    """Return from when to when each tensor is alive; views count as what they are views of."""
    views, end = _views(graph, plan), float(len(graph.operators))
    spans = {one.name: _Span(float(one.first), one.last + 1.0) for one in memory.lifetimes(graph)}
    for view in views:
        whole = spans[_original(view, views) or view]
        whole.ends = max(whole.ends, spans[view].ends)
    for output, source in (memory.shared_outputs(graph) | dict(plan.overlaps)).items():
        if output not in views:
            spans[output].begins += 0.5
            spans[_original(source, views) or source].ends = spans[output].begins
    for i_operator, operator in enumerate(graph.operators):
        for name in _made_within(graph, plan, operator):
            spans[operator.output].begins = i_operator + 0.5
            spans[_original(name, views) or name].ends = i_operator + 0.5
    kept = {name: span for name, span in spans.items() if name not in views}
    return {name: _Span(span.begins, min(end, span.ends)) for name, span in kept.items()}


def _views(graph: Graph, plan: MemoryPlan) -> dict[str, str]:
    """Return what is another shape of a tensor, or a slice that lies in it."""
    slices = (one for one in graph.operators if one.kind is OperatorKind.STRIDED_SLICE)
    lie_within = {one.output: one.inputs[0] for one in slices if one.output in plan.parts}
    return memory.views(graph) | lie_within


def _made_within(graph: Graph, plan: MemoryPlan, operator: Operator) -> Iterator[str]:
    """Yield the inputs of a CONCATENATION that lie where it wants them."""
    if operator.kind is not OperatorKind.CONCATENATION:
        return
    start = plan.offsets[operator.output]
    end = start + graph.tensors[operator.output].num_bytes
    for name in operator.inputs:
        if start <= plan.offsets.get(name, -1) < end:
            yield name


def _original(name: str | None, views: Mapping[str, str]) -> str | None:
    """Return what a tensor is a view of, or itself."""
    while name is not None and name in views:
        name = views[name]
    return name


def _scratch_by_name(graph: Graph, plan: MemoryPlan, image: Image, body: Body) -> Mapping[str, int]:
    """Return the scratch of every operator, the most of those that it was lowered to."""
    found: dict[str, int] = {}
    for name, record in zip(operator_names(graph, plan), image.operators, strict=True):
        found[name] = max(found.get(name, 0), scratch_bytes(record, body))
    return found
