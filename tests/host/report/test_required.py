# SPDX-License-Identifier: Apache-2.0
"""The required SNR, against curves whose crossing is known in closed form."""

import pytest

from host.report.curves import Curve, Point
from host.report.required import required_snr, standings


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

    assert found.value == pytest.approx(0.7, abs=1e-12)
    assert None not in (found.low, found.value, found.high)
    assert sorted([found.low, found.value, found.high], key=lambda x: x or 0.0) == [
        found.low,
        found.value,
        found.high,
    ]


def test_a_point_without_errors_counts_as_half_an_error() -> None:
    points = [point(0.0, 0.2), point(1.0, 0.0)]

    found = required_snr(points)

    assert found.value == pytest.approx(0.1157, abs=1e-4)  # log(2) / log(0.2 / 0.0005)


@pytest.mark.parametrize("values", [(0.5, 0.3), (0.05, 0.01)], ids=["above", "below"])
def test_a_curve_that_does_not_cross_has_no_figure(values: tuple[float, float]) -> None:
    assert required_snr([point(0.0, values[0]), point(1.0, values[1])]).value is None


def test_curves_stand_against_both_anchors() -> None:
    table = standings(
        [
            curve("ls-linear", crossing_db=3.0),
            curve("perfect-csi", crossing_db=-1.0),
            curve("neural-s", crossing_db=-0.5, device="twin"),
        ]
    )

    neural = table[2]
    assert neural.gap_to_perfect_csi_db == pytest.approx(0.5)
    assert neural.gain_over_least_squares_db == pytest.approx(3.5)


def test_without_anchors_the_gaps_are_absent() -> None:
    (alone,) = standings([curve("neural-s", crossing_db=-0.5)])

    assert alone.required.value == pytest.approx(-0.5)
    assert alone.gap_to_perfect_csi_db is None
    assert alone.gain_over_least_squares_db is None
