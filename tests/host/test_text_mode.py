# SPDX-License-Identifier: Apache-2.0
"""A device that is led from frames to text and back loses neither its network nor its host."""

import time

import numpy as np
import pytest

from boards import reference
from boards.board import Board
from host.conversation import Conversation
from host.device import Device
from host.errors import DeviceStatusError, LinkTimeout
from host.framing import FRAME_END, Frame, FrameReader, encode
from host.launcher import open_device
from host.patience import Limits
from host.session import Session
from host.text_mode import text_mode
from host.wire import ANSWER_BIT, Status
from host.wire_text import Text, TextFlag
from tests.host.built_firmware import built
from tests.host.pointwise import compiled, pointwise_graph

GRAPH = pointwise_graph(num_in=5, num_out=3, height=3, width=4)
IMAGE = compiled(GRAPH)
X = np.random.default_rng(1).integers(-128, 128, (3, 4, 5)).astype(np.int8)
ACCURACY = Text(model=b"x01")
BOARDS = (
    pytest.param("native"),
    pytest.param("mps2-an386", marks=pytest.mark.qemu),
    pytest.param("microbit", marks=pytest.mark.qemu),
)


def asked(device: Device, command: bytes) -> bytes:
    """Return the answer to a text command."""
    device.link.write(command)
    said = b""
    while not said.endswith(b"m-ready\r\n"):
        news = device.link.read(wait_s=10.0)
        assert news
        said += news
    return said


@pytest.mark.parametrize("board", BOARDS)
def test_frames_come_back_with_the_network_still_in_force(board: str) -> None:
    with open_device(built(board)) as device:
        device.load(IMAGE)
        for _ in range(3):
            with device.speak_text(ACCURACY) as first_lines:
                assert first_lines[-1] == "m-ready"
                assert asked(device, b"name%").startswith(b"m-name-dut-[")
                device.link.write(b"half a comma")

            info = device.hello()
            assert info.image_hash == IMAGE.sha256[:8]
            np.testing.assert_array_equal(device.run(X), reference.run(GRAPH, X))
            assert device.statistics.num_retries == 0


def test_text_forgets_the_input_and_output_of_frames(native: Board) -> None:
    with open_device(native) as device:
        device.load(IMAGE)
        device.run(X)
        with device.speak_text(ACCURACY):
            assert asked(device, b"results%") == b"e-[No results]\r\nm-ready\r\n"
            assert asked(device, b"infer 1 0%") == b"e-[Input is not loaded]\r\nm-ready\r\n"
        device.hello()

        with pytest.raises(DeviceStatusError, match="BAD_STATE"):
            device.profile()


def test_a_link_that_loses_frames_leads_to_text_all_the_same(native: Board) -> None:
    """Where the answer was lost, the device already speaks text when it is asked again."""
    num_repeated = 0
    for seed in range(1, 21):
        with open_device(native, retry_after_s=0.02) as device:
            device.load(IMAGE)
            device.inject_faults(drop_per_million=250_000, flip_per_million=0, seed=seed)
            before = device.statistics.num_retries
            with device.speak_text(ACCURACY) as first_lines:
                num_repeated += device.statistics.num_retries > before
                assert first_lines[0] == "m-timestamp-mode-performance"
                assert asked(device, b"%") == b"m-ready\r\n"
            device.hello()

    assert num_repeated >= 5


def test_a_device_without_a_network_does_not_speak_text(native: Board) -> None:
    with (
        open_device(native) as device,
        pytest.raises(DeviceStatusError, match="TEXT: BAD_STATE"),
        device.speak_text(ACCURACY),
    ):
        pass


@pytest.mark.parametrize(
    "settings", [Text(model=b"x", us_multiplier=1), Text(model=b"x", flags=TextFlag.SCORE)]
)
def test_what_a_device_cannot_do_is_refused_and_frames_go_on(native: Board, settings: Text) -> None:
    with open_device(native) as device:
        device.load(IMAGE)
        with pytest.raises(DeviceStatusError, match="TEXT: BAD_ARG"), device.speak_text(settings):
            pass

        np.testing.assert_array_equal(device.run(X), reference.run(GRAPH, X))


class Agreeing:
    """A link to a device that agrees to speak text, says `words`, and then nothing more."""

    port = "nowhere"

    def __init__(self, words: bytes) -> None:
        self.words, self.heard, self._said = words, b"", b""

    def write(self, data: bytes) -> None:
        self.heard += data
        for frame in FrameReader().feed(data):
            agreed = Frame(type=frame.type | ANSWER_BIT, seq=frame.seq, payload=bytes([Status.OK]))
            self._said += encode(agreed) + self.words

    def read(self, *, wait_s: float) -> bytes:
        said, self._said = self._said, b""
        if not said:
            time.sleep(wait_s)
        return said

    def drain(self) -> None: ...


@pytest.mark.parametrize("words", [b"", b"m-timestamp-mode-performance\r\nm-rea"])
def test_a_device_that_agrees_and_is_never_ready_is_a_timeout(words: bytes) -> None:
    link = Agreeing(words)
    limits = Limits(timeout_s=0.3, first_wait_s=0.1, shortest_wait_s=0.1)
    session = Session(Conversation(link, board="mine", limits=limits))

    with (
        pytest.raises(LinkTimeout, match=r"mine on nowhere did not answer TEXT within 0\.3 s"),
        text_mode(session, ACCURACY),
    ):
        pass


def test_a_device_that_was_asked_twice_may_begin_twice() -> None:
    link = Agreeing(b"m-ready\r\n\0\x02\x01\0one\r\nm-ready\r\n")
    session = Session(Conversation(link, board="mine", limits=Limits()))

    with text_mode(session, ACCURACY) as first_lines:
        pass

    assert first_lines == ("one", "m-ready")
    assert link.heard.endswith(FRAME_END)
