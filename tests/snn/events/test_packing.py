# SPDX-License-Identifier: Apache-2.0
"""Packed steps against bytes written by hand, and against what was packed."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from snn.errors import SpikingError
from snn.events.packing import pack, pieces


def _unpacked(data: bytes, *, num_steps: int, num_channels: int) -> NDArray[np.uint8]:
    counts = np.zeros((num_steps, num_channels), np.uint8)
    rest = iter(data)

    def number() -> int:
        value, shift = 0, 0
        while True:
            byte = next(rest)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    for step in counts:
        for _ in range(number()):
            step[number()] += 1
    assert next(rest, None) is None
    return counts


def test_a_step_is_its_number_of_events_and_their_channels() -> None:
    counts = np.array([[0, 0, 0], [1, 0, 2]], np.uint8)

    assert pack(counts) == (b"\x00", b"\x03\x00\x02\x02")


def test_numbers_from_128_on_take_two_bytes() -> None:
    counts = np.zeros((1, 301), np.uint8)
    counts[0, [127, 128, 300]] = 1

    assert pack(counts) == (b"\x03\x7f\x80\x01\xac\x02",)


@given(st.integers(1, 300), st.integers(1, 12), st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_pieces_hold_every_step_once_and_in_order(
    num_channels: int, num_steps: int, seed: int, max_steps: int
) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(0.1, (num_steps, num_channels)).astype(np.uint8)
    steps = pack(counts)
    room = max(len(step) for step in steps) + 5

    found = list(pieces(steps, max_bytes=room, max_steps=max_steps))

    assert found[0].first_step == 0
    for one, following in itertools.pairwise(found):
        assert one.first_step + one.num_steps == following.first_step
    assert all(len(one.data) <= room and one.num_steps <= max_steps for one in found)
    data = b"".join(one.data for one in found)
    np.testing.assert_array_equal(
        _unpacked(data, num_steps=num_steps, num_channels=num_channels), counts
    )


def test_a_step_that_exceeds_a_frame_is_named() -> None:
    counts = np.array([[1], [200]], np.uint8)

    with pytest.raises(SpikingError, match="step 1 has 202 bytes"):
        list(pieces(pack(counts), max_bytes=100, max_steps=10))
