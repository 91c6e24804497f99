# SPDX-License-Identifier: Apache-2.0
"""Errors over time: block by block, where the air drifts or is followed through one long drop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from channels.scenario import Scenario
from host.experiment import Metric
from host.record import Record
from host.report.curves import SNR_NAMES, Curve
from host.report.drift_lines import DriftLine, drift_lines

_MOST_ROUGH_BLOCKS = 40
"""Lines of more blocks are averaged over neighbours as well, so that the eye can follow."""

Rates = tuple[float | None, ...]
_Key = tuple[str, str, float]


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
    """

    curve: Curve
    snr_db: float
    slots: tuple[float, ...]
    rates: Rates
    smooth: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One error rate of one scenario over time, at every SNR, and what drifts beneath it.

    Parameters
    ----------
    scenario, snr_name : str
    metric : Metric
    traces : tuple of Trace
    drifts : tuple of DriftLine
    slots_per_block, num_averaged : int
        Slots that a rate is counted over, and how many of these a smooth one is averaged over.
    """

    scenario: str
    snr_name: str
    metric: Metric
    traces: tuple[Trace, ...]
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
    def note(self) -> str:
        """Return in words what a point is, and what a gap is where there is one."""
        words = [f"{self.slots_per_block} slots a point."]
        if self.num_averaged > 1:
            words = [f"Thin: {words[0]}", f"Thick: the mean of {self.num_averaged} such points."]
        if any(rate is None for trace in self.traces for rate in trace.rates):
            words.append("Gaps: no error seen.")
        return " ".join(words)

    def at(self, snr_db: float) -> "Timeline":
        """Return the traces of one SNR, with the drifts as far as the longest of them."""
        one = replace(self, traces=tuple(t for t in self.traces if t.snr_db == snr_db))
        return replace(one, drifts=tuple(drift.until(one.end_slot) for drift in self.drifts))


def timelines(
    records: Sequence[Record], *, scenario: str, content: Scenario | None
) -> tuple[Timeline, ...]:
    """Return the errors of code words, where there are any, and of bits over time.

    Empty for a scenario whose slots are alike: one that neither drifts nor is one long drop.

    Parameters
    ----------
    records : sequence of Record
    scenario : str
    content : Scenario or None
        The scenario itself; without it nothing is known of a drift.
    """
    kept = [r for r in records if r.cell.scenario == scenario and _has_blocks(r)]
    if not any(_is_one_drop(r) for r in kept) and (content is None or not content.drift):
        return ()
    num_slots = max((record.num_slots for record in kept), default=0)
    drifts = drift_lines(content, num_slots=num_slots) if content and kept else ()
    found = (_timeline(kept, metric, drifts) for metric in (Metric.BLER, Metric.BER))
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
    records: Sequence[Record], metric: Metric, drifts: tuple[DriftLine, ...]
) -> Timeline | None:
    sizes = (r.course.slots_per_block for r in records if r.course is not None)
    size = next(sizes, 0)
    gathered = _gathered(records, metric, slots_per_block=size)
    if not gathered:
        return None
    most = max(counts.shape[1] for counts in gathered.values())
    num_averaged = 1 if most <= _MOST_ROUGH_BLOCKS else 2 * (most // _MOST_ROUGH_BLOCKS) + 1
    cell = records[0].cell
    return Timeline(
        scenario=cell.scenario,
        snr_name=SNR_NAMES[cell.snr_kind],
        metric=metric,
        traces=tuple(
            Trace(
                curve=Curve(scenario=cell.scenario, receiver=receiver, device=device, points=()),
                snr_db=snr_db,
                slots=tuple((size * (np.arange(counts.shape[1]) + 0.5)).tolist()),
                rates=_rates(counts, num_averaged=1),
                smooth=_rates(counts, num_averaged=num_averaged),
            )
            for (receiver, device, snr_db), counts in gathered.items()
        ),
        drifts=drifts,
        slots_per_block=size,
        num_averaged=num_averaged,
    )


def _gathered(
    records: Sequence[Record], metric: Metric, *, slots_per_block: int
) -> Mapping[_Key, NDArray[np.int64]]:
    """Return wrong and all events of each block, int64 [2, num_blocks], the seeds put together."""
    found: dict[_Key, NDArray[np.int64]] = {}
    for record in records:
        counts = _counts(record, metric, slots_per_block=slots_per_block)
        if counts is not None:
            key = (record.cell.receiver, record.cell.device, record.cell.snr_db)
            found[key] = _sum(found[key], counts) if key in found else counts
    return found


def _counts(record: Record, metric: Metric, *, slots_per_block: int) -> NDArray[np.int64] | None:
    course = record.course
    if course is None or course.slots_per_block != slots_per_block:
        return None
    lengths = course.block_lengths(record.num_slots)
    if metric is Metric.BER:
        return np.stack([np.array(course.bit_errors), course.bits_per_slot * lengths])
    errors = course.block_errors(record.num_slots)
    if errors is None:
        return None
    starts = np.arange(0, record.num_slots, slots_per_block)
    return np.stack([np.add.reduceat(errors, starts), course.words_per_slot * lengths])


def _sum(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add the counts of two trials, of which one may have ended earlier."""
    whole = np.zeros((2, max(one.shape[1], other.shape[1])), dtype=np.int64)
    whole[:, : one.shape[1]] += one
    whole[:, : other.shape[1]] += other
    return whole


def _rates(counts: NDArray[np.int64], *, num_averaged: int) -> Rates:
    ends = slice(num_averaged // 2, num_averaged // 2 + counts.shape[1])
    errors, events = (np.convolve(row, np.ones(num_averaged))[ends] for row in counts)
    return tuple(
        float(f"{e / n:.5g}") if e > 0 else None for e, n in zip(errors, events, strict=True)
    )
