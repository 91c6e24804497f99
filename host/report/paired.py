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
    f"fewer than {FEWEST_DROPS} drops. It does not count the reading between the points."
)

CurveKey = tuple[str, str]
"""Receiver and device."""

_CHUNK = 200
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
    mapping to float64 [NUM_REPLICATES]
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
    draws = [_draw(told, index, target=target) for index in range(NUM_REPLICATES // _CHUNK)]
    return {key: np.concatenate([draw[key] for draw in draws]) for key in told}


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


def _draw(
    curves: Mapping[CurveKey, Mapping[float, _Tally]], index: int, *, target: float
) -> dict[CurveKey, NDArray[np.float64]]:
    """Draw the drops `_CHUNK` times and read every curve from each draw."""
    if not curves:
        return {}
    num_drops = len(next(iter(next(iter(curves.values())).values())).words)
    rng = generator(seed=0, stream="report/paired", index=index)
    chosen = rng.integers(0, num_drops, (_CHUNK, num_drops))
    chosen += num_drops * np.arange(_CHUNK)[:, None]
    times = np.bincount(chosen.reshape(-1), minlength=_CHUNK * num_drops)
    weights = times.reshape(_CHUNK, num_drops).astype(np.float64)
    return {key: _crossing(points, weights, target=target) for key, points in curves.items()}


def _crossing(
    points: Mapping[float, _Tally], weights: NDArray[np.float64], *, target: float
) -> NDArray[np.float64]:
    errors = weights @ np.stack([tally.errors for tally in points.values()], axis=1)
    words = weights @ np.stack([tally.words for tally in points.values()], axis=1)
    least = np.array([0.5 / tally.words.sum() for tally in points.values()])
    rates = np.where(errors > 0, errors / np.maximum(words, 1.0), least)
    # A point none of whose drops was drawn is not known.
    return crossings(list(points), np.where(words > 0, rates, np.nan), target=target)
