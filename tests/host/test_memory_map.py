# SPDX-License-Identifier: Apache-2.0
"""The arena over time: what is alive at once lies apart, and adds up to what the plan says."""

from itertools import combinations

import pytest

from boards import image, memory, tflite
from boards.body import Body
from boards.borders import without_real_borders
from boards.graph import Graph
from boards.tiling import tiled
from host.memory_map import Buffer, MemoryMap, memory_map
from tests.boards import random_networks
from tests.boards.tiled_networks import shrinking
from tests.host.pointwise import pointwise_graph

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.firmware.test_operators import reshaped_network

SEEDS = range(60)


def mapped(graph: Graph, body: Body = Body.DSP) -> MemoryMap:
    plan = memory.plan(graph)
    return memory_map(graph, plan, image.compile(graph, plan), body)


def drawn(seed: int) -> Graph:
    content = random_networks.draw(seed).content
    return without_real_borders(tflite.from_bytes(content, name="random"))


def collide(one: Buffer, other: Buffer) -> bool:
    in_time = one.begins < other.ends and other.begins < one.ends
    in_space = (
        one.offset < other.offset + other.num_bytes and other.offset < one.offset + one.num_bytes
    )
    return in_time and in_space


def test_a_convolution_has_its_input_and_its_output_and_scratch_behind_them() -> None:
    found = mapped(pointwise_graph())

    assert found.operators == ("convolution",)
    assert [(one.name, one.begins, one.ends) for one in found.buffers] == [
        ("x", 0.0, 1.0),
        ("y", 0.0, 1.0),
    ]
    assert [one.num_bytes for one in found.buffers] == [14 * 64 * 10, 14 * 64 * 2]
    assert found.peak_bytes == found.lower_bound_bytes == 14 * 64 * 12
    assert found.scratch_offset == found.peak_bytes
    assert found.arena_bytes == found.peak_bytes + found.scratch_bytes[0]


@pytest.mark.parametrize("body", Body)
def test_the_arena_is_what_the_image_says(body: Body) -> None:
    graph = pointwise_graph()

    found = mapped(graph, body)

    assert found.arena_bytes == image.compile(graph, memory.plan(graph)).arena_bytes(body)


def test_nothing_that_is_alive_at_once_shares_a_byte() -> None:
    for seed in SEEDS:
        found = mapped(drawn(seed))

        pairs = combinations(found.buffers, 2)
        assert [pair for pair in pairs if collide(*pair)] == [], f"network {seed}"


def test_a_network_that_overlaps_takes_less_and_says_where() -> None:
    """Of the networks whose plan takes less than outputs that lie apart would."""
    over = [one for seed in SEEDS if has_overlaps(one := mapped(drawn(seed)))]

    assert len(over) >= 5
    for found in over:
        by_name = {one.name: one for one in found.buffers}
        for output in found.buffers:
            if output.over is None:
                continue
            source = by_name[output.over]
            assert source.offset >= output.offset
            assert source.ends == output.begins
            assert output.begins % 1 == 0.5
        assert found.disjoint_bound_bytes is not None
        assert found.lower_bound_bytes <= found.peak_bytes
        assert found.lower_bound_bytes < found.disjoint_bound_bytes


def test_bands_share_no_byte_with_what_is_alive_beside_them() -> None:
    graph = shrinking()
    for num_operators, num_bands in ((1, 4), (2, 2), (3, 8), (4, 2), (6, 4)):
        cut = tiled(graph, num_operators=num_operators, num_bands=num_bands)
        assert cut is not None
        found = mapped(cut)

        pairs = combinations(found.buffers, 2)
        assert [pair for pair in pairs if collide(*pair)] == []
        ends = [one.offset + one.num_bytes for one in found.buffers]
        assert max(ends) <= found.peak_bytes


def has_overlaps(found: MemoryMap) -> bool:
    return any(one.over is not None for one in found.buffers)


def test_an_output_in_the_place_of_its_input_takes_over_while_the_operator_runs() -> None:
    found = {one.name: one for one in mapped(drawn_reshaped()).buffers}

    assert {one.name: (one.begins, one.ends) for one in found.values()} == {
        "t0": (0.0, 0.5),
        "t1": (0.5, 6.0),
        "t5": (2.0, 4.5),
        "t3": (4.5, 5.5),
        "t6": (5.5, 6.0),
    }


def drawn_reshaped() -> Graph:
    return tflite.from_bytes(reshaped_network(), name="reshaped")
