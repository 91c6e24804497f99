# SPDX-License-Identifier: Apache-2.0
"""Where each activation lies in the arena: one block of RAM, reused as soon as a tensor dies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from boards.graph import Activation, Graph, Operator, OperatorKind
from boards.overlap import Overlap, overlap_of
from boards.parts import Part, parts_of, root_of
from boards.placing import Lifetime, aligned, bound_of, pack

_MAX_SEARCH_STEPS = 1_000
_JOINING = (OperatorKind.ADD, OperatorKind.SUB, OperatorKind.MUL)
BY_VALUE = (
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
        Multiples of `placing.ALIGNMENT_BYTES`, but for parts of others. What works value by value
        may share the offset of an input that dies there; a RESHAPE always shares that of its input.
    peak_bytes : int
        Size of the arena.
    lower_bound_bytes : int
        The most bytes that live at one operator, its output over its input as far as that may be:
        no plan can do with less.
    disjoint_bound_bytes : int
        The same where outputs lie apart from inputs, unless they are as large and take their place.
    overlaps : mapping of str to str
        Outputs that lie over a part of an input, and these inputs.
    parts : mapping of str to str
        Tensors that lie within another one, a part of which they are, and these others.
    """

    offsets: Mapping[str, int]
    peak_bytes: int
    lower_bound_bytes: int
    disjoint_bound_bytes: int
    overlaps: Mapping[str, str] = field(default_factory=dict[str, str])
    parts: Mapping[str, str] = field(default_factory=dict[str, str])


def plan(graph: Graph, *, may_overlap: bool = True) -> MemoryPlan:
    """Lay the activations of a graph out in one arena.

    The input must be written again before every run: its bytes are reused once it has been read.

    Parameters
    ----------
    graph : Graph
    may_overlap : bool
        Whether outputs may reach into inputs that die, as far as kernels allow, and tensors lie in
        others that they are a part of. Outputs do if it takes less memory, parts if not more.
    """
    apart = _lay_out(graph, _places(graph), {})
    if not may_overlap:
        return apart
    tried = [apart]
    for places in _ways(graph):
        pairs = _overlapping(graph, places)
        tried += [_lay_out(graph, places, {})] if places.parts else []
        tried += [_lay_out(graph, places, pairs)] if pairs else []
    best = min(tried, key=lambda one: (one.peak_bytes, -len(one.parts), len(one.overlaps)))
    return replace(
        best,
        lower_bound_bytes=min(one.lower_bound_bytes for one in tried),
        disjoint_bound_bytes=apart.lower_bound_bytes,
    )


