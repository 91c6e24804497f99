# SPDX-License-Identifier: Apache-2.0
"""Boards with little memory: what fits runs bit for bit, what does not fit is refused in one line.

The micro:bit has 16 KB of RAM and keeps images in flash; the Netduino Plus 2 has 128 KB. Random
networks run on both in test_random_networks.py, and instructions are counted on both.
"""

import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from boards import catalog, reference
from boards.errors import ImageError
from boards.graph import Graph
from boards.head_settings import HeadLabels, settings_for
from boards.image import Image
from boards.layout import Header, seal
from boards.patch import Patch
from host import wire
from host.conversation import Conversation
from host.device import Device
from host.errors import DeviceStatusError, MessageTooLongError
from host.launcher import open_device
from host.patience import Limits
from host.session import Session
from host.wire import MessageType
from host.wire_learning import LearnBegin
from sim.twin import Twin
from tests.firmware.operators import Case, compiled, compiled_apart, convolution_graph, inputs
from tests.firmware.published import AD01, KWS01, network
from tests.host.built_firmware import built, small_boards

PAGE_BYTES = 1024
NUM_DRAWN = 20
SMALL = convolution_graph(Case(name="", num_out=4))
OTHER = convolution_graph(Case(name="", num_out=4), seed=7)
WIDE = convolution_graph(Case(name="", num_in=300, num_out=310, height=1, width=2))
"""Its weights nearly fill a slot of the micro:bit."""


@pytest.fixture(scope="module")
def microbit() -> Iterator[Device]:
    with open_device(built("microbit"), timeout_s=60.0) as device:
        yield device


def assert_runs(device: Device, graph: Graph, image: Image | None = None) -> None:
    x = inputs(graph)

    device.load(compiled(graph) if image is None else image)

    np.testing.assert_array_equal(device.run(x), reference.run(graph, x))


def begun(device: Device, image: Image) -> Session:
    """Begin to load an image, and return the session that goes on; then greet the device again."""
    session = Session(Conversation(device.link, board=device.board, limits=Limits()))
    session.hello()
    begin = wire.LoadBegin(total=len(image.data), crc32=zlib.crc32(image.data), sha256=image.sha256)
    session.ask(MessageType.LOAD_BEGIN, begin, wire.NextOffset)
    return session


def test_the_small_boards_are_these_two() -> None:
    assert small_boards() == ["microbit", "netduinoplus2"]


@pytest.mark.qemu
def test_a_published_network_runs_on_the_netduino_as_on_the_twin() -> None:
    _, _, image = network(KWS01)
    x = np.random.default_rng(1).integers(-128, 128, (NUM_DRAWN, *image.input_shape), np.int8)

    with open_device(built("netduinoplus2"), timeout_s=60.0) as device:
        device.load(image)
        y = np.stack([device.run(one) for one in x])

    np.testing.assert_array_equal(y, Twin(image).run_batch(x))


