# SPDX-License-Identifier: Apache-2.0
"""The arena: no two living tensors overlap, and no byte is wasted where that is provable."""

import time
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards.graph import Activation, Graph, Operator, OperatorKind, Tensor
from boards.memory import MemoryPlan, lifetimes, plan, shared_outputs
from boards.placing import ALIGNMENT_BYTES

SIZES = st.integers(min_value=1, max_value=40)
MOVES = OperatorKind.TRANSPOSE
"""An operator whose output lies apart from its input."""


def graph_of(steps: list[tuple[OperatorKind, tuple[int, ...], int]]) -> Graph:
    """Build a graph whose tensor i + 1 is made by step i: (kind, indices read, size in bytes)."""
    sizes = [steps[0][2], *(size for _, _, size in steps)]
    tensors = {
        f"t{i}": Tensor(name=f"t{i}", shape=(1, 1, size), dtype="int8")
        for i, size in enumerate(sizes)
    }
    operators = tuple(
        Operator(
            name=f"op{i}",
            kind=kind,
            inputs=tuple(f"t{index}" for index in reads),
            output=f"t{i + 1}",
        )
        for i, (kind, reads, _) in enumerate(steps)
    )
    return Graph(
        name="test", tensors=tensors, operators=operators, input="t0", output=f"t{len(steps)}"
    )


def chain_of(sizes: list[int]) -> Graph:
    """Build a chain of operators whose activations have these sizes."""
    return graph_of([(MOVES, (i,), size) for i, size in enumerate(sizes)])


@st.composite
def branching_graphs(draw: st.DrawFn) -> Graph:
    """Draw graphs with long and short skips and additions of tensors of any size."""
    steps: list[tuple[OperatorKind, tuple[int, ...], int]] = []
    for i_step in range(draw(st.integers(min_value=1, max_value=12))):
        index = st.integers(min_value=max(0, i_step - 5), max_value=i_step)
        size = 16 * draw(SIZES)
        if draw(st.booleans()):
            steps.append((OperatorKind.ADD, (draw(index), draw(index)), size))
        else:
            steps.append((MOVES, (draw(index),), size))
    return graph_of(steps)


def assert_no_live_tensors_overlap(graph: Graph, memory: MemoryPlan) -> None:
    """Compare every pair of activations that live together, byte range by byte range."""
    in_place = shared_outputs(graph)
    for one, other in combinations(lifetimes(graph), 2):
        pair_is_in_place = in_place.get(other.name) == one.name
        if not one.overlaps(other) or pair_is_in_place:
            continue
        starts = [memory.offsets[one.name], memory.offsets[other.name]]
        ends = [starts[0] + one.num_bytes, starts[1] + other.num_bytes]
        assert ends[0] <= starts[1] or ends[1] <= starts[0], (one, other, memory)


@given(branching_graphs())
def test_no_two_live_tensors_overlap(graph: Graph) -> None:
    memory = plan(graph)

    assert_no_live_tensors_overlap(graph, memory)
    assert set(memory.offsets) == set(graph.tensors)
    assert all(offset % ALIGNMENT_BYTES == 0 for offset in memory.offsets.values())


@given(branching_graphs())
def test_peak_covers_every_tensor_and_is_at_least_the_lower_bound(graph: Graph) -> None:
    memory = plan(graph)

    ends = [memory.offsets[one.name] + one.num_bytes for one in lifetimes(graph)]
    assert memory.peak_bytes == max(ends)
    assert memory.peak_bytes >= memory.lower_bound_bytes


@given(st.lists(SIZES, min_size=1, max_size=60))
def test_a_chain_meets_the_lower_bound(sizes: list[int]) -> None:
    graph = chain_of([16 * size for size in sizes])

    memory = plan(graph)

    activations = [16 * size for size in [sizes[0], *sizes]]
    expected = max(one + other for one, other in pairwise(activations))
    assert memory.peak_bytes == memory.lower_bound_bytes == expected


def residual_graph(num_blocks: int) -> Graph:
    """Build blocks of the form x + conv(conv(x)), all activations of 1024 bytes."""
    steps: list[tuple[OperatorKind, tuple[int, ...], int]] = []
    for _ in range(num_blocks):
        start = len(steps)
        steps.append((MOVES, (start,), 1024))
        steps.append((MOVES, (start + 1,), 1024))
        steps.append((OperatorKind.ADD, (start, start + 2), 1024))
    return graph_of(steps)


