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
from boards.layout import LOAD_ONCE, Header, LoadRecord, OperatorRecord, seal
from boards.streaming import methods
from boards.streaming.compiling import compile_streamed, problem_of
from boards.streaming.planning import with_best_tiles
from boards.streaming.problem import StreamPlan
from boards.streaming.timeline import timeline
from host.device import Device
from host.errors import DeviceError, DeviceStatusError
from host.launcher import open_device
from sim.errors import TwinError
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


# ---- loads that would harm


@pytest.fixture(scope="module")
def good() -> Image:
    graph = drawn_residual()
    return streamed(graph, "double_buffer", tile_bytes=512)


def with_loads(image: Image, change: dict[int, dict[str, int]]) -> bytes:
    data = bytearray(image.data)
    for i, fields in change.items():
        at = image.header.loads_offset + i * LoadRecord.LAYOUT.size
        record = replace(image.loads[i], **fields)
        data[at : at + LoadRecord.LAYOUT.size] = record.pack()
    return seal(bytes(data))


def with_load_of(image: Image, i: int, load: int) -> bytes:
    data = bytearray(image.data)
    at = image.header.operators_offset + i * OperatorRecord.LAYOUT.size
    data[at : at + OperatorRecord.LAYOUT.size] = replace(image.operators[i], load=load).pack()
    return seal(bytes(data))


def is_refused(data: bytes) -> bool:
    try:
        Twin(Image(data))
    except TwinError:
        return True
    return False


def first_streamed(image: Image) -> int:
    return next(i for i, load in enumerate(image.loads) if load.step not in (LOAD_ONCE, 0))


def test_a_load_is_refused_where_activations_are_written_meanwhile(good: Image) -> None:
    load = good.loads[first_streamed(good)]
    writer = good.operators[load.step]

    assert not is_refused(good.data)
    assert is_refused(with_loads(good, {first_streamed(good): {"to": writer.output // 16 * 16}}))


def test_loads_are_refused_in_the_same_place_at_the_same_time(good: Image) -> None:
    last = len(good.loads) - 1
    assert good.loads[last].step <= len(good.operators) - 2  # it waits for the one before

    assert is_refused(with_loads(good, {last: {"to": good.loads[last - 1].to}}))


def test_a_load_is_refused_that_begins_behind_its_operator(good: Image) -> None:
    last = len(good.loads) - 1

    assert is_refused(with_loads(good, {last: {"step": len(good.operators)}}))
    assert is_refused(with_loads(good, {0: {"step": len(good.operators) - 1}}))


def test_a_load_is_refused_beyond_image_or_arena(good: Image) -> None:
    i = first_streamed(good)
    beyond = good.header.activation_bytes // 16 * 16

    assert is_refused(with_loads(good, {i: {"to": beyond}}))
    assert is_refused(with_loads(good, {i: {"to": 0xFFFFFFF0}}))
    assert is_refused(with_loads(good, {i: {"start": 0xFFFFFFF0}}))
    assert is_refused(with_loads(good, {i: {"num_bytes": len(good.data) // 16 * 16}}))
    assert is_refused(with_loads(good, {i: {"to": good.loads[i].to + 8}}))


def test_an_operator_is_refused_whose_load_is_another_ones(good: Image) -> None:
    users = [i for i, operator in enumerate(good.operators) if operator.load]

    assert is_refused(with_load_of(good, users[-1], good.operators[users[0]].load))
    assert is_refused(with_load_of(good, users[-1], len(good.loads) + 1))


def test_only_operators_with_weights_have_loads(good: Image) -> None:
    others = [i for i, operator in enumerate(good.operators) if not operator.load]

    assert others
    assert is_refused(with_load_of(good, others[0], 1))


def test_a_table_of_loads_is_refused_beyond_the_image(good: Image) -> None:
    header = good.header
    for bad in (
        replace(header, num_loads=257),
        replace(header, num_loads=0xFFFFFFFF),
        replace(header, loads_offset=len(good.data)),
        replace(header, loads_offset=header.loads_offset + 4),
    ):
        assert is_refused(seal(bad.pack() + good.data[Header.LAYOUT.size :]))


def test_random_tables_of_loads_are_refused_or_run_within_bounds(good: Image) -> None:
    rng = np.random.default_rng(1)
    at, size = good.header.loads_offset, len(good.loads) * LoadRecord.LAYOUT.size
    x = np.zeros((1, *good.input_shape), np.int8)
    num_accepted = 0
    for _ in range(2_000):
        data = bytearray(good.data)
        for _ in range(rng.integers(1, 4)):
            data[at + int(rng.integers(size))] ^= 1 << int(rng.integers(8))
        try:
            Twin(Image(seal(bytes(data)))).run_batch(x)
            num_accepted += 1
        except TwinError:
            pass
    assert num_accepted < 1_900


def test_a_device_refuses_bad_loads_and_keeps_what_it_had(good: Image) -> None:
    bad = with_loads(good, {first_streamed(good): {"to": 0xFFFFFFF0}})
    x = np.zeros(good.input_shape, np.int8)
    with open_device(built("native")) as device:
        device.load(good)
        expected = device.run(x)
        with pytest.raises(DeviceStatusError, match="BAD_IMAGE"):
            device.load(Image(bad))
        device.load(good)

        assert np.array_equal(device.run(x), expected)
