# SPDX-License-Identifier: Apache-2.0
"""The rehearsal buffer: within its budget, even over channels, uniform within each."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from receivers.learning.buffer import Buffer
from receivers.learning.frames import Frame

FRAME = Frame(
    y=np.zeros((1, 2, 3, 2), np.int8),
    step=1.0,
    cells=np.arange(2, dtype=np.uint16),
    symbols=np.zeros((2, 2), np.float16),
    teaches=np.ones(2, np.bool_),
    no=0.1,
)
SIZE = FRAME.num_bytes


def _buffer(num_frames: int, *, seed: int = 1) -> Buffer:
    return Buffer(budget_bytes=num_frames * SIZE, rng=np.random.default_rng(seed))


@settings(max_examples=50, deadline=None)
@given(
    capacity=st.integers(0, 9),
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=5),
)
def test_it_keeps_its_budget_and_shares_it_evenly(capacity: int, lengths: list[int]) -> None:
    buffer = _buffer(capacity)
    for channel, length in enumerate(lengths):
        for _ in range(length):
            buffer.offer(FRAME, channel=channel)

    assert buffer.num_bytes <= capacity * SIZE
    assert buffer.num_frames() == min(capacity, sum(lengths))
    kept = [buffer.num_frames(channel) for channel in range(len(lengths))]
    fair = capacity // len(lengths)
    assert all(num >= min(fair, length) for num, length in zip(kept, lengths, strict=True))


def test_every_frame_of_a_channel_is_equally_likely_to_stay() -> None:
    counts = np.zeros(12)
    for seed in range(600):
        buffer = _buffer(3, seed=seed)
        for i in range(12):
            buffer.offer(replace(FRAME, no=float(i)), channel=0)
        for frame in buffer.sample(3):
            counts[int(frame.no)] += 1

    assert counts.sum() == 1800
    assert chisquare(counts).pvalue > 1e-3


def test_rehearsal_leaves_out_the_channel_on_the_air() -> None:
    buffer = _buffer(8)
    for channel in (0, 1, 2):
        for _ in range(4):
            buffer.offer(replace(FRAME, no=float(channel)), channel=channel)

    drawn = [frame.no for _ in range(40) for frame in buffer.sample(2, without=2)]

    assert set(drawn) == {0.0, 1.0}
    assert len(drawn) == 80
    assert len(buffer.sample(99)) == 8
    assert Buffer(budget_bytes=0, rng=np.random.default_rng(1)).sample(4) == []


def test_frames_that_wait_are_kept_late_and_dropped_at_an_alarm() -> None:
    buffer = Buffer(budget_bytes=20 * SIZE, rng=np.random.default_rng(1), num_waiting=3)
    for i in range(5):
        buffer.offer(replace(FRAME, no=float(i)), channel=0)
    assert buffer.num_bytes == 5 * SIZE
    assert {frame.no for frame in buffer.sample(9)} == {0.0, 1.0}

    buffer.drop_waiting()

    assert buffer.num_bytes == 2 * SIZE
    assert buffer.num_frames() == 2


def test_frames_of_different_sizes_keep_to_the_budget() -> None:
    rng = np.random.default_rng(1)
    large = replace(FRAME, y=np.zeros((1, 8, 9, 2), np.int8))
    buffer = Buffer(budget_bytes=6 * large.num_bytes, rng=rng, num_waiting=2)

    for i in range(300):
        buffer.offer(large if rng.random() < 0.5 else FRAME, channel=i // 100)
        assert buffer.num_bytes <= buffer.budget_bytes
