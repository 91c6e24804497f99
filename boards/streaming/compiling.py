# SPDX-License-Identifier: Apache-2.0
"""From an int8 graph to a problem of streaming, and from its plan to an image."""

from collections.abc import Sequence
from dataclasses import dataclass

from boards.compiler import assemble, lower
from boards.errors import ImageError
from boards.graph import Graph
from boards.image import Image
from boards.layout import LOAD_ONCE, aligned
from boards.lowering.lowered import Lowered
from boards.memory import MemoryPlan, buffers_of, plan, roots
from boards.scratch import scratch_bytes
from boards.streaming.allotment import Allotment
from boards.streaming.durations import estimate
from boards.streaming.problem import Buffer, Problem, Step, StreamPlan
from boards.streaming.tiles import cut, load_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """A network that is streamed.

    Parameters
    ----------
    image : Image
    names : tuple of str
        For each operator of the image, that of the graph's own.
    """

    image: Image
    names: tuple[str, ...]


def problem_of(
    graph: Graph, allotment: Allotment, *, cycles: Sequence[int] | None = None
) -> Problem:
    """Return what there is to plan.

    Parameters
    ----------
    graph : Graph
        An int8 network.
    allotment : Allotment
    cycles : sequence of int or None
        What a board measured for each operator of the image; None estimates.
    """
    parts = _parts(graph, plan(graph, may_overlap=False), allotment.tile_bytes)
    scratch = max(scratch_bytes(one.record, allotment.body) for _, one in parts)
    steps = tuple(
        Step(
            name=graph.operators[i_operator].name,
            cycles=estimate(one.record, allotment.body) if cycles is None else cycles[i],
            load_bytes=load_bytes(one),
        )
        for i, (i_operator, one) in enumerate(parts)
    )
    return Problem(
        steps=steps,
        buffers=_buffers(graph, [i_operator for i_operator, _ in parts]),
        budget_bytes=allotment.sram_bytes - scratch,
        flash=allotment.flash,
    )


def compile_streamed(graph: Graph, stream: StreamPlan, *, tile_bytes: int) -> Streamed:
    """Return the image that runs a network by a plan, whose tiles were as large.

    Raises
    ------
    ImageError
        The plan is one for other tiles, or for another network.
    """
    offsets = {name: stream.offsets[root] for name, root in roots(graph).items()}
    bound_bytes = plan(graph, may_overlap=False).lower_bound_bytes
    memory = MemoryPlan(
        offsets=offsets,
        peak_bytes=aligned(stream.peak_bytes),
        lower_bound_bytes=bound_bytes,
        disjoint_bound_bytes=bound_bytes,
    )
    parts = _parts(graph, memory, tile_bytes)
    needed = {i: n for i, (_, one) in enumerate(parts) if (n := load_bytes(one))}
    if needed != {one.for_step: one.num_bytes for one in stream.loads}:
        raise ImageError(
            f"network {graph.name!r}: the plan has other loads than tiles of {tile_bytes} bytes; "
            "compile with the tiles that it was made for"
        )
    loads = {
        one.for_step: (one.offset, LOAD_ONCE if one.from_step is None else one.from_step)
        for one in stream.loads
    }
    data = assemble(graph, memory, [one for _, one in parts], loads=loads)
    image = Image(data, f"image of {graph.name!r}")
    return Streamed(image=image, names=tuple(graph.operators[i].name for i, _ in parts))


def _parts(graph: Graph, memory: MemoryPlan, tile_bytes: int) -> list[tuple[int, Lowered]]:
    return [
        (i_operator, part)
        for i_operator, one in lower(graph, memory)
        for part in cut(one, max_bytes=tile_bytes)
    ]


def _buffers(graph: Graph, i_operators: Sequence[int]) -> tuple[Buffer, ...]:
    """Return the buffers of a graph, alive at the steps into which its operators were cut."""
    first = [0]
    for i in range(len(graph.operators)):
        first.append(first[-1] + i_operators.count(i))
    return tuple(
        Buffer(
            name=one.name,
            num_bytes=one.num_bytes,
            first=first[one.first],
            last=max(first[one.first], _last_step(first, one.last)),
        )
        for one in buffers_of(graph)
    )


def _last_step(first: Sequence[int], last: int) -> int:
    """Return the last step of an operator; behind all of them stands the host, that reads."""
    return first[-1] if last + 1 >= len(first) else first[last + 1] - 1
