# SPDX-License-Identifier: Apache-2.0
"""The figure that receivers are compared by: the SNR at which an error rate falls to a target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.experiment import Metric
from host.record import Record
from host.report.crossing import crossings
from host.report.curves import LEAST_SQUARES, PERFECT_CSI, Curve, Point, curves
from host.report.paired import CurveKey, percentiles, resampled

TARGET_BLER = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure and the ends of its 95 % interval; None for what cannot be told."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One curve against the anchors.

    Parameters
    ----------
    curve : Curve
    required : Estimate [dB]
        SNR at which the curve crosses the target; None when it does not inside its grid.
    gap_to_perfect_csi, gain_over_least_squares : Estimate [dB]
        What it needs more than perfect CSI, and less than least squares: `ls-linear`, or where that
        does not cross the target `ls-nearest`.
    """

    curve: Curve
    required: Estimate
    gap_to_perfect_csi: Estimate
    gain_over_least_squares: Estimate


def required_snr(points: Sequence[Point], *, target: float = TARGET_BLER) -> float | None:
    """Interpolate where an error rate falls to the target: log of the rate, linear in dB.

    A point without an error is taken as half an error.
    """
    rates = np.array([p.value or 0.5 / p.n for p in points])
    found = float(crossings([p.snr_db for p in points], rates, target=target))
    return found if np.isfinite(found) else None


def standings(
    records: Sequence[Record], *, scenario: str, target: float = TARGET_BLER
) -> tuple[Standing, ...]:
    """Set every curve of a scenario against perfect CSI and least squares."""
    there = [record for record in records if record.cell.scenario == scenario]
    drawn = curves(there, metric=Metric.BLER, scenario=scenario)
    return compared(drawn, resampled(there, target=target), target=target)


def compared(
    curves: Sequence[Curve],
    replicates: Mapping[CurveKey, NDArray[np.float64]],
    *,
    target: float = TARGET_BLER,
) -> tuple[Standing, ...]:
    """Set curves against their anchors, with the replicates of their crossings for intervals."""
    readings = {
        (c.receiver, c.device): _Reading(
            value=required_snr(c.points, target=target),
            replicates=replicates.get((c.receiver, c.device)),
        )
        for c in curves
    }
    by_receiver = {receiver: reading for (receiver, _), reading in readings.items()}
    anchors = [by_receiver[name] for name in LEAST_SQUARES if name in by_receiver]
    least_squares = next((anchor for anchor in anchors if anchor.value is not None), None)
    return tuple(
        Standing(
            curve=curve,
            required=_estimate(reading.value, reading.replicates),
            gap_to_perfect_csi=_difference(reading, by_receiver.get(PERFECT_CSI)),
            gain_over_least_squares=_difference(least_squares, reading),
        )
        for curve, reading in zip(curves, readings.values(), strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    value: float | None
    replicates: NDArray[np.float64] | None


def _difference(larger: _Reading | None, smaller: _Reading | None) -> Estimate:
    if larger is None or smaller is None or larger.value is None or smaller.value is None:
        return Estimate()
    if larger is smaller:
        return Estimate(value=0.0, low=0.0, high=0.0)
    if larger.replicates is None or smaller.replicates is None:
        return Estimate(value=larger.value - smaller.value)
    with np.errstate(invalid="ignore"):  # two curves off the grid differ by anything: NaN
        replicates = larger.replicates - smaller.replicates
    return _estimate(larger.value - smaller.value, replicates)


def _estimate(value: float | None, replicates: NDArray[np.float64] | None) -> Estimate:
    if value is None or replicates is None:
        return Estimate(value=value)
    low, high = percentiles(replicates)
    return Estimate(value=value, low=low, high=high)
