# SPDX-License-Identifier: Apache-2.0
"""Where each activation lies in the arena: one block of RAM, reused as soon as a tensor dies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from boards.graph import Graph, Operator, OperatorKind

ALIGNMENT_BYTES = 16
_MAX_SEARCH_STEPS = 1_000
_JOINING = (OperatorKind.ADD, OperatorKind.SUB, OperatorKind.MUL)
_BY_VALUE = (
    OperatorKind.LOGISTIC,
    OperatorKind.TANH,
    OperatorKind.RELU,
    OperatorKind.RELU6,
    OperatorKind.LEAKY_RELU,
    OperatorKind.QUANTIZE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan:
    """Offsets of the activations of one graph.

    Parameters
    ----------
    offsets : int [bytes] by tensor name
        Multiples of `ALIGNMENT_BYTES`. What works value by value may share the offset of an input
        that dies there; a RESHAPE always shares that of its input.
    peak_bytes : int
        Size of the arena.
    lower_bound_bytes : int
        The most bytes that live at one operator: no plan can do with less.
    """

    offsets: Mapping[str, int]
    peak_bytes: int
    lower_bound_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """A buffer and the operators, first to last and both included, at which it must stay intact."""

    name: str
    num_bytes: int
    first: int
    last: int

    def overlaps(self, other: "Lifetime") -> bool:
        """Return whether both buffers are alive at one operator."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class _Layout:
    """The buffers placed so far, in the order of placing, with their offsets [bytes]."""

    placed: tuple[Lifetime, ...]
    offsets: Mapping[str, int]
    peak_bytes: int


def plan(graph: Graph) -> MemoryPlan:
    """Lay the activations of a graph out in one arena.

    The input must be written again before every run: its bytes are reused once it has been read.
    Greedy orders are tried first; small graphs are then searched until the lower bound is met or
    the budget of steps is spent.
    """
    aliases = shared_outputs(graph)
    packed = pack(buffers_of(graph))
    offsets = dict(packed.offsets)
    offsets.update({output: offsets[_root(output, aliases)] for output in aliases})
    return replace(packed, offsets=offsets)


def pack(buffers: Sequence[Lifetime], *, max_steps: int = _MAX_SEARCH_STEPS) -> MemoryPlan:
    """Lay buffers of any kind out in one arena; a search beyond greedy orders has `max_steps`."""
    bound = _most_live_bytes(buffers)
    layout = min((_place(order) for order in _orders(buffers)), key=lambda one: one.peak_bytes)
    if layout.peak_bytes > bound:
        layout = _search(buffers, bound=bound, best=layout, max_steps=max_steps)
    return MemoryPlan(offsets=layout.offsets, peak_bytes=layout.peak_bytes, lower_bound_bytes=bound)


def buffers_of(graph: Graph) -> tuple[Lifetime, ...]:
    """Return the buffers of a graph, in which what is done in place has one with its input."""
    return _merge(_separate(graph), shared_outputs(graph))


def lifetimes(graph: Graph) -> tuple[Lifetime, ...]:
    """Return the lifetime of every activation, in the order in which they come to life.

    What is reshaped lives as long as its views do, and they as long as it.
    """
    separate, aliases = _separate(graph), views(graph)
    of_root = {one.name: one for one in _merge(separate, aliases)}
    return tuple(replace(one, last=of_root[_root(one.name, aliases)].last) for one in separate)


def _separate(graph: Graph) -> tuple[Lifetime, ...]:
    """Return the lifetimes as if no tensor were the view of another."""
    last_use = {graph.output: len(graph.operators)}
    for i_operator, operator in enumerate(graph.operators):
        for name in operator.inputs:
            last_use[name] = max(i_operator, last_use.get(name, i_operator))
    births = [(graph.input, 0)]
    births += [(operator.output, i) for i, operator in enumerate(graph.operators)]
    return tuple(
        Lifetime(
            name=name,
            num_bytes=_aligned(graph.tensors[name].num_bytes),
            first=first,
            last=last_use.get(name, first),
        )
        for name, first in births
    )


def views(graph: Graph) -> dict[str, str]:
    """Return, for each RESHAPE, output -> input: the same bytes in another shape."""
    reshaped = (one for one in graph.operators if one.kind is OperatorKind.RESHAPE)
    return {one.output: one.inputs[0] for one in reshaped}


