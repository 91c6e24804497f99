# SPDX-License-Identifier: Apache-2.0
"""The shield's bytes: the example of its manual, and any way in which they may be cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.meters.lpm01a_stream import Block, Stream

TIME = b"\xf0\xf3\x00\x00\x00\x00\x05\xff\xff", b"\xf0\xf3\x00\x00\x00\x04\x05\xff\xff"
FOUR = bytes.fromhex("52a0 4fff 0001 e001".replace(" ", ""))
ACK = b"\r\nPowerShield > ack start\r\n\r\n"
END = b"\xf0\xf4\xff\xff\r\nPowerShield > Acquisition completed\r\n"


def blocks_of(data: bytes, *, cuts: tuple[int, ...] = ()) -> tuple[Stream, list[Block]]:
    stream = Stream(1000.0)
    blocks: list[Block] = []
    for start, stop in pairwise((0, *sorted(cuts), len(data))):
        blocks += stream.feed(data[start:stop])
    return stream, blocks


def test_the_example_of_the_manual_is_640_9_microamperes() -> None:
    _, (block,) = blocks_of(ACK + TIME[0] + FOUR + TIME[1])

    expected = [0x2A0 * 16.0**-5, 0xFFF * 16.0**-4, 1.0, 16.0**-14]
    np.testing.assert_allclose(block.current_a, expected, rtol=0)
    assert block.current_a[0] == pytest.approx(640.9e-6, rel=1e-4)
    np.testing.assert_array_equal(block.number, [0, 1, 2, 3])


@given(cuts=st.sets(st.integers(1, 90), max_size=8).map(tuple))
def test_bytes_may_come_in_any_pieces(cuts: tuple[int, ...]) -> None:
    data = ACK + TIME[0] + FOUR + TIME[1] + END
    cuts = tuple(cut for cut in cuts if cut < len(data))

    stream, (block,) = blocks_of(data, cuts=cuts)

    assert block.current_a.size == 4
    assert stream.has_ended
    assert "ack start" in stream.text
    assert "Acquisition completed" in stream.text


def test_samples_without_a_time_stamp_behind_them_are_held_back() -> None:
    _, blocks = blocks_of(ACK + TIME[0] + FOUR)

    assert blocks == []


def test_samples_that_are_missing_between_two_time_stamps_leave_a_gap() -> None:
    late = b"\xf0\xf3\x00\x00\x00\x0a\x05\xff\xff"  # 10 ms: ten samples, and four came

    _, (block,) = blocks_of(ACK + TIME[0] + FOUR + late)

    np.testing.assert_array_equal(block.number, [0, 7, 8, 9])


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (b"\xf0\xf1buffer full\xff\xff", "buffer full"),
        (b"\xf0\xf5\xff\xff", "more current than it bears, 50 mA"),
        (b"\xf0\xf6\xff\xff", "the board's supply was switched off"),
        (b"\xf0\xf3\x00\x00\x00\x00\x05\xff\x00", "a damaged record"),
        (b"\xf0\xf9\xff\xff", "an unknown record 0xf9"),
        (b"\xf7\x01\xff\xff", "a damaged record"),
    ],
)
def test_what_goes_wrong_is_told(record: bytes, problem: str) -> None:
    stream, _ = blocks_of(ACK + TIME[0] + FOUR + record)

    assert stream.problem == problem


def test_remarks_and_voltages_are_passed_over() -> None:
    between = b"\xf0\xf2calibrated\xff\xff" + b"\xf0\xf7\x0b\xb8\xff\xff"

    stream, (block,) = blocks_of(ACK + TIME[0] + FOUR[:4] + between + FOUR[4:] + TIME[1])

    assert (stream.problem, block.current_a.size) == ("", 4)
