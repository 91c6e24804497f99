# SPDX-License-Identifier: Apache-2.0
"""The required SNR, against curves whose crossing is known in closed form."""

import math

import numpy as np
import pytest

from host.report.crossing import crossings
from host.report.curves import Curve, Point
from host.report.required import compared, required_snr


def point(snr_db: float, value: float, *, band: float = 1.25) -> Point:
    return Point(
        snr_db=snr_db, value=value, low=value / band, high=value * band, n=1000, errors=None
    )


def curve(receiver: str, *, crossing_db: float, device: str = "host") -> Curve:
    """Make a curve that falls by a decade every 2 dB and meets 0.1 where it is told to."""
    grid = (-4.0, -2.0, 0.0, 2.0, 4.0)
    points = tuple(point(s, min(1.0, 0.1 * 10 ** ((crossing_db - s) / 2))) for s in grid)
    return Curve(scenario="s", receiver=receiver, device=device, points=points)


def test_a_straight_line_on_the_log_scale_is_interpolated_exactly() -> None:
    found = required_snr(curve("a", crossing_db=0.7).points)

    assert found == pytest.approx(0.7, abs=1e-12)


def test_a_point_without_errors_counts_as_half_an_error() -> None:
    points = [point(0.0, 0.2), point(1.0, 0.0)]

    found = required_snr(points)

    assert found == pytest.approx(0.1157, abs=1e-4)  # log(2) / log(0.2 / 0.0005)


@pytest.mark.parametrize("values", [(0.5, 0.3), (0.05, 0.01)], ids=["above", "below"])
def test_a_curve_that_does_not_cross_has_no_figure(values: tuple[float, float]) -> None:
    assert required_snr([point(0.0, values[0]), point(1.0, values[1])]) is None


def test_curves_stand_against_both_anchors() -> None:
    table = compared(
        [
            curve("ls-linear", crossing_db=3.0),
            curve("perfect-csi", crossing_db=-1.0),
            curve("neural-s", crossing_db=-0.5, device="twin"),
        ],
        replicates={},
    )

    neural = table[2]
    assert neural.gap_to_perfect_csi.value == pytest.approx(0.5)
    assert neural.gain_over_least_squares.value == pytest.approx(3.5)
    assert (neural.required.low, neural.gap_to_perfect_csi.high) == (None, None)


def test_without_anchors_the_gaps_are_absent() -> None:
    (alone,) = compared([curve("neural-s", crossing_db=-0.5)], replicates={})

    assert alone.required.value == pytest.approx(-0.5)
    assert alone.gap_to_perfect_csi.value is None
    assert alone.gain_over_least_squares.value is None


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        pytest.param((0.5, 0.3, 0.2), math.inf, id="above"),
        pytest.param((0.05, 0.02, 0.01), -math.inf, id="below"),
        pytest.param((0.05, 0.02, 0.2), math.nan, id="rising"),
        pytest.param((0.2, math.nan, 0.01), math.nan, id="not known"),
        pytest.param((0.2, 0.05, 0.2), 1.5, id="falls and rises"),
    ],
)
def test_a_curve_without_a_crossing_says_on_which_side_it_stays(
    rates: tuple[float, ...], expected: float
) -> None:
    found = crossings([1.0, 2.0, 3.0], np.array(rates), target=0.1)

    assert found == pytest.approx(expected, nan_ok=True)
