# SPDX-License-Identifier: Apache-2.0
"""How far outputs reach into inputs: the closed form against every pixel, read and written."""

from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from boards.overlap import Overlap, needed
from boards.parameters import Dense, DeviceKind, Window

SIZES = st.integers(min_value=1, max_value=7)
STEPS = st.integers(min_value=1, max_value=3)
POOLS = (DeviceKind.AVERAGE_POOL_2D, DeviceKind.MAX_POOL_2D)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Draw a window of any shape; often some of it, or all, lies outside the input."""
    return Window(
        height=draw(SIZES),
        width=draw(SIZES),
        num_in=draw(SIZES),
        out_height=draw(SIZES),
        out_width=draw(SIZES),
        num_out=draw(SIZES),
        kernel=(draw(STEPS), draw(STEPS)),
        dilation=(draw(STEPS), draw(STEPS)),
        stride=(draw(STEPS), draw(STEPS)),
        padding=(draw(st.integers(0, 4)), draw(st.integers(0, 4))),
    )


def taps_of(window: Window, *, axis: int) -> range:
    """Return where the taps of the kernel lie, from the first on."""
    return range(0, window.kernel[axis] * window.dilation[axis], window.dilation[axis])


def first_read(window: Window, y: int, x: int) -> int | None:
    """Return the first byte of the input that an output pixel is made of; None if there is none."""
    rows = (y * window.stride[0] - window.padding[0] + i for i in taps_of(window, axis=0))
    columns = [x * window.stride[1] - window.padding[1] + j for j in taps_of(window, axis=1)]
    pixels = [
        row * window.width + column
        for row, column in product(rows, columns)
        if row in range(window.height) and column in range(window.width)
    ]
    return min(pixels) * window.num_in if pixels else None


def least_distance(window: Window, *, pixels_at_once: int) -> int:
    """Return the least distance, 0 or more, with which no byte is written that is still to be read.

    Pixel i may write when those before pixel i + `pixels_at_once` have been read.
    """
    places = list(product(range(window.out_height), range(window.out_width)))
    least = 0
    for i, place in enumerate(places):
        read = first_read(window, *place)
        written = i + 1 - pixels_at_once
        if read is not None and written >= 0:
            least = max(least, written * window.num_out - read)
    return least


@given(windows())
def test_nothing_is_written_that_is_still_to_be_read(window: Window) -> None:
    for kind, pixels_at_once in (
        (DeviceKind.CONV_2D, 1),
        (DeviceKind.DEPTHWISE_CONV_2D, 1),
        (DeviceKind.AVERAGE_POOL_2D, 1),
        (DeviceKind.MAX_POOL_2D, 0),
    ):
        overlap = needed(kind, window)

        assert overlap is not None
        assert overlap.distance_bytes >= least_distance(window, pixels_at_once=pixels_at_once)


@given(windows())
def test_the_distance_is_the_least_where_every_window_begins_inside(window: Window) -> None:
    """A window that ends outside may read nothing where the closed form lets it begin."""
    reach = [
        (size - 1) * stride - pad
        for size, stride, pad in zip(
            (window.out_height, window.out_width), window.stride, window.padding, strict=True
        )
    ]
    inside = replace(
        window,
        kernel=(window.padding[0] + 1, window.padding[1] + 1),
        dilation=(1, 1),
        height=max(1, reach[0] + 1),
        width=max(1, reach[1] + 1),
    )

    overlap = needed(DeviceKind.CONV_2D, inside)

    assert overlap == Overlap(distance_bytes=least_distance(inside, pixels_at_once=1))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_rows_are_read_whole_before_their_outputs_are_written(
    num_rows: int, num_in: int, num_out: int
) -> None:
    overlap = needed(
        DeviceKind.FULLY_CONNECTED, Dense(num_rows=num_rows, num_in=num_in, num_out=num_out)
    )

    starts = np.arange(num_rows)
    assert overlap == Overlap(distance_bytes=int(np.max(starts * num_out - starts * num_in)))


def test_a_published_depthwise_layer_reaches_a_row_and_a_pixel_ahead() -> None:
    """Of kws01: 25 x 5 pixels of 64 channels, 3 x 3; the 1 x 1 behind it takes the same place."""
    plane = Window(
        height=25, width=5, num_in=64, out_height=25, out_width=5, num_out=64, kernel=(3, 3)
    )

    depthwise = needed(DeviceKind.DEPTHWISE_CONV_2D, replace(plane, padding=(1, 1)))
    pointwise = needed(DeviceKind.CONV_2D, replace(plane, kernel=(1, 1)))

    assert depthwise == Overlap(distance_bytes=(5 + 1) * 64, grain_bytes=64)
    assert pointwise == Overlap(distance_bytes=0)


@given(windows())
def test_parts_and_groups_lie_apart_from_the_input_that_others_read_too(window: Window) -> None:
    part = replace(window, pixel_bytes=window.num_out + 1)
    groups = replace(window, num_groups=2)
    dense = Dense(num_rows=2, num_in=8, num_out=4, row_bytes=8)

    assert needed(DeviceKind.CONV_2D, part) is None
    assert needed(DeviceKind.CONV_2D, groups) is None
    assert needed(DeviceKind.FULLY_CONNECTED, dense) is None
    assert needed(DeviceKind.GATHER, window) is None


@given(windows())
def test_a_filter_a_channel_lets_channels_lie_over_themselves_alone(window: Window) -> None:
    single = needed(DeviceKind.DEPTHWISE_CONV_2D, replace(window, num_out=window.num_in))
    several = needed(DeviceKind.DEPTHWISE_CONV_2D, replace(window, num_out=2 * window.num_in))

    assert single is not None
    assert several is not None
    assert (single.grain_bytes, several.grain_bytes) == (window.num_in, 1)