def least_bytes(graph: Graph) -> int:
    """Return a bound that no plan goes below, without making one."""
    ways = ((one, _overlapping(graph, one)) for one in _ways(graph))
    return min(
        bound_of(one.buffers, {pair: overlap for pair, (overlap, _) in pairs.items()})
        for one, pairs in ways
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Which buffer every activation lies in, and how far from its begin [bytes]."""

    buffers: tuple[Lifetime, ...]
    places: Mapping[str, tuple[str, int]]
    parts: Mapping[str, Part]


def _ways(graph: Graph) -> Iterator[_Places]:
    """Yield what can lie in what: outputs in the place of inputs, and parts in wholes or not.

    A part that lies in its whole is never copied, but the whole must be there for as long.
    """
    yield _places(graph)
    parts = parts_of(graph, shared_outputs(graph))
    slices = {one.output for one in graph.operators if one.kind is OperatorKind.STRIDED_SLICE}
    read = {name: part for name, part in parts.items() if name in slices}
    made = {name: part for name, part in parts.items() if name not in slices}
    for some in (parts, read, made) if read and made else (parts,):
        if some:
            yield _places(graph, some)


def _places(graph: Graph, parts: Mapping[str, Part] | None = None) -> _Places:
    aliases = shared_outputs(graph) | {name: one.whole for name, one in (parts or {}).items()}
    separate = _separate(graph)
    places: dict[str, tuple[str, int]] = {}
    for one in separate:
        name, offset = one.name, 0
        while name in aliases:
            offset += parts[name].offset_bytes if parts and name in parts else 0
            name = aliases[name]
        places[one.name] = name, offset
    return _Places(buffers=_merge(separate, aliases), places=places, parts=parts or {})


def _lay_out(
    graph: Graph, places: _Places, pairs: Mapping[tuple[str, str], tuple[Overlap, int]]
) -> MemoryPlan:
    overlaps = {pair: overlap for pair, (overlap, _) in pairs.items()}
    packed = pack(places.buffers, max_steps=_MAX_SEARCH_STEPS, overlaps=overlaps)
    offsets = {
        name: packed.offsets[buffer] + offset for name, (buffer, offset) in places.places.items()
    }
    operators = [graph.operators[i] for _, i in pairs.values()]
    return MemoryPlan(
        offsets=offsets,
        peak_bytes=packed.peak_bytes,
        lower_bound_bytes=packed.lower_bound_bytes,
        disjoint_bound_bytes=packed.lower_bound_bytes,
        overlaps={one.output: one.inputs[0] for one in operators if _meet(graph, one, offsets)},
        parts={name: one.whole for name, one in places.parts.items()},
    )


def _overlapping(graph: Graph, places: _Places) -> dict[tuple[str, str], tuple[Overlap, int]]:
    """Return which buffers may overlap, by names of input and output, and at which operator."""
    of, by_name = places.places, {one.name: one for one in places.buffers}
    found: dict[tuple[str, str], tuple[Overlap, int]] = {}
    for i_operator, operator in enumerate(graph.operators):
        source, begins = of.get(operator.inputs[0], (None, 0))
        result, first = of[operator.output]
        is_part = (begins, first) != (0, 0) or {*operator.inputs, operator.output} & {*places.parts}
        if source is None or source == result or is_part or _is_head(graph, i_operator):
            continue
        ends_here = by_name[source].last == i_operator == by_name[result].first
        overlap = overlap_of(graph, operator) if ends_here else None
        if overlap is not None:
            found[source, result] = overlap, i_operator
    return found


def _is_head(graph: Graph, i_operator: int) -> bool:
    """Return whether an operator may learn on a device, which needs its input after a run."""
    operator = graph.operators[i_operator]
    is_last = all(one.kind is OperatorKind.RESHAPE for one in graph.operators[i_operator + 1 :])
    if not is_last or operator.kind is not OperatorKind.CONV_2D:
        return False
    kernel = graph.tensors[operator.inputs[1]].shape[1:3]
    return kernel == (1, 1) and operator.activation is Activation.NONE


def _meet(graph: Graph, operator: Operator, offsets: Mapping[str, int]) -> bool:
    """Return whether output and first input share bytes."""
    source, result = graph.tensors[operator.inputs[0]], graph.tensors[operator.output]
    distance = offsets[source.name] - offsets[result.name]
    return -source.num_bytes < distance < result.num_bytes


def buffers_of(graph: Graph) -> tuple[Lifetime, ...]:
    """Return the buffers of a graph, in which what is done in place has one with its input."""
    return _merge(_separate(graph), shared_outputs(graph))


def lifetimes(graph: Graph) -> tuple[Lifetime, ...]:
    """Return the lifetime of every activation, in the order in which they come to life.

    What is reshaped lives as long as its views do, and they as long as it.
    """
    separate, aliases = _separate(graph), views(graph)
    of_root = {one.name: one for one in _merge(separate, aliases)}
    return tuple(replace(one, last=of_root[root_of(one.name, aliases)].last) for one in separate)


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
            num_bytes=aligned(graph.tensors[name].num_bytes),
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
    if operator.kind in BY_VALUE:
        return operator.inputs
    return operator.inputs if operator.kind in _JOINING else ()


def _merge(separate: Sequence[Lifetime], aliases: Mapping[str, str]) -> tuple[Lifetime, ...]:
    """Give all that lies in one place, or within another, one buffer from first to last."""
    by_name = {one.name: one for one in separate}
    merged: dict[str, Lifetime] = {}
    for lifetime in separate:
        root = root_of(lifetime.name, aliases)
        known = merged.get(root, replace(by_name[root], first=lifetime.first))
        merged[root] = replace(known, last=max(known.last, lifetime.last))
    return tuple(merged.values())


def roots(graph: Graph) -> dict[str, str]:
    """Return, for each activation, the name of the buffer that it lies in."""
    aliases = shared_outputs(graph)
    return {one.name: root_of(one.name, aliases) for one in _separate(graph)}
