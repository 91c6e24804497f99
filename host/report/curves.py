# SPDX-License-Identifier: Apache-2.0
"""Curves: records of one receiver on one device, ordered by SNR, with the seeds put together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

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
    from host.tally import interval

    if seeds[0].errors is None:
        half = _half_width(seeds)
        return (None, None) if half is None else (value - half, value + half)
    return interval(value, _worth(seeds)) or (None, None)


def _worth(seeds: Sequence[Measurement]) -> float | None:
    """Add up the effective numbers; seeds that know none are clusters to be told apart by."""
    from host.tally import effective_number

    worth = [seed.n_effective for seed in seeds if seed.n_effective is not None]
    if len(worth) == len(seeds):
        return sum(worth)
    errors, sizes = np.array([(seed.errors or 0, seed.n) for seed in seeds], dtype=np.int64).T
    return effective_number(errors, sizes)


def _half_width(seeds: Sequence[Measurement]) -> float | None:
    """Add the half widths of independent means in square, or take the spread between the seeds."""
    from host.tally import half_width

    sizes = np.array([seed.n for seed in seeds])
    halves = [(s.high - s.low) / 2 for s in seeds if s.low is not None and s.high is not None]
    if len(halves) == len(seeds):
        return float(np.hypot.reduce(np.array(halves) * sizes)) / float(sizes.sum())
    return half_width(np.array([seed.value for seed in seeds]) * sizes, sizes)
