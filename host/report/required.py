# SPDX-License-Identifier: Apache-2.0
"""The figure that receivers are compared by: the SNR at which an error rate falls to a target."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from host.report.curves import LEAST_SQUARES, PERFECT_CSI, Curve, Point

TARGET_BLER = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredSnr:
    """Where a curve crosses a target [dB].

    `value` is None when the curve does not cross the target inside its grid. `low` and `high` are
    where the lower and the upper end of the points' intervals cross it; None outside the grid.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One curve against the anchors [dB]; None where one of the two does not cross the target."""

    curve: Curve
    required: RequiredSnr
    gap_to_perfect_csi_db: float | None
    gain_over_least_squares_db: float | None


def required_snr(points: Sequence[Point], *, target: float = TARGET_BLER) -> RequiredSnr:
    """Interpolate where an error rate falls to the target: log of the rate, linear in dB.

    A point without an error is taken as half an error.
    """
    middle = [(p.snr_db, p.value or 0.5 / p.n) for p in points]
    lower = [(p.snr_db, p.low or 0.5 / p.n) for p in points if p.low is not None]
    upper = [(p.snr_db, p.high) for p in points if p.high]
    return RequiredSnr(
        value=_crossing(middle, target), low=_crossing(lower, target), high=_crossing(upper, target)
    )


def standings(curves: Sequence[Curve], *, target: float = TARGET_BLER) -> tuple[Standing, ...]:
    """Set every curve against perfect CSI and the better of the least-squares curves."""
    required = {(c.receiver, c.device): required_snr(c.points, target=target) for c in curves}
    best = {receiver: found.value for (receiver, _), found in required.items()}
    least_squares = next((best[name] for name in LEAST_SQUARES if best.get(name) is not None), None)
    return tuple(
        Standing(
            curve=curve,
            required=required[curve.receiver, curve.device],
            gap_to_perfect_csi_db=_difference(
                required[curve.receiver, curve.device].value, best.get(PERFECT_CSI)
            ),
            gain_over_least_squares_db=_difference(
                least_squares, required[curve.receiver, curve.device].value
            ),
        )
        for curve in curves
    )


def _crossing(points: Sequence[tuple[float, float]], target: float) -> float | None:
    """Return where the last fall through the target is."""
    for (left_db, left), (right_db, right) in reversed(list(pairwise(points))):
        if left >= target > right:
            share = math.log(left / target) / math.log(left / right)
            return left_db + share * (right_db - left_db)
    return None


def _difference(larger: float | None, smaller: float | None) -> float | None:
    return None if larger is None or smaller is None else larger - smaller
