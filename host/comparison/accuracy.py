# SPDX-License-Identifier: Apache-2.0
r"""Error rates of two results on the same slots, and how far chance moves their difference.

Slot i of a scenario, SNR and seed is the same slot in both results, so what is drawn anew
(bootstrap) is the drop, with the errors that both made in it:

.. math:: \Delta = \frac{\sum_d (e^B_d - e^A_d)}{\sum_d n_d}

with e errors and n events of drop d. A hard slot is hard for both and does not widen the interval.

Source
------
B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), section 13.3; for the least
number of drops that differ, the exact sign test: 2 * 2^-6 is the first below 5 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from channels.randomness import generator
from host.comparison.difference import ACCURACY, Difference, Verdict
from host.course import Course
from host.experiment import Metric
from host.record import Measurement, Record

NUM_REPLICATES = 2000
FEWEST_DROPS = 64
FEWEST_UNEQUAL = 6
_CHUNK = 50

PAIRED = f"same slots, {NUM_REPLICATES} bootstrap draws of the drops"
UNPAIRED = "the intervals of both, as if their slots were others"

Pair = tuple[Record, Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Errors of two results in the drops that both saw, float64 [num_drops] each."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    events: NDArray[np.float64]


def metric_difference(pairs: Sequence[Pair], metric: Metric, *, place: str) -> Difference | None:
    """Compare one figure of trials that saw the same slots, a pair a seed; None if one lacks it.

    Parameters
    ----------
    pairs : sequence of (Record, Record)
        At least one; of one scenario and SNR.
    metric : Metric
    place : str
        Says which point it is.
    """
    told = [(a.metrics.get(metric), b.metrics.get(metric)) for a, b in pairs]
    known = [(a, b) for a, b in told if a is not None and b is not None]
    if not known or len(known) < len(pairs):
        return None
    parts = [part for a, b in pairs if (part := shared_drops(a, b, metric)) is not None]
    if len(parts) == len(pairs) and sum(len(part.events) for part in parts) >= FEWEST_DROPS:
        return _paired(parts, metric, place=place)
    return _unpaired(known, metric, place=place)


def shared_drops(a: Record, b: Record, metric: Metric) -> Shared | None:
    """Return what both saw, cut to the shorter trial; None where slots were not kept alike."""
    one, other = a.course, b.course
    if one is None or other is None or metric is Metric.RATE:
        return None
    same = ("slots_per_drop", "slots_per_block", "bits_per_slot", "words_per_slot")
    if any(getattr(one, key) != getattr(other, key) for key in same):
        return None
    num_slots = min(a.num_slots, b.num_slots)
    counted = _by_block if metric is Metric.BER else _by_word
    errors, events, unit = counted(one, other, num_slots=num_slots)
    if unit is None or not len(events):
        return None
    starts = np.arange(0, len(events), unit)
    first, second, of = (np.add.reduceat(x, starts) for x in (*errors, events))
    return Shared(a=first, b=second, events=of)


_Counted = tuple[Sequence[NDArray[np.float64]], NDArray[np.float64], int | None]
"""Errors of both, events, and how many in a row share a drop; None where blocks cut drops."""


def _by_block(one: Course, other: Course, *, num_slots: int) -> _Counted:
    """Count wrong bits block by block, as they were kept; a last block that is cut is left out."""
    block, drop = one.slots_per_block, one.slots_per_drop or num_slots
    number = num_slots // block
    errors = [np.array(course.bit_errors[:number], np.float64) for course in (one, other)]
    unit = 1 if block % drop == 0 else drop // block if drop % block == 0 else None
    return errors, np.full(number, float(block * one.bits_per_slot)), unit


def _by_word(one: Course, other: Course, *, num_slots: int) -> _Counted:
    """Count wrong code words slot by slot."""
    words = [course.block_errors(num_slots) for course in (one, other)]
    errors = [found.astype(np.float64) for found in words if found is not None]
    events = np.full(num_slots if len(errors) == len(words) else 0, float(one.words_per_slot))
    return errors, events, one.slots_per_drop or num_slots


def _paired(parts: Sequence[Shared], metric: Metric, *, place: str) -> Difference:
    a = np.concatenate([part.a for part in parts])
    b = np.concatenate([part.b for part in parts])
    events = np.concatenate([part.events for part in parts])
    low, high = interval(b - a, events)
    verdict = _verdict(a, b, low=low, high=high)
    return Difference(
        group=ACCURACY,
        place=place,
        what=metric.upper(),
        unit="1",
        a=float(a.sum() / events.sum()),
        b=float(b.sum() / events.sum()),
        low=low,
        high=high,
        verdict=verdict,
        method=PAIRED,
        is_gated=verdict is Verdict.BEYOND,
    )


def interval(difference: NDArray[np.float64], events: NDArray[np.float64]) -> tuple[float, float]:
    """Return the middle 95 % of the mean difference an event, drops drawn anew.

    Parameters
    ----------
    difference, events : float64 [num_drops]
    """
    number = len(difference)
    rates: list[NDArray[np.float64]] = []
    for index in range(NUM_REPLICATES // _CHUNK):
        rng = generator(seed=0, stream="comparison", index=index)
        chosen = rng.integers(0, number, (_CHUNK, number))
        rates.append(difference[chosen].sum(1) / events[chosen].sum(1))
    low, high = np.quantile(np.concatenate(rates), (0.025, 0.975))
    return float(low), float(high)


def _verdict(a: NDArray[np.float64], b: NDArray[np.float64], *, low: float, high: float) -> Verdict:
    if np.array_equal(a, b):
        return Verdict.EQUAL
    if low <= 0 <= high:
        return Verdict.WITHIN
    return Verdict.BEYOND if np.count_nonzero(a != b) >= FEWEST_UNEQUAL else Verdict.FEW


def _unpaired(
    known: Sequence[tuple[Measurement, Measurement]], metric: Metric, *, place: str
) -> Difference:
    """Compare means over seeds; their spreads add up by squares, as of independent figures."""
    a, b = (sum(pair[i].value for pair in known) / len(known) for i in (0, 1))
    spreads = [_half_width(figure) for pair in known for figure in pair]
    told = [spread for spread in spreads if spread is not None]
    verdict, low, high = Verdict.EQUAL, None, None
    if len(told) < len(spreads):
        verdict = Verdict.EQUAL if a == b else Verdict.UNKNOWN
    else:
        half = math.sqrt(sum(spread**2 for spread in told)) / len(known)
        low, high = b - a - half, b - a + half
        verdict = Verdict.BEYOND if abs(b - a) > half else Verdict.WITHIN
        verdict = Verdict.EQUAL if a == b else verdict
    return Difference(
        group=ACCURACY,
        place=place,
        what=metric.upper(),
        unit=known[0][0].unit,
        a=a,
        b=b,
        low=low,
        high=high,
        verdict=verdict,
        method=UNPAIRED,
        is_gated=verdict is Verdict.BEYOND and metric is not Metric.RATE,
    )


def _half_width(figure: Measurement) -> float | None:
    if figure.low is None or figure.high is None:
        return None
    return max(figure.high - figure.value, figure.value - figure.low)
