# SPDX-License-Identifier: Apache-2.0
"""Networks that are streamed compute what they do where they lie, and bad loads are refused."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from boards.errors import ImageError
from boards.flash import FlashModel
from boards.graph import Graph
from boards.image import Image
from boards.streaming import methods
from boards.streaming.compiling import compile_streamed, problem_of
from boards.streaming.planning import with_best_tiles
from boards.streaming.problem import StreamPlan
from boards.streaming.timeline import timeline
from host.device import Device
from host.errors import DeviceError
from host.launcher import open_device
from sim.twin import Twin
from tests.boards.networks import residual_network
from tests.boards.stream_cases import allotment, least_sram
from tests.firmware.kernel_cases import CONVOLUTIONS, drawn_graph
from tests.firmware.operators import compiled, convolution_graph, inputs
from tests.host.built_firmware import built, emulated_boards

NUM_DRAWN = 40
NO_FLASH = FlashModel(1e6, 0)


def graphs() -> list[Graph]:
    return [convolution_graph(case) for case in CONVOLUTIONS] + [
        drawn_graph(i) for i in range(NUM_DRAWN)
    ]


def streamed(graph: Graph, method: str, *, tile_bytes: int) -> Image:
    asked = allotment(tile_bytes=tile_bytes)
    if method == "double_buffer":
        least = least_sram(graph, tile_bytes=tile_bytes, body=asked.body)
        asked = replace(asked, sram_bytes=least)
    plan: StreamPlan = getattr(methods, method)(problem_of(graph, asked))
    return compile_streamed(graph, plan, tile_bytes=tile_bytes).image


@pytest.mark.parametrize("method", ["preload", "on_demand", "double_buffer"])
@pytest.mark.parametrize("tile_bytes", [64, 400, 1 << 20])
def test_the_twin_computes_the_same_however_constants_come(method: str, tile_bytes: int) -> None:
    for graph in graphs():
        image = streamed(graph, method, tile_bytes=tile_bytes)
        x = np.stack([inputs(graph)] * 2).reshape(2, *image.input_shape)

        assert np.array_equal(Twin(image).run_batch(x), Twin(compiled(graph)).run_batch(x))


@pytest.mark.parametrize("method", ["on_demand", "double_buffer"])
def test_random_networks_of_all_operators_compute_the_same_when_streamed(method: str) -> None:
    pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")
    from boards import tflite
    from boards.borders import without_real_borders
    from tests.boards import random_networks

    num_parts = 0
    for seed in range(150):
        content = random_networks.draw(seed).content
        graph = without_real_borders(tflite.from_bytes(content, name="random"))
        image = streamed(graph, method, tile_bytes=16) if has_weights(graph) else compiled(graph)
        x = random_networks.inputs(seed, graph.tensors[graph.input].shape)
        x = x.reshape(-1, *image.input_shape)
        num_parts += len(image.operators) - len(compiled(graph).operators)

        assert np.array_equal(Twin(image).run_batch(x), Twin(compiled(graph)).run_batch(x)), seed
    assert num_parts > 10


def has_weights(graph: Graph) -> bool:
    return any(one.load_bytes for one in problem_of(graph, allotment()).steps)


def test_operators_are_cut_into_parts_of_the_size_that_was_asked_for() -> None:
    graph = drawn_residual()
    whole = streamed(graph, "on_demand", tile_bytes=1 << 20)
    parts = streamed(graph, "on_demand", tile_bytes=64)

    assert len(whole.operators) == len(compiled(graph).operators)
    assert len(parts.operators) >= len(whole.operators)
    assert sum(one.macs for one in parts.operators) == whole.macs


def test_a_plan_for_other_tiles_is_refused() -> None:
    graph = drawn_residual()
    plan = methods.on_demand(problem_of(graph, allotment(tile_bytes=512)))

    with pytest.raises(ImageError, match="other loads than tiles of 1024 bytes"):
        compile_streamed(graph, plan, tile_bytes=1024)


def test_networks_of_many_layers_get_tiles_too() -> None:
    graph = deep_graph(num_layers=40)
    asked = with_best_tiles(graph, allotment(sram_bytes=1 << 20, tile_bytes=1024))

    image = streamed(graph, "double_buffer", tile_bytes=asked.tile_bytes)

    assert len(image.loads) == 40


def deep_graph(*, num_layers: int) -> Graph:
    """Return a chain of convolutions of one pixel."""
    from boards.compress.int8 import quantize
    from boards.graph_builder import GraphBuilder

    rng = np.random.default_rng(1)
    builder = GraphBuilder()
    x = builder.input("x", (1, 4, 8))
    for i in range(num_layers):
        x = builder.convolution(
            name=f"layer {i}",
            source=x,
            weights=rng.standard_normal((8, 1, 1, 8)) / 3,
            bias=np.zeros(8),
            depthwise=False,
            dilation=(1, 1),
        )
    samples = [rng.standard_normal((1, 4, 8)).astype(np.float32) for _ in range(4)]
    return quantize(builder.graph("deep", output=x), samples)


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[tuple[Device, str]]:
    target = built(request.param)
    with open_device(target, timeout_s=120.0) as device:
        yield device, target.name


@pytest.mark.qemu
def test_boards_compute_the_same_while_constants_come(board: tuple[Device, str]) -> None:
    device, _ = board
    for graph in graphs()[:: NUM_DRAWN // 12]:
        image = streamed(graph, "double_buffer", tile_bytes=256)
        x = inputs(graph).reshape(image.input_shape)
        device.load(image)
        device.model_flash(FlashModel(0.2, 100))

        assert np.array_equal(device.run(x), Twin(compiled(graph)).run(x))


@pytest.mark.qemu
def test_a_board_waits_for_its_flash_as_long_as_the_model_says(board: tuple[Device, str]) -> None:
    device, name = board
    graph = drawn_residual()
    flash = FlashModel(0.002, 200)
    asked = replace(allotment(tile_bytes=1024, flash=flash), body=built(name).body)
    plan = methods.on_demand(problem_of(graph, asked))
    image = compile_streamed(graph, plan, tile_bytes=1024).image
    device.reset()
    device.load(image)
    x = inputs(graph).reshape(image.input_shape)
    device.model_flash(NO_FLASH)
    device.measure(x, profile=True)
    cycles = [one.instructions or 0 for one in device.profile()]

    device.model_flash(flash)
    counted = device.measure(x).instructions or 0

    problem = problem_of(graph, asked, cycles=cycles)
    assert counted == pytest.approx(timeline(problem, plan).cycles, rel=0.03)
    assert counted > 1.5 * sum(cycles)


@pytest.mark.qemu
def test_what_stays_is_brought_by_the_first_run_alone(board: tuple[Device, str]) -> None:
    device, name = board
    graph = drawn_residual()
    flash = FlashModel(0.002, 200)
    asked = replace(allotment(tile_bytes=1024, flash=flash), body=built(name).body)
    problem = problem_of(graph, asked)
    plan = methods.preload(problem)
    image = compile_streamed(graph, plan, tile_bytes=1024).image
    device.reset()
    device.load(image)
    device.model_flash(flash)
    x = inputs(graph).reshape(image.input_shape)

    first, second, third = (device.measure(x).instructions or 0 for _ in range(3))

    once = timeline(problem, plan).once_cycles
    assert first - second == pytest.approx(once, rel=0.03)
    assert second == pytest.approx(third, rel=0.001)


def drawn_residual() -> Graph:
    """Return a network of integers with several operators that have weights."""
    from boards.compress.int8 import quantize
    from tests.boards.networks import calibration_slots

    return quantize(residual_network(num_channels=32), calibration_slots(num_slots=4))


def test_a_board_that_models_no_flash_says_so() -> None:
    with (
        open_device(built("native")) as device,
        pytest.raises(DeviceError, match="models no flash"),
    ):
        device.model_flash(NO_FLASH)
