# SPDX-License-Identifier: Apache-2.0
"""Curves: records of one receiver on one device, ordered by SNR, with the seeds put together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from host.experiment import HOST, Metric
from host.record import Measurement, Record

LEAST_SQUARES = ("ls-linear", "ls-nearest")
"""The lower anchor of every plot, best first."""

PERFECT_CSI = "perfect-csi"
"""The upper anchor of every plot."""

SNR_NAMES: Mapping[str, str] = {"ebno_db": "Eb/N0", "snr_db": "SNR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One measured point of a curve, as in `host.record.Measurement`."""

    snr_db: float
    value: float
    low: float | None
    high: float | None
    n: int
    errors: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One metric of one receiver on one device in one scenario, in order of SNR."""

    scenario: str
    receiver: str
    device: str
    points: tuple[Point, ...]

    @property
    def first_without_error(self) -> Point | None:
        """Return the first point at which no error was seen; only its upper limit is known."""
        return next((point for point in self.points if point.value == 0), None)

    @property
    def label(self) -> str:
        """Return the name in legends: the receiver, and the device where that is not the host."""
        return self.receiver if self.device == HOST else f"{self.receiver} · {self.device}"


def scenarios(records: Iterable[Record]) -> tuple[str, ...]:
    """Return the names of the scenarios in the order of the records."""
    return tuple(dict.fromkeys(record.cell.scenario for record in records))


def curves(records: Iterable[Record], *, metric: Metric, scenario: str) -> tuple[Curve, ...]:
    """Return the curves of one scenario in the order of the records."""
    gathered: dict[tuple[str, str], dict[float, list[Measurement]]] = {}
    for record in records:
        cell, measurement = record.cell, record.metrics.get(metric)
        if cell.scenario == scenario and measurement is not None:
            points = gathered.setdefault((cell.receiver, cell.device), {})
            points.setdefault(cell.snr_db, []).append(measurement)
    return tuple(
        Curve(
            scenario=scenario,
            receiver=receiver,
            device=device,
            points=tuple(_point(snr_db, points[snr_db]) for snr_db in sorted(points)),
        )
        for (receiver, device), points in gathered.items()
    )


def _point(snr_db: float, seeds: Sequence[Measurement]) -> Point:
    """Put the seeds of one point together; their slots are independent."""
    first, n = seeds[0], sum(seed.n for seed in seeds)
    if len(seeds) == 1:
        return Point(
            snr_db=snr_db,
            value=first.value,
            low=first.low,
            high=first.high,
            n=n,
            errors=first.errors,
        )
    value = sum(seed.value * seed.n for seed in seeds) / n
    low, high = _interval(value, seeds)
    errors = [seed.errors for seed in seeds if seed.errors is not None]
    return Point(
        snr_db=snr_db, value=value, low=low, high=high, n=n, errors=sum(errors) if errors else None
    )


def _interval(value: float, seeds: Sequence[Measurement]) -> tuple[float | None, float | None]:
    if seeds[0].errors is None:
        return _interval_of_mean(value, seeds)
    from host.tally import interval

    worth = [seed.n_effective for seed in seeds if seed.n_effective is not None]
    return interval(value, sum(worth) or None)


def _interval_of_mean(
    value: float, seeds: Sequence[Measurement]
) -> tuple[float | None, float | None]:
    """Add the half widths of independent means in square."""
    n = sum(seed.n for seed in seeds)
    halves = [
        (seed.high - seed.low) / 2 * seed.n / n
        for seed in seeds
        if seed.low is not None and seed.high is not None
    ]
    half = sum(width**2 for width in halves) ** 0.5
    return (value - half, value + half) if len(halves) == len(seeds) else (None, None)
