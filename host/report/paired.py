# SPDX-License-Identifier: Apache-2.0
"""How well crossings are known: slots are drawn again and again, the same ones for every curve.

Slot i of a scenario and seed is the same slot for every receiver and every point, so a hard slot is
hard for all of them and shifts all curves alike. Drawing the slots anew (bootstrap) and reading
every curve from the same draw keeps that: the spread of a *difference* of two crossings is then the
one that remains, often many times narrower than the curves' own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from channels.randomness import generator
from host.experiment import Metric
from host.record import Record
from host.report.crossing import crossings

NUM_REPLICATES = 2000
FEWEST_DROPS = 64
"""Curves that saw fewer independent drops at a point get no interval: it would promise too much."""

METHOD = (
    f"In brackets: 95 % interval from {NUM_REPLICATES} bootstrap draws of the drops, the same for "
    "every receiver and point, so that gaps are known better than curves; none where a point saw "
    f"fewer than {FEWEST_DROPS} drops. It does not count the reading between the points, and "
    "is approximate where errors ended the trials."
)

CurveKey = tuple[str, str]
"""Receiver and device."""

_CHUNK = 50
"""Replicates that are drawn at a time; a matter of memory, but the draws depend on it."""

_TAIL = 0.025


@dataclass(slots=True, kw_only=True)
class _Tally:
    """Wrong and all code words of one point in every drop, float64 [num_drops]."""

    errors: NDArray[np.float64]
    words: NDArray[np.float64]


def resampled(
    records: Sequence[Record], *, target: float
) -> Mapping[CurveKey, NDArray[np.float64]]:
    """Read the crossing of every block-error curve from the same draws of the slots.

    The drops (seed, number) of all records are drawn with replacement; a trial that ended early
    brings the drops it has. A point without an error counts as half an error.

    Parameters
    ----------
    records : sequence of Record
        Of one scenario.
    target : float
        Error rate.

    Returns
    -------
    mapping to arrays of NUM_REPLICATES
        As `crossings` returns them. Curves whose slots were not kept, or which saw fewer than
        `FEWEST_DROPS` drops at a point, are left out.

    Source
    ------
    B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), sections 8.5 and 13.3.
    """
    coded = [r for r in records if Metric.BLER in r.metrics]
    kept = {(r.cell.receiver, r.cell.device): True for r in coded}
    for record in coded:
        if record.course is None or record.course.wrong_words is None:
            kept[record.cell.receiver, record.cell.device] = False
    tallies = _tallies([r for r in coded if kept[r.cell.receiver, r.cell.device]])
    told = {
        key: points
        for key, points in tallies.items()
        if min(np.count_nonzero(tally.words) for tally in points.values()) >= FEWEST_DROPS
    }
    if not told:
        return {}
    rates = _redrawn([tally for points in told.values() for tally in points.values()])
    ends = np.cumsum([len(points) for points in told.values()])[:-1]
    return {
        key: crossings(list(points), part, target=target)
        for (key, points), part in zip(told.items(), np.split(rates, ends, axis=1), strict=True)
    }


def percentiles(values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """Return the middle 95 % of the replicates; None for an end that is not finite.

    A replicate that is not a number may lie anywhere and counts against both ends.
    """
    skip = int(_TAIL * len(values))
    low = float(np.sort(np.where(np.isnan(values), -np.inf, values))[skip])
    high = float(np.sort(np.where(np.isnan(values), np.inf, values))[-1 - skip])
    return (low if np.isfinite(low) else None, high if np.isfinite(high) else None)


def _tallies(records: Sequence[Record]) -> dict[CurveKey, dict[float, _Tally]]:
    counted = [(record, *_by_drop(record)) for record in records]
    longest: dict[int, int] = {}
    for record, errors, _ in counted:
        longest[record.cell.seed] = max(longest.get(record.cell.seed, 0), len(errors))
    first = dict(zip(longest, np.cumsum([0, *longest.values()]).tolist(), strict=False))
    found: dict[CurveKey, dict[float, _Tally]] = {}
    for record, errors, words in counted:
        cell = record.cell
        points = found.setdefault((cell.receiver, cell.device), {})
        empty = _Tally(
            errors=np.zeros(sum(longest.values())), words=np.zeros(sum(longest.values()))
        )
        tally = points.setdefault(cell.snr_db, empty)
        place = slice(first[cell.seed], first[cell.seed] + len(errors))
        tally.errors[place] += errors
        tally.words[place] += words
    return {key: dict(sorted(points.items())) for key, points in found.items()}


def _by_drop(record: Record) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return wrong and all code words of each drop, int64 [num_drops] each."""
    course, num_slots = record.course, record.num_slots
    errors = None if course is None else course.block_errors(num_slots)
    if course is None or errors is None:
        raise ValueError("the record keeps no course of code words")
    starts = np.arange(0, num_slots, course.slots_per_drop or num_slots)
    words = np.full(num_slots, course.words_per_slot)
    return np.add.reduceat(errors, starts), np.add.reduceat(words, starts)


def _redrawn(points: Sequence[_Tally]) -> NDArray[np.float64]:
    """Return the error rate of each point in each draw: a row a draw, a column a point."""
    errors = np.stack([tally.errors for tally in points], axis=1)
    # Most trials are equally long: what they have in common is added up once.
    words, alike = np.unique(
        np.stack([tally.words for tally in points], axis=1), axis=1, return_inverse=True
    )
    both = np.concatenate([errors, words], axis=1)
    chunks = range(NUM_REPLICATES // _CHUNK)
    sums = np.concatenate([_draw(len(both), index) @ both for index in chunks])
    seen, of = sums[:, : len(points)], sums[:, len(points) :][:, alike]
    half = np.array([0.5 / tally.words.sum() for tally in points])
    rates = np.where(seen > 0, seen / np.maximum(of, 1.0), half)
    return np.where(of > 0, rates, np.nan)  # a point none of whose drops was drawn is not known


def _draw(num_drops: int, index: int) -> NDArray[np.float64]:
    """Return how often each drop comes in each of `_CHUNK` draws, a row a draw."""
    rng = generator(seed=0, stream="report/paired", index=index)
    chosen = rng.integers(0, num_drops, (_CHUNK, num_drops))
    chosen += num_drops * np.arange(_CHUNK)[:, None]
    times = np.bincount(chosen.reshape(-1), minlength=_CHUNK * num_drops)
    return times.reshape(_CHUNK, num_drops).astype(np.float64)
