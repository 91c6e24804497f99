# SPDX-License-Identifier: Apache-2.0
"""What an operator has besides its inputs, kind by kind; axes do not count the batch dimension."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Of AVERAGE_POOL_2D and MAX_POOL_2D: the window, height and width."""

    kernel: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """Of MEAN: what is averaged over. Of TRANSPOSE: where each axis of the output comes from.

    Of CONCATENATION: the one along which inputs stand one behind the other.
    """

    axes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """Of PAD: how many zeros, which are zero points, before and behind, axis by axis."""

    before: tuple[int, ...]
    behind: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Of STRIDED_SLICE: first, end and step along each axis, as Python slices with steps >= 1."""

    begin: tuple[int, ...]
    end: tuple[int, ...]
    step: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Softmax:
    """Of SOFTMAX, along the last axis: what inputs are multiplied by."""

    beta: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Of LEAKY_RELU: what negative inputs are multiplied by."""

    alpha: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """Of RESIZE_NEAREST_NEIGHBOR: where the grid of the output lies on that of the input."""

    align_corners: bool
    half_pixel_centers: bool


Options = Pool | Axes | Margins | Section | Softmax | Leak | Nearest
