# SPDX-License-Identifier: Apache-2.0
"""An image survives the disk, and nothing that is not the whole image passes for it."""

import hashlib
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from boards import catalog, image, memory
from boards.body import Body
from boards.compress import int8
from boards.errors import GraphError, ImageError
from boards.graph import Graph
from boards.image import Image
from boards.layout import Header, seal
from tests.boards.networks import HEIGHT, NUM_IN, WIDTH, calibration_slots, residual_network


@pytest.fixture(scope="module")
def graph() -> Graph:
    return int8.quantize(residual_network(), calibration_slots(num_slots=4))


@pytest.fixture(scope="module")
def compiled(graph: Graph) -> Image:
    return image.compile(graph, memory.plan(graph))


def test_an_image_comes_back_from_disk_as_it_was(compiled: Image, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "net.alim"

    compiled.save(path)

    assert Image.load(path).data == compiled.data
    assert [one.name for one in path.parent.iterdir()] == ["net.alim"]


def test_saving_replaces_the_old_image(compiled: Image, tmp_path: Path) -> None:
    path = tmp_path / "net.alim"
    path.write_bytes(b"old")

    compiled.save(path)

    assert Image.load(path).data == compiled.data


def test_an_image_tells_what_it_holds(compiled: Image, graph: Graph) -> None:
    plan = memory.plan(graph)
    elements = HEIGHT * WIDTH

    assert compiled.name == "residual"
    assert compiled.input_shape == (HEIGHT, WIDTH, NUM_IN)
    assert compiled.output_shape == (HEIGHT, WIDTH, 2)
    assert compiled.macs == elements * (9 * NUM_IN * 8 + 9 * 8 + 8 * 8 + 8 + 8 * 2)
    assert [operator.kind for operator in compiled.operators] == [1, 2, 1, 4, 3, 1]
    assert compiled.header.activation_bytes == plan.peak_bytes
    for body in Body:
        assert plan.peak_bytes < compiled.arena_bytes(body) < plan.peak_bytes + 10_000
    assert compiled.sha256 == hashlib.sha256(compiled.data).digest()
    assert compiled.crc32 == zlib.crc32(compiled.data)


def test_an_image_keeps_the_scales_of_input_and_output(compiled: Image, graph: Graph) -> None:
    for record, name in ((compiled.input, graph.input), (compiled.output, graph.output)):
        quantization = graph.tensors[name].quantization
        assert quantization is not None
        assert record.scale == np.float32(quantization.scale[0])
        assert record.zero_point == quantization.zero_point


def test_compiling_twice_gives_the_same_bytes(compiled: Image, graph: Graph) -> None:
    assert image.compile(graph, memory.plan(graph)).data == compiled.data


def test_every_part_of_an_image_is_aligned(compiled: Image) -> None:
    header = compiled.header
    offsets = [header.operators_offset, header.scratch_offset, header.input.offset]
    for operator in compiled.operators:
        offsets += [operator.rescales_offset, operator.weights_offset, operator.output]

    assert all(offset % 16 == 0 for offset in offsets)
    assert len(compiled.data) % 16 == 0


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"gone\.alim: cannot be read: No such file"):
        Image.load(tmp_path / "gone.alim")


@pytest.mark.parametrize("length", [0, 1, 127, 128, 500, -1])
def test_a_truncated_image_is_refused(compiled: Image, tmp_path: Path, length: int) -> None:
    path = tmp_path / "net.alim"
    path.write_bytes(compiled.data[:length])

    with pytest.raises(ImageError, match=r"net\.alim: .*(too few|truncated)"):
        Image.load(path)


def test_bytes_behind_an_image_are_refused(compiled: Image) -> None:
    with pytest.raises(ImageError, match="truncated or padded"):
        Image(compiled.data + b"\0")


def test_every_damaged_byte_is_noticed(compiled: Image) -> None:
    for i in range(0, len(compiled.data), 7):
        damaged = bytearray(compiled.data)
        damaged[i] ^= 0x10
        with pytest.raises(ImageError):
            Image(bytes(damaged))


def test_another_file_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "net.alim"
    path.write_bytes(b"\x7fELF" + bytes(200))

    with pytest.raises(ImageError, match="not an image: it does not start with ALIM"):
        Image.load(path)


def test_an_image_of_another_version_tells_both_versions(compiled: Image) -> None:
    newer = bytearray(compiled.data)
    struct.pack_into("<H", newer, 4, 9)

    with pytest.raises(ImageError, match="image version 9, this host makes version 4"):
        Image(seal(bytes(newer)))


def test_an_image_must_fit_its_board(compiled: Image) -> None:
    board = catalog.load("mps2-an386")
    small = board.model_copy(update={"memory": board.memory.model_copy(update={"arena_bytes": 16})})

    compiled.check_fits(board)

    with pytest.raises(ImageError, match=f"its arena takes {compiled.arena_bytes(Body.DSP)} bytes"):
        compiled.check_fits(small)


def test_a_name_that_is_too_long_is_cut(graph: Graph) -> None:
    long = Graph(
        name="a network with a long name",
        tensors=graph.tensors,
        operators=graph.operators,
        input=graph.input,
        output=graph.output,
    )

    assert image.compile(long, memory.plan(long)).name == "a network with a"


def test_float_graphs_are_not_compiled() -> None:
    graph = residual_network()

    with pytest.raises(GraphError, match="quantize the graph first"):
        image.compile(graph, memory.plan(graph))


def test_a_network_with_too_many_operators_is_refused(graph: Graph) -> None:
    add = next(one for one in graph.operators if one.kind == "ADD")
    many = Graph(
        name="long",
        tensors=graph.tensors,
        operators=graph.operators + (add,) * 256,
        input=graph.input,
        output=graph.output,
    )

    with pytest.raises(ImageError, match="262 operators, an image holds 1 to 256"):
        image.compile(many, memory.plan(graph))


def test_the_header_survives_packing(compiled: Image) -> None:
    assert Header.unpack(compiled.header.pack()) == compiled.header