@pytest.mark.parametrize("num_blocks", [1, 2, 8])
def test_residual_blocks_of_any_number_take_three_buffers(num_blocks: int) -> None:
    memory = plan(residual_graph(num_blocks))

    assert memory.peak_bytes == memory.lower_bound_bytes == 3 * 1024


def test_addition_writes_over_the_input_that_dies() -> None:
    graph = residual_graph(1)

    memory = plan(graph)

    assert shared_outputs(graph) == {"t3": "t0"}
    assert memory.offsets["t3"] == memory.offsets["t0"]


def test_addition_spares_an_input_that_is_read_later() -> None:
    graph = graph_of(
        [
            (MOVES, (0,), 64),
            (OperatorKind.ADD, (0, 1), 64),
            (OperatorKind.ADD, (0, 2), 64),
        ]
    )

    assert shared_outputs(graph) == {"t2": "t1", "t3": "t0"}


def test_addition_never_writes_over_an_input_of_another_size() -> None:
    graph = graph_of([(MOVES, (0,), 64), (OperatorKind.ADD, (1, 1), 32)])

    assert shared_outputs(graph) == {}


def test_search_meets_the_bound_where_greedy_orders_waste() -> None:
    graph = graph_of(
        [
            (MOVES, (0,), 80),
            (OperatorKind.ADD, (0, 1), 48),
            (MOVES, (1,), 64),
            (MOVES, (2,), 80),
            (OperatorKind.ADD, (4, 4), 48),
            (MOVES, (3,), 48),
        ]
    )

    memory = plan(graph)

    assert memory.peak_bytes == memory.lower_bound_bytes == 208


@pytest.mark.parametrize("may_overlap", [True, False])
def test_a_depthwise_layer_lies_over_its_input_but_for_a_row_and_a_pixel(
    *, may_overlap: bool
) -> None:
    """Of kws01: 25 x 5 x 64 on both sides, 3 x 3: 6 pixels of 64 channels are written ahead."""
    memory = plan(depthwise_graph(), may_overlap=may_overlap)

    apart, over = 2 * 8_000, 8_000 + 6 * 64
    assert memory.disjoint_bound_bytes == apart
    assert memory.peak_bytes == memory.lower_bound_bytes == (over if may_overlap else apart)
    assert memory.overlaps == ({"z": "x"} if may_overlap else {})


def depthwise_graph() -> Graph:
    x, z = (Tensor(name=name, shape=(25, 5, 64), dtype="int8") for name in "xz")
    weights = Tensor(name="w", shape=(1, 3, 3, 64), dtype="int8")
    operator = Operator(
        name="depthwise", kind=OperatorKind.DEPTHWISE_CONV_2D, inputs=("x", "w"), output="z"
    )
    tensors = {one.name: one for one in (x, weights, z)}
    return Graph(name="test", tensors=tensors, operators=(operator,), input="x", output="z")


def test_a_head_that_may_learn_spares_its_input() -> None:
    graph = depthwise_graph()
    weights = replace(graph.tensors["w"], shape=(64, 1, 1, 64))
    operator = replace(graph.operators[0], kind=OperatorKind.CONV_2D)
    learns = replace(graph, tensors={**graph.tensors, "w": weights}, operators=(operator,))
    rectified = replace(operator, activation=Activation.RELU)

    assert plan(learns).overlaps == {}
    assert plan(replace(learns, operators=(rectified,))).overlaps == {"z": "x"}


def test_an_input_that_is_read_again_is_spared() -> None:
    graph = depthwise_graph()
    sum_of_both = Operator(name="add", kind=OperatorKind.ADD, inputs=("x", "z"), output="y")
    y = replace(graph.tensors["z"], name="y")
    longer = replace(
        graph,
        tensors={**graph.tensors, "y": y},
        operators=(*graph.operators, sum_of_both),
        output="y",
    )

    assert plan(longer).overlaps == {}


def test_planning_a_large_network_takes_less_than_a_second() -> None:
    steps: list[tuple[OperatorKind, tuple[int, ...], int]] = [
        (
            OperatorKind.ADD if i % 3 == 2 else MOVES,
            (i, max(0, i - 7)) if i % 3 == 2 else (i,),
            16 * (1 + (i * 37) % 50),
        )
        for i in range(60)
    ]
    graph = graph_of(steps)

    start_s = time.perf_counter()
    memory = plan(graph)
    elapsed_s = time.perf_counter() - start_s

    assert_no_live_tensors_overlap(graph, memory)
    assert elapsed_s < 1.0