def shared_outputs(graph: Graph) -> dict[str, str]:
    """Return, for each output that takes the place of an input, output -> that input.

    A RESHAPE always does. What works value by value does if the input dies there, views and all,
    and has the output's size; the network's input and output tensors qualify like any other.
    """
    dies_at = {lifetime.name: lifetime.last for lifetime in lifetimes(graph)}
    aliases = views(graph)
    for i_operator, operator in enumerate(graph.operators):
        for name in _replaceable_inputs(operator):
            if name not in dies_at:
                continue
            same_size = graph.tensors[name].num_bytes == graph.tensors[operator.output].num_bytes
            if dies_at[name] == i_operator and same_size:
                aliases[operator.output] = name
                break
    return aliases


def _replaceable_inputs(operator: Operator) -> tuple[str, ...]:
    if operator.kind in _BY_VALUE:
        return operator.inputs
    return operator.inputs if operator.kind in _JOINING else ()


def _merge(separate: Sequence[Lifetime], aliases: Mapping[str, str]) -> tuple[Lifetime, ...]:
    """Give every chain of in-place outputs one buffer that lives from first to last."""
    merged: dict[str, Lifetime] = {}
    for lifetime in separate:
        root = _root(lifetime.name, aliases)
        if root in merged:
            merged[root] = replace(merged[root], last=max(merged[root].last, lifetime.last))
        else:
            merged[root] = lifetime
    return tuple(merged.values())


def roots(graph: Graph) -> dict[str, str]:
    """Return, for each activation, the name of the buffer that it lies in."""
    aliases = shared_outputs(graph)
    return {one.name: _root(one.name, aliases) for one in _separate(graph)}


def _root(name: str, aliases: Mapping[str, str]) -> str:
    while name in aliases:
        name = aliases[name]
    return name


def _most_live_bytes(buffers: Sequence[Lifetime]) -> int:
    """Return the largest sum of buffers that are alive at one operator; it peaks at a birth."""
    return max(
        sum(other.num_bytes for other in buffers if other.first <= one.first <= other.last)
        for one in buffers
    )


def _orders(buffers: Sequence[Lifetime]) -> tuple[list[Lifetime], ...]:
    """Return the orders of placing worth trying.

    The last two put every other buffer at the bottom, which is optimal for a chain.
    """
    return (
        sorted(buffers, key=lambda one: (-one.num_bytes, one.first)),
        sorted(buffers, key=lambda one: (one.first - one.last, -one.num_bytes)),
        [*buffers[::2], *buffers[1::2]],
        [*buffers[1::2], *buffers[::2]],
    )


def _place(order: Sequence[Lifetime]) -> _Layout:
    """Put each buffer, in this order, at the lowest place that is free for its whole life."""
    layout = _Layout((), {}, 0)
    for buffer in order:
        layout = _extend(layout, buffer)
    return layout


def _extend(layout: _Layout, buffer: Lifetime) -> _Layout:
    """Put one more buffer at the lowest place that is free for its whole life."""
    taken = sorted(
        (layout.offsets[one.name], one.num_bytes) for one in layout.placed if one.overlaps(buffer)
    )
    offset = 0
    for start, num_bytes in taken:
        if start - offset >= buffer.num_bytes:
            break
        offset = max(offset, start + num_bytes)
    return _Layout(
        (*layout.placed, buffer),
        {**layout.offsets, buffer.name: offset},
        max(layout.peak_bytes, offset + buffer.num_bytes),
    )


def _search(buffers: Sequence[Lifetime], *, bound: int, best: _Layout, max_steps: int) -> _Layout:
    """Try orders of placing depth first; some order leads to an optimal layout.

    Branches that already reach the best peak are cut; the budget bounds the time.
    """
    stack = [_Layout((), {}, 0)]
    for _ in range(max_steps):
        if not stack or best.peak_bytes == bound:
            break
        layout = stack.pop()
        if layout.peak_bytes >= best.peak_bytes:
            continue
        if len(layout.placed) == len(buffers):
            best = layout
            continue
        rest = (one for one in buffers if one.name not in layout.offsets)
        extended = (_extend(layout, one) for one in sorted(rest, key=lambda one: one.num_bytes))
        stack += [one for one in extended if one.peak_bytes < best.peak_bytes]
    return best


def _aligned(num_bytes: int) -> int:
    return -(-num_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
