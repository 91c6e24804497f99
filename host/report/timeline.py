# SPDX-License-Identifier: Apache-2.0
"""Errors over time: block by block, where the air drifts or is followed through one long drop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from channels.scenario import Scenario
from host.experiment import Metric
from host.record import Record
from host.report import quantity
from host.report.bands import WindowRates, window_rates, windows
from host.report.block_counts import BlockCounts, PlaceKey, block_counts
from host.report.curves import SNR_NAMES, Curve
from host.report.drift_lines import DriftLine, drift_lines
from host.report.event_lanes import EventLane, event_lanes
from host.report.stretches import jumps

MOST_ROUGH_BLOCKS = 100
"""Lines of more blocks are averaged over neighbours as well, so that the eye can follow."""

Rates = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The error rate of one receiver on one device at one SNR, block by block.

    Parameters
    ----------
    curve : Curve
        Whose it is; without points.
    snr_db : float [dB]
    slots : tuple of float
        The middle of each block.
    rates, smooth : tuple of float or None
        The rate of each block, and of each with its neighbours; None where no error was seen,
        which a logarithmic axis cannot show.
    unseen : tuple of float or None
        Where `smooth` is None, the rate that a single error would have been; None elsewhere.
    low, high : tuple of float or None
        Ends of the 95 % interval of `smooth`; None where blocks or seeds are too few to tell it.
    """

    curve: Curve
    snr_db: float
    slots: tuple[float, ...]
    rates: Rates
    smooth: Rates
    unseen: Rates
    low: Rates
    high: Rates

    @property
    def has_band(self) -> bool:
        """Return whether an interval is known anywhere."""
        return any(low is not None for low in self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One error rate of one scenario over time, at every SNR, and what drifts beneath it.

    Parameters
    ----------
    scenario, snr_name : str
    metric : Metric
    traces : tuple of Trace
    lanes : tuple of EventLane
        What happened to the learners; empty where nobody learned.
    drifts : tuple of DriftLine
    slots_per_block, num_averaged : int
        Slots that a rate is counted over, and how many of these a smooth one is averaged over.
    """

    scenario: str
    snr_name: str
    metric: Metric
    traces: tuple[Trace, ...]
    lanes: tuple[EventLane, ...]
    drifts: tuple[DriftLine, ...]
    slots_per_block: int
    num_averaged: int

    @property
    def snrs_db(self) -> tuple[float, ...]:
        """Return the signal-to-noise ratios in order [dB]."""
        return tuple(sorted({trace.snr_db for trace in self.traces}))

    @property
    def middle_db(self) -> float:
        """Return the SNR in the middle of the grid [dB]."""
        return self.snrs_db[len(self.snrs_db) // 2]

    @property
    def end_slot(self) -> float:
        """Return where the last block of the longest trace ends."""
        return max(trace.slots[-1] for trace in self.traces) + self.slots_per_block / 2

    @property
    def window(self) -> str:
        """Return in words over how many slots a line is averaged."""
        return f"mean over {quantity.count(self.slots_per_block * self.num_averaged)} slots"

    @property
    def note(self) -> str:
        """Return in words what lines, bands and marks are, as far as there are some."""
        words = [f"{quantity.count(self.slots_per_block)} slots a point."]
        if self.num_averaged > 1:
            mean = f"the mean of {self.num_averaged} such points, over no step of the channel."
            words = [f"Lines: {mean}", *words]
            if not all(trace.has_band for trace in self.traces):
                words = [f"Thin: {words[-1]}", f"Thick: {mean}"]
        if any(trace.has_band for trace in self.traces):
            words.append("Shaded: 95 % interval.")
        if any(rate is not None for trace in self.traces for rate in trace.unseen):
            words.append("Open triangle: no error seen, at the rate of one error.")
        return " ".join(words)

    def at(self, snr_db: float) -> "Timeline":
        """Return the traces of one SNR, with the drifts as far as the longest of them."""
        one = replace(
            self,
            traces=tuple(t for t in self.traces if t.snr_db == snr_db),
            lanes=tuple(lane for lane in self.lanes if lane.snr_db == snr_db),
        )
        return replace(one, drifts=tuple(drift.until(one.end_slot) for drift in self.drifts))


def timelines(
    records: Sequence[Record], *, scenario: str, content: Scenario | None
) -> tuple[Timeline, ...]:
    """Return the errors of code words, where there are any, and of bits over time.

    Empty for a scenario whose slots are alike: one that neither drifts nor is one long drop, and
    in which nobody learns.

    Parameters
    ----------
    records : sequence of Record
    scenario : str
    content : Scenario or None
        The scenario itself; without it nothing is known of a drift.
    """
    kept = [r for r in records if r.cell.scenario == scenario and _has_blocks(r)]
    drifts = content is not None and bool(content.drift)
    if not kept or not (drifts or any(_is_one_drop(r) or r.learning is not None for r in kept)):
        return ()
    found = (_timeline(kept, metric, content) for metric in (Metric.BLER, Metric.BER))
    return tuple(timeline for timeline in found if timeline is not None)


def lonely(rates: Rates) -> tuple[int, ...]:
    """Return which rates have a gap on either side, so that no line reaches them."""
    around = (None, *rates, None)
    return tuple(
        i
        for i, rate in enumerate(rates)
        if rate is not None and around[i] is None and around[i + 2] is None
    )


def _has_blocks(record: Record) -> bool:
    return record.course is not None and len(record.course.bit_errors) > 1


def _is_one_drop(record: Record) -> bool:
    course = record.course
    return course is not None and not 0 < course.slots_per_drop < record.num_slots


def _timeline(
    records: Sequence[Record], metric: Metric, content: Scenario | None
) -> Timeline | None:
    sizes = (r.course.slots_per_block for r in records if r.course is not None)
    size = next(sizes, 0)
    gathered = block_counts(records, metric, slots_per_block=size)
    if not gathered:
        return None
    most = max(counts.num_blocks for counts in gathered.values())
    num_averaged = 1 if most <= MOST_ROUGH_BLOCKS else 2 * (most // MOST_ROUGH_BLOCKS) + 1
    num_slots = max(record.num_slots for record in records)
    borders = [
        block for slot in jumps(content, num_slots=num_slots) for block in _around(slot, size)
    ]
    cell = records[0].cell
    return Timeline(
        scenario=cell.scenario,
        snr_name=SNR_NAMES[cell.snr_kind],
        metric=metric,
        traces=tuple(
            _trace(cell.scenario, key, counts, size=size, smoothing=(num_averaged, tuple(borders)))
            for key, counts in gathered.items()
        ),
        lanes=event_lanes(records),
        drifts=drift_lines(content, num_slots=num_slots) if content else (),
        slots_per_block=size,
        num_averaged=num_averaged,
    )


def _around(slot: int, size: int) -> tuple[int, int]:
    """Return the borders around the block in which a slot stands; one where it begins the block."""
    return slot // size, -(-slot // size)


def _trace(
    scenario: str,
    key: PlaceKey,
    counts: BlockCounts,
    *,
    size: int,
    smoothing: tuple[int, tuple[int, ...]],
) -> Trace:
    (receiver, device, snr_db), (num_averaged, borders) = key, smoothing
    number = counts.num_blocks
    alone = window_rates(counts, windows(number, num_averaged=1, borders=()))
    wide = window_rates(counts, windows(number, num_averaged=num_averaged, borders=borders))
    smooth = _rates(wide)
    floor = zip(smooth, wide.events.tolist(), strict=True)
    seen = [None if rate is None else i for i, rate in enumerate(smooth)]
    return Trace(
        curve=Curve(scenario=scenario, receiver=receiver, device=device, points=()),
        snr_db=snr_db,
        slots=tuple((size * (np.arange(number) + 0.5)).tolist()),
        rates=_rates(alone),
        smooth=smooth,
        unseen=tuple(_rounded(1.0 / n) if rate is None and n else None for rate, n in floor),
        low=tuple(None if i is None else _rounded(wide.low[i]) for i in seen),
        high=tuple(None if i is None else _rounded(wide.high[i]) for i in seen),
    )


def _rates(found: WindowRates) -> Rates:
    rates = found.errors / np.maximum(found.events, 1)
    return tuple(_rounded(rate) if rate > 0 else None for rate in rates.tolist())


def _rounded(value: float | NDArray[np.float64]) -> float | None:
    return float(f"{value:.5g}") if np.isfinite(value) else None
