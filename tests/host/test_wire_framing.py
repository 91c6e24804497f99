# SPDX-License-Identifier: Apache-2.0
"""Frames survive the wire, and damage never passes for a frame."""

import zlib

import numpy as np
import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from host.framing import DamagedFrameError, Frame, FrameReader, decode, encode, encoded_bytes

FRAMES = st.builds(
    Frame,
    type=st.integers(0, 0xFF),
    seq=st.integers(0, 0xFFFF),
    payload=st.binary(max_size=1200),
)


@given(frame=FRAMES)
def test_every_frame_comes_back_as_it_was_sent(frame: Frame) -> None:
    encoded = encode(frame)

    assert decode(encoded[:-1]) == frame
    assert encoded.count(0) == 1
    assert len(encoded) <= encoded_bytes(len(frame.payload))


def test_a_frame_written_out_by_hand_has_these_bytes() -> None:
    body = bytes([0x0A, 0x34, 0x12, 0x01, 0x00, 0x7F])
    raw = body + zlib.crc32(body).to_bytes(4, "little")
    # COBS by hand: one zero at index 4 splits the ten bytes into 4 and 5 others.
    expected = bytes([5]) + raw[:4] + bytes([6]) + raw[5:] + b"\0"

    assert encode(Frame(type=0x0A, seq=0x1234, payload=b"\x7f")) == expected


@given(frames=st.lists(FRAMES, max_size=5), cuts=st.lists(st.integers(1, 97), max_size=60))
def test_the_reader_finds_all_frames_however_the_stream_is_cut(
    frames: list[Frame], cuts: list[int]
) -> None:
    stream = b"".join(encode(frame) for frame in frames)
    reader = FrameReader()
    found: list[Frame] = []

    for cut in cuts:
        found += reader.feed(stream[:cut])
        stream = stream[cut:]
    found += reader.feed(stream)

    assert found == frames
    assert reader.num_damaged == 0


@given(noise=st.binary(max_size=300), frame=FRAMES)
def test_the_reader_finds_the_frame_behind_any_noise(noise: bytes, frame: Frame) -> None:
    reader = FrameReader()

    found = reader.feed(noise + b"\0" + encode(frame))

    assert found[-1] == frame


@given(frame=FRAMES, position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_one_damaged_byte_never_passes_for_a_frame(frame: Frame, position: int, flip: int) -> None:
    encoded = bytearray(encode(frame))
    encoded[position % len(encoded)] ^= flip

    found = FrameReader().feed(bytes(encoded) + b"\0")

    assert found == []


def test_no_random_damage_out_of_twenty_thousand_passes_for_a_frame() -> None:
    """CRC-32 lets a random frame pass with 2.3e-10, so this fails by chance with 5e-6."""
    generator = np.random.default_rng(20)
    encoded = np.frombuffer(encode(Frame(type=6, seq=77, payload=bytes(200))), np.uint8)
    reader = FrameReader()
    num_passed = 0

    for _ in range(20_000):
        damaged = encoded.copy()
        where = generator.integers(0, len(damaged), size=3)
        damaged[where] ^= generator.integers(1, 256, size=3, dtype=np.uint8)
        if np.array_equal(damaged, encoded):
            continue
        num_passed += len(reader.feed(damaged.tobytes() + b"\0"))

    assert num_passed == 0


def test_a_stream_without_frame_ends_does_not_fill_the_memory() -> None:
    reader = FrameReader(max_payload_bytes=64)
    frame = Frame(type=1, seq=1, payload=bytes(64))

    for _ in range(1000):
        assert reader.feed(b"\x55" * 100) == []

    assert reader.feed(b"\0" + encode(frame)) == [frame]
    assert reader.num_damaged == 1


@pytest.mark.parametrize(
    ("encoded", "problem"),
    [
        pytest.param(b"", "no frame", id="nothing"),
        pytest.param(b"\x05\x01", "byte stuffing", id="stuffing that points past the end"),
        pytest.param(encode(Frame(type=1, seq=2, payload=b"x"))[:-3], ".", id="cut short"),
    ],
)
def test_decoding_says_what_is_wrong(encoded: bytes, problem: str) -> None:
    with pytest.raises(DamagedFrameError, match=problem):
        decode(encoded)


def test_a_length_that_lies_is_damage_even_with_the_right_checksum() -> None:
    body = bytes([1, 0, 0, 9, 0]) + b"abc"
    encoded = cobs.encode(body + zlib.crc32(body).to_bytes(4, "little"))

    with pytest.raises(DamagedFrameError, match="3 bytes of payload, not 9"):
        decode(encoded)