@pytest.mark.parametrize(
    ("board", "name", "problem"),
    [
        pytest.param(
            "microbit", AD01, "its image takes 285344 bytes, the board has 97280", id="flash"
        ),
        pytest.param(
            "netduinoplus2", AD01, "its image takes 285344 bytes, the board has 40944", id="slot"
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_both_sizes(board: str, name: str, problem: str) -> None:
    _, _, image = network(name)

    with pytest.raises(ImageError) as caught:
        image.check_fits(catalog.load(board))

    assert str(caught.value) == (
        f"the network is too large for {board}: {problem}. Try a smaller network or another board"
    )


def test_activations_that_do_not_fit_are_refused_with_both_sizes() -> None:
    graph = convolution_graph(Case(name="", height=30, width=30, num_in=8, num_out=16))

    with pytest.raises(ImageError, match="its arena takes 22016 bytes, the board has 11776"):
        compiled(graph).check_fits(catalog.load("microbit"))


@pytest.mark.qemu
def test_keywords_are_spotted_within_16_kilobytes(microbit: Device) -> None:
    """Two layers of kws01 side by side take 16,000 bytes; one over the other, 9,536 are enough."""
    _, graph, image = network(KWS01)
    apart = Twin(compiled_apart(graph))
    x = np.random.default_rng(3).integers(-128, 128, (NUM_DRAWN, *image.input_shape), np.int8)

    microbit.load(image)
    y = np.stack([microbit.run(one) for one in x])

    assert image.header.activation_bytes == 9_536
    assert apart.image.header.activation_bytes == 16_000
    np.testing.assert_array_equal(y, apart.run_batch(x))


@pytest.mark.qemu
def test_a_device_refuses_what_its_host_did_not(microbit: Device) -> None:
    image = compiled(SMALL)
    header = replace(image.header, activation_bytes=16_000)
    large = Image(seal(header.pack() + image.data[Header.LAYOUT.size :]))

    with pytest.raises(DeviceStatusError, match="LOAD_COMMIT: TOO_LARGE"):
        microbit.load(large)


@pytest.mark.qemu
def test_networks_take_turns_in_flash(microbit: Device) -> None:
    """Either slot is erased and written several times, by images of a page and of most of it."""
    for graph in (SMALL, WIDE, OTHER, WIDE, SMALL, OTHER, SMALL, WIDE):
        assert_runs(microbit, graph)


@pytest.mark.qemu
def test_the_network_from_before_comes_back_without_being_sent(microbit: Device) -> None:
    assert_runs(microbit, WIDE)
    assert_runs(microbit, SMALL)
    sent = microbit.statistics.bytes_sent

    assert_runs(microbit, WIDE)

    assert microbit.statistics.bytes_sent - sent < len(compiled(WIDE).data) // 20


@pytest.mark.qemu
@pytest.mark.parametrize("chunk_bytes", [1, 3, 31, 500])
def test_chunks_of_any_size_are_put_together_in_flash(chunk_bytes: int) -> None:
    """Some end within a word, and some within a page; a page is erased once."""
    graph = convolution_graph(Case(name="", num_in=40, num_out=60), seed=chunk_bytes)
    image = compiled(graph)
    assert len(image.data) > 2 * PAGE_BYTES

    with open_device(built("microbit"), timeout_s=60.0) as device:
        session = begun(device, image)
        for offset in range(0, len(image.data), chunk_bytes):
            chunk = wire.Chunk(offset=offset, data=image.data[offset : offset + chunk_bytes])
            session.ask(MessageType.LOAD_CHUNK, chunk, wire.NextOffset)
        session.ask(MessageType.LOAD_COMMIT, wire.Empty(), wire.Empty)

        assert device.hello().image_hash == image.sha256[:8]
        assert_runs(device, graph)


@pytest.mark.qemu
def test_a_load_that_breaks_off_in_flash_leaves_the_network_in_force(microbit: Device) -> None:
    assert_runs(microbit, SMALL)
    new = convolution_graph(Case(name="", num_in=300, num_out=310, height=1, width=2), seed=9)
    image = compiled(new)
    chunk = wire.Chunk(offset=0, data=image.data[:500])
    begun(microbit, image).ask(MessageType.LOAD_CHUNK, chunk, wire.NextOffset)
    microbit.hello()

    assert_runs(microbit, SMALL)
    assert_runs(microbit, new)


@pytest.mark.qemu
def test_patches_are_refused_where_images_lie_in_flash(microbit: Device) -> None:
    assert_runs(microbit, SMALL)
    patch = Patch.between(compiled(SMALL), compiled(OTHER))

    with pytest.raises(DeviceStatusError, match=r"PATCH_BEGIN: READ_ONLY\. Its images lie in fla"):
        microbit.patch(patch)

    assert_runs(microbit, SMALL)


@pytest.mark.qemu
def test_learning_is_refused_where_images_lie_in_flash(microbit: Device) -> None:
    image = compiled(SMALL)
    assert_runs(microbit, SMALL)

    with pytest.raises(DeviceStatusError, match=r"LEARN_BEGIN: READ_ONLY\. Its images lie in fla"):
        microbit.begin_learning(image, settings_for(SMALL, inputs(SMALL)[None]))

    assert_runs(microbit, SMALL)


@pytest.mark.qemu
def test_the_device_itself_refuses_to_change_an_image_in_flash(microbit: Device) -> None:
    image = compiled(SMALL)
    microbit.load(image)
    session = Session(Conversation(microbit.link, board="microbit", limits=Limits()))
    session.hello()
    patch = wire.PatchBegin(
        base_sha256=image.sha256, total=len(image.data), crc32=0, sha256=bytes(32)
    )
    learn = LearnBegin(base_sha256=image.sha256, num_in=8, num_out=4, momentum_shift=3, data=b"")

    with pytest.raises(DeviceStatusError, match="PATCH_BEGIN: READ_ONLY"):
        session.ask(MessageType.PATCH_BEGIN, patch, wire.NextOffset)
    with pytest.raises(DeviceStatusError, match="LEARN_BEGIN: READ_ONLY"):
        session.ask(MessageType.LEARN_BEGIN, learn, wire.Empty)

    microbit.hello()
    assert_runs(microbit, SMALL)


@pytest.mark.qemu
def test_a_lesson_that_a_message_has_no_room_for_is_refused_before_it_is_sent() -> None:
    labels = HeadLabels(elements=np.zeros(400, np.int64), bits=np.zeros((400, 4), np.uint8))

    with open_device(built("netduinoplus2"), timeout_s=60.0) as device:
        device.load(compiled(SMALL))
        x = inputs(SMALL)
        learning = device.begin_learning(compiled(SMALL), settings_for(SMALL, x[None]))
        device.run(x)

        with pytest.raises(MessageTooLongError, match="takes messages of 1024 bytes, LEARN_LABELS"):
            learning.teach(labels)
        learning.teach(HeadLabels(elements=labels.elements[:300], bits=labels.bits[:300]))


@pytest.mark.qemu
def test_the_netduino_is_patched_and_learns() -> None:
    image, other = compiled(SMALL), compiled(OTHER)
    x = inputs(SMALL)

    with open_device(built("netduinoplus2"), timeout_s=60.0) as device:
        device.load(image)
        device.patch(Patch.between(image, other))
        patched = device.run(x)
        device.begin_learning(other, settings_for(OTHER, x[None]))

    np.testing.assert_array_equal(patched, reference.run(OTHER, x))
