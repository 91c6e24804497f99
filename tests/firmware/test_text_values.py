# SPDX-License-Identifier: Apache-2.0
"""The integers of the text front print as Python's and LiteRT's floating point do."""

import ctypes
import math
import struct
import subprocess
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.host.built_firmware import ROOT

SCALES = st.floats(2.0**-126, 131071.0, width=32)
STEPS = st.integers(0, 255)
LARGEST_SCALE = float(np.nextafter(np.float32(131072.0), np.float32(0.0)))


class _Scale(ctypes.Structure):
    """`text_scale_t` of agent/text_values.h."""

    _fields_ = (("mantissa", ctypes.c_uint32), ("exponent", ctypes.c_int32))


class _Values(ctypes.Structure):
    """`text_values_t` of agent/text_values.h."""

    _fields_ = (
        ("integers", ctypes.c_char_p),
        ("scale", _Scale),
        ("zero_point", ctypes.c_int32),
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    made = tmp_path_factory.mktemp("values") / "values.so"
    source = ROOT / "firmware" / "agent" / "text_values.c"
    flags = ["-std=c11", "-O1", "-shared", "-fPIC", f"-I{ROOT / 'firmware'}"]
    subprocess.run(["gcc", *flags, str(source), "-o", str(made)], check=True)
    loaded = ctypes.CDLL(str(made))
    loaded.text_scale.restype = ctypes.c_bool
    loaded.text_thousandths.restype = ctypes.c_uint64
    loaded.text_mean_square.restype = ctypes.c_uint64
    loaded.text_divide.restype = ctypes.c_uint64
    return loaded


def taken_apart(library: ctypes.CDLL, scale: float) -> _Scale:
    (bits,) = struct.unpack("<I", struct.pack("<f", scale))
    found = _Scale()
    assert library.text_scale(ctypes.c_uint32(bits), ctypes.byref(found))
    return found


def printed(library: ctypes.CDLL, scale: float, steps: int) -> str:
    found = taken_apart(library, scale)
    value = library.text_thousandths(ctypes.byref(found), ctypes.c_uint32(steps))
    return f"{value // 1000}.{value % 1000:03d}"


def score(
    library: ctypes.CDLL,
    integers: "tuple[NDArray[np.int8], NDArray[np.int8]]",
    *,
    scales: tuple[float, float],
    zero_points: tuple[int, int],
) -> int:
    sides = [
        _Values(array.tobytes() + b"\0", taken_apart(library, scale), zero_point)
        for array, scale, zero_point in zip(integers, scales, zero_points, strict=True)
    ]
    num_values = ctypes.c_size_t(integers[0].size)
    return int(library.text_mean_square(ctypes.byref(sides[0]), ctypes.byref(sides[1]), num_values))


def exact_score(
    integers: "tuple[NDArray[np.int8], NDArray[np.int8]]",
    *,
    scales: tuple[float, float],
    zero_points: tuple[int, int],
) -> Fraction:
    first, second = (
        [Fraction(scale) * (int(one) - zero_point) for one in array]
        for array, scale, zero_point in zip(integers, scales, zero_points, strict=True)
    )
    squares = [(a - b) ** 2 for a, b in zip(first, second, strict=True)]
    return sum(squares, start=Fraction(0)) / len(first)


@settings(max_examples=3000, deadline=None)
@given(scale=SCALES, steps=STEPS)
def test_a_value_prints_as_its_float32_does(library: ctypes.CDLL, scale: float, steps: int) -> None:
    assert printed(library, scale, steps) == f"{np.float32(scale) * np.float32(steps):.3f}"


@pytest.mark.parametrize(
    "scale",
    [2.0**-4, 2.0**-5, 2.0**-6, 2.0**-8, 1 / 256, 0.0005, 1.5 * 2**-4, 0.1, LARGEST_SCALE],
)
def test_every_value_of_a_scale_prints_as_its_float32_does(
    library: ctypes.CDLL, scale: float
) -> None:
    """Powers of two make ties of the third decimal: 0.0625 prints as 0.062, 0.1875 as 0.188."""
    rounded = np.float32(scale)

    found = [printed(library, float(rounded), steps) for steps in range(256)]

    assert found == [f"{rounded * np.float32(steps):.3f}" for steps in range(256)]


@settings(max_examples=500, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    num_values=st.sampled_from((1, 2, 7, 640)),
    scales=st.tuples(st.floats(2.0**-10, 8.0, width=32), st.floats(2.0**-10, 8.0, width=32)),
    zero_points=st.tuples(st.integers(-128, 127), st.integers(-128, 127)),
)
def test_a_score_is_the_exact_one_rounded(
    library: ctypes.CDLL,
    seed: int,
    num_values: int,
    scales: tuple[float, float],
    zero_points: tuple[int, int],
) -> None:
    rng = np.random.default_rng(seed)
    integers = (
        rng.integers(-128, 128, num_values).astype(np.int8),
        rng.integers(-128, 128, num_values).astype(np.int8),
    )

    found = score(library, integers, scales=scales, zero_points=zero_points)

    exact = 1000 * exact_score(integers, scales=scales, zero_points=zero_points)
    assert abs(found - exact) <= Fraction(1, 2) + exact * Fraction(1, 10**7)


@pytest.mark.parametrize(
    ("scales", "zero_points"),
    [
        ((LARGEST_SCALE, LARGEST_SCALE), (127, -128)),
        ((LARGEST_SCALE, 2.0**-126), (-128, 127)),
        ((2.0**-126, 2.0**-126), (127, -128)),
    ],
)
def test_extreme_scores_do_not_overflow(
    library: ctypes.CDLL, scales: tuple[float, float], zero_points: tuple[int, int]
) -> None:
    low, high = np.full(65535, -128, np.int8), np.full(65535, 127, np.int8)

    found = score(library, (low, high), scales=scales, zero_points=zero_points)

    steps = scales[0] * (-128 - zero_points[0]) - scales[1] * (127 - zero_points[1])
    assert found == pytest.approx(1000 * steps**2, rel=1e-6, abs=0.5)


@given(value=st.integers(0, 2**64 - 1), divisor=st.integers(1, 65535))
def test_division_is_exact(library: ctypes.CDLL, value: int, divisor: int) -> None:
    rest = ctypes.c_uint16()

    quotient = library.text_divide(
        ctypes.c_uint64(value), ctypes.c_uint16(divisor), ctypes.byref(rest)
    )

    assert (quotient, rest.value) == divmod(value, divisor)


def test_the_score_of_many_windows_is_that_of_float64_to_the_last_digit(
    library: ctypes.CDLL,
) -> None:
    """Scales and zero points of the anomaly detector; 500 windows that are about reconstructed."""
    rng = np.random.default_rng(7)
    scales = (float(np.float32(0.36450)), float(np.float32(0.39102)))
    zero_points = (96, 89)
    for _ in range(500):
        source = rng.integers(-128, 100, 640).astype(np.int8)
        target = np.clip(source + rng.normal(8, 9, 640), -128, 127).astype(np.int8)

        found = score(library, (target, source), scales=scales, zero_points=zero_points)

        real = [
            scale * (array.astype(np.float64) - zero_point)
            for array, scale, zero_point in zip((target, source), scales, zero_points, strict=True)
        ]
        exact = math.fsum((real[0] - real[1]) ** 2) / 640
        assert f"{found / 1000:.3f}" == f"{exact:.3f}"
