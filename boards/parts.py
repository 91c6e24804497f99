# SPDX-License-Identifier: Apache-2.0
"""Tensors that are a stretch of bytes of another one, and so can lie in it: nothing is copied.

A slice of leading rows is read where it lies in its input. What is concatenated along the leading
axis is made where it belongs in the output.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from boards.graph import Graph, Operator, OperatorKind
from boards.options import Axes, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Where a tensor lies in another one.

    Parameters
    ----------
    whole : str
    offset_bytes : int
    """

    whole: str
    offset_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Uses:
    """Who shares bytes, and until when they are read.

    Parameters
    ----------
    roots : mapping of str to str
        For each activation, the first that lies where it does.
    last_reads : mapping of str to int
        By root: the operator behind which nobody reads there any more.
    written : set of str
        Roots that are written over by an operator that works in place.
    """

    roots: Mapping[str, str]
    last_reads: Mapping[str, int]
    written: Set[str]


def parts_of(graph: Graph, aliases: Mapping[str, str]) -> dict[str, Part]:
    """Return which tensors can lie in others.

    Parameters
    ----------
    graph : Graph
    aliases : mapping of str to str
        Outputs that lie where one of their inputs does. A part is the first of several.
    """
    uses = _uses(graph, aliases)
    found: dict[str, Part] = {}
    for i_operator, operator in enumerate(graph.operators):
        if operator.kind is OperatorKind.STRIDED_SLICE:
            part = _slice(graph, operator, uses)
            if part is not None:
                found[operator.output] = part
        if operator.kind is OperatorKind.CONCATENATION:
            for root, part in _joined(graph, i_operator, uses):
                found.setdefault(root, part)
    return found


def _uses(graph: Graph, aliases: Mapping[str, str]) -> _Uses:
    roots = {name: root_of(name, aliases) for name in graph.tensors}
    last_reads = {roots[graph.output]: len(graph.operators)}
    for i_operator, operator in enumerate(graph.operators):
        for name in operator.inputs:
            root = roots[name]
            last_reads[root] = max(i_operator, last_reads.get(root, i_operator))
    in_place = (
        one
        for one in graph.operators
        if one.output in aliases and one.kind is not OperatorKind.RESHAPE
    )
    written = {roots[one.output] for one in in_place}
    return _Uses(roots=roots, last_reads=last_reads, written=written)


def root_of(name: str, aliases: Mapping[str, str]) -> str:
    """Return the tensor whose bytes a chain of aliases ends at."""
    while name in aliases:
        name = aliases[name]
    return name


def _slice(graph: Graph, operator: Operator, uses: _Uses) -> Part | None:
    """Return where a slice lies in its input, if it is one stretch that stays as it is."""
    section, (source,) = operator.options, operator.inputs
    shape = graph.tensors[source].shape
    if not isinstance(section, Section) or graph.tensors[source].data is not None:
        return None
    is_stretch = section.begin[1:] == (0,) * (len(shape) - 1) and section.end[1:] == shape[1:]
    touched = {uses.roots[source], uses.roots[operator.output]}
    is_output = uses.roots[operator.output] == uses.roots[graph.output]
    if set(section.step) != {1} or not is_stretch or touched & uses.written or is_output:
        return None
    return Part(whole=source, offset_bytes=section.begin[0] * math.prod(shape[1:]))


def _joined(graph: Graph, i_operator: int, uses: _Uses) -> Iterator[tuple[str, Part]]:
    """Yield the inputs that can be made within the output, by the first that lies where they do.

    Nobody reads them behind the operator, so they may change with the output from there on.
    """
    operator = graph.operators[i_operator]
    if operator.options != Axes(axes=(0,)):
        return
    made = {one.output: one.kind for one in graph.operators}
    times = Counter(uses.roots[name] for name in operator.inputs)
    offset = 0
    for name in operator.inputs:
        tensor, root = graph.tensors[name], uses.roots[name]
        is_made = root in made and made[root] is not OperatorKind.STRIDED_SLICE
        is_last = times[root] == 1 and uses.last_reads[root] == i_operator
        if is_made and is_last and graph.tensors[root].num_bytes == tensor.num_bytes:
            yield root, Part(whole=operator.output, offset_bytes=offset)
        offset += tensor.num_bytes
