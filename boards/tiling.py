# SPDX-License-Identifier: Apache-2.0
r"""The first operators of a network, cut into bands of rows that run one after the other.

    x --> a --> b --> c          x[0:7] --> a --> b --> c[0:4] \
                                                                concatenation --> c
                                 x[3:9] --> a --> b --> c[4:8] /

A band of the last output is made of the rows that it needs of each tensor before it, so rows at its
borders, the halo, are computed by both neighbours. Only bands of what lies between are ever there.
Every value is computed from the same values as before, so the network's output is the same, bit for
bit.

Source: J. Lin et al., MCUNetV2, arXiv 2110.15352, sec. 3.1, with bands of whole rows for patches.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from boards.convolution import same_padding
from boards.graph import Graph, Operator, OperatorKind, Padding, Tensor
from boards.memory import BY_VALUE
from boards.options import Axes, Pool, Section

_WINDOWED = (
    OperatorKind.CONV_2D,
    OperatorKind.DEPTHWISE_CONV_2D,
    OperatorKind.AVERAGE_POOL_2D,
    OperatorKind.MAX_POOL_2D,
)
_PLANE_RANK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Rows of a tensor, the last one excluded."""

    first: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One operator of a band: what rows it makes, of what rows, and padding above and below."""

    made: _Rows
    read: _Rows
    above: int
    below: int


def most_operators(graph: Graph) -> int:
    """Return how many of the first operators can be cut: a chain whose windows are local.

    The last operator of a network stays whole.
    """
    num_reads = Counter(name for one in graph.operators for name in one.inputs)
    source = graph.input
    for i, operator in enumerate(graph.operators[:-1]):
        result = graph.tensors[operator.output]
        is_chained = operator.inputs[0] == source and num_reads[source] == 1
        is_plane = len(graph.tensors[source].shape) == len(result.shape) == _PLANE_RANK
        if not is_chained or not is_plane or operator.kind not in (*_WINDOWED, *BY_VALUE):
            return i
        source = operator.output
    return max(len(graph.operators) - 1, 0)


def most_bands(graph: Graph, num_operators: int) -> int:
    """Return the rows of what the first operators make together."""
    return graph.tensors[graph.operators[num_operators - 1].output].shape[0]


def tiled(graph: Graph, *, num_operators: int, num_bands: int) -> Graph | None:
    """Return the network with its first operators cut into bands; None if that cannot be.

    Parameters
    ----------
    graph : Graph
        An int8 network.
    num_operators : int
        1 .. `most_operators`.
    num_bands : int
        1 .. `most_bands`; as equal as rows allow.

    Returns
    -------
    Graph or None
        None where a band would be made of padding alone.
    """
    chain = graph.operators[:num_operators]
    num_rows = most_bands(graph, num_operators)
    ends = [num_rows * i // num_bands for i in range(num_bands + 1)]
    tensors, operators = dict(graph.tensors), list[Operator]()
    outputs: list[str] = []
    for i_band in range(num_bands):
        band = _Rows(first=ends[i_band], end=ends[i_band + 1])
        steps = _steps(graph, chain, band)
        if any(step.read.first >= step.read.end for step in steps):
            return None
        made = list(_band(graph, chain, steps, f"[{i_band + 1}/{num_bands}]"))
        operators += [operator for operator, _ in made]
        tensors |= {tensor.name: tensor for _, tensor in made}
        outputs.append(operators[-1].output)
    joined = Operator(
        name=f"{chain[-1].name}[joined]",
        kind=OperatorKind.CONCATENATION,
        inputs=tuple(outputs),
        output=chain[-1].output,
        options=Axes(axes=(0,)),
    )
    for operator in chain[:-1]:
        del tensors[operator.output]
    rest = graph.operators[num_operators:]
    return replace(graph, tensors=tensors, operators=(*operators, joined, *rest))


def _steps(graph: Graph, chain: Sequence[Operator], band: _Rows) -> list[_Step]:
    """Return what each operator does for a band of the last output, in order of execution."""
    steps: list[_Step] = []
    for operator in reversed(chain):
        steps.append(_step(graph, operator, band))
        band = steps[-1].read
    return steps[::-1]


def _step(graph: Graph, operator: Operator, made: _Rows) -> _Step:
    if operator.kind in BY_VALUE:
        return _Step(made=made, read=made, above=0, below=0)
    height = graph.tensors[operator.inputs[0]].shape[0]
    reach = (_kernel(graph, operator)[0] - 1) * operator.dilation[0] + 1
    above = _padding(graph, operator)[0][0]
    first = made.first * operator.stride[0] - above
    end = (made.end - 1) * operator.stride[0] - above + reach
    return _Step(
        made=made,
        read=_Rows(first=max(first, 0), end=min(end, height)),
        above=max(-first, 0),
        below=max(end - height, 0),
    )


def _kernel(graph: Graph, operator: Operator) -> tuple[int, int]:
    if isinstance(operator.options, Pool):
        return operator.options.kernel
    _, height, width, _ = graph.tensors[operator.inputs[1]].shape
    return height, width


def _padding(graph: Graph, operator: Operator) -> Padding:
    if operator.padding is not None:
        return operator.padding
    shape, kernel = graph.tensors[operator.inputs[0]].shape, _kernel(graph, operator)
    sides = [
        same_padding(
            size=shape[i],
            kernel=kernel[i],
            dilation=operator.dilation[i],
            stride=operator.stride[i],
        )
        for i in range(2)
    ]
    return (sides[0][1], sides[0][2]), (sides[1][1], sides[1][2])


def _band(
    graph: Graph, chain: Sequence[Operator], steps: Sequence[_Step], mark: str
) -> Iterator[tuple[Operator, Tensor]]:
    """Yield the operators of one band, each with what it makes."""
    source = graph.tensors[graph.input]
    name = source.name
    if steps[0].read != _Rows(first=0, end=source.shape[0]):
        sliced = _slice(source, steps[0].read, mark)
        yield sliced
        name = sliced[1].name
    for operator, step in zip(chain, steps, strict=True):
        whole = graph.tensors[operator.output]
        made = replace(
            whole,
            name=f"{whole.name}{mark}",
            shape=(step.made.end - step.made.first, *whole.shape[1:]),
        )
        inputs = (name, *operator.inputs[1:])
        own = replace(operator, name=f"{operator.name}{mark}", inputs=inputs, output=made.name)
        if operator.kind in _WINDOWED:
            columns = _padding(graph, operator)[1]
            own = replace(own, padding=((step.above, step.below), columns))
        yield own, made
        name = made.name


def _slice(source: Tensor, rows: _Rows, mark: str) -> tuple[Operator, Tensor]:
    _, width, num_channels = source.shape
    made = replace(
        source, name=f"{source.name}{mark}", shape=(rows.end - rows.first, width, num_channels)
    )
    section = Section(begin=(rows.first, 0, 0), end=(rows.end, width, num_channels), step=(1, 1, 1))
    operator = Operator(
        name=made.name,
        kind=OperatorKind.STRIDED_SLICE,
        inputs=(source.name,),
        output=made.name,
        options=section,
    )
    return operator, made
