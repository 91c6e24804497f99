# SPDX-License-Identifier: Apache-2.0
r"""How much of what a step of the channel cost each learner has won back, and how soon.

With the bit error rates F of the frozen network, L of a learner and G of a genie, and with
:math:`d(X, Y) = \log_{10} X - \log_{10} Y` over the same slots, the share of the gap that is closed
t slots after the step is

.. math:: R(t) = \frac{d_t(F, L)}{d_{end}(F, G)}

Above, window t holds the slots from 3/4 t to t after the step; below, the window is the last
quarter of the stretch up to the next jump, where the genie has learned longest. R is 0 for the
frozen network, 1 for the genie at the end, and below 0 for a learner that made things worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.report.learning.contest import Contest, Entrant
from host.report.learning.paired_blocks import PairedBlocks, half_width, paired_blocks
from host.report.required import Estimate
from host.report.stretches import Stretch

SLOTS_SINCE_STEP = (1_000, 2_000, 4_000, 8_000, 16_000, 24_000, 50_000)
TARGETS = (0.8, 0.95)
SMALLEST_GAP = 0.1
"""Decades of bit error rate between frozen network and genie below which nothing is to be won."""

_FROZEN, _LEARNER, _GENIE = 0, 1, 2
_MARGIN = 0.9
_MOST_POINTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How one learner recovers from one step.

    Parameters
    ----------
    learner : Entrant
    step : Stretch
        From the step to the next one, or to the end.
    gap_decades : float
        d(F, G) at the end.
    after : tuple of int
        Slots since the step.
    closed : tuple of Estimate
        R at each of `after`; no value where the gap is below `SMALLEST_GAP`.
    reached : tuple of Estimate [slots]
        When R first reaches each of `TARGETS`, to a block; None where it does not. The ends are
        where the upper and the lower end of the interval of R first do, as far as that is known.
    course : tuple of Estimate
        R behind every block since the step; empty where the gap is below `SMALLEST_GAP`.
    slots_per_block : int
    """

    learner: Entrant
    step: Stretch
    gap_decades: float
    after: tuple[int, ...]
    closed: tuple[Estimate, ...]
    reached: tuple[Estimate, ...]
    course: tuple[Estimate, ...]
    slots_per_block: int

    @property
    def num_slots(self) -> int:
        """Return the slots since the step that were seen."""
        return self.after[-1]


def recoveries(contest: Contest, step: Stretch) -> tuple[Recovery, ...]:
    """Return how each learner recovers from a step; those without frozen or genie are left out."""
    found: list[Recovery] = []
    for learner in contest.learners:
        frozen, genie = contest.frozen(learner), contest.genie(learner)
        paired = paired_blocks([frozen, learner, genie]) if frozen and genie else None
        one = _recovery(paired, learner, step) if paired else None
        found += [one] if one else []
    return tuple(found)


def points(num_slots: int) -> tuple[int, ...]:
    """Return the slots since a step at which recovery is told, the end of the stretch the last."""
    inside = [slots for slots in SLOTS_SINCE_STEP if slots <= _MARGIN * num_slots]
    return (*inside[-_MOST_POINTS:], num_slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """The blocks of one stretch, and the gap at its end."""

    paired: PairedBlocks
    first: int
    end: int

    @property
    def last_quarter(self) -> slice:
        return slice(self.end - max(1, (self.end - self.first) // 4), self.end)

    def window(self, end: int) -> slice:
        """Return the last quarter of the blocks between the step and a block."""
        return slice(end - max(1, (end - self.first) // 4), end)


def _recovery(paired: PairedBlocks, learner: Entrant, step: Stretch) -> Recovery | None:
    size = paired.slots_per_block
    first, end = -(-step.first_slot // size), min(step.end_slot // size, paired.num_blocks)
    if end - first < 1:
        return None
    trial = _Trial(paired=paired, first=first, end=end)
    gap = paired.decades(over=_FROZEN, under=_GENIE, span=trial.last_quarter).value
    after = points((end - first) * size)
    if gap < SMALLEST_GAP:
        closed: tuple[Estimate, ...] = tuple(Estimate() for _ in after)
        reached: tuple[Estimate, ...] = tuple(Estimate() for _ in TARGETS)
        course: tuple[Estimate, ...] = ()
    else:
        closed = tuple(_closed(trial, first + max(1, slots // size)) for slots in after)
        course = tuple(_closed(trial, i) for i in range(first + 1, end + 1))
        reached = tuple(_reached(course, target, size=size) for target in TARGETS)
    return Recovery(
        learner=learner,
        step=step,
        gap_decades=gap,
        after=after,
        closed=closed,
        reached=reached,
        course=course,
        slots_per_block=size,
    )


def _closed(trial: _Trial, end: int) -> Estimate:
    """Return R in the window that ends before a block."""
    paired, window, last = trial.paired, trial.window(end), trial.last_quarter
    won = paired.decades(over=_FROZEN, under=_LEARNER, span=window)
    gap = paired.decades(over=_FROZEN, under=_GENIE, span=last)
    share = won.value / gap.value
    spread = _placed(trial, won.shares, window) - share * _placed(trial, gap.shares, last)
    num_units = min(len(won.shares), len(gap.shares))
    half = half_width(spread / gap.value, num_units=num_units)
    if half is None:
        return Estimate(value=share)
    return Estimate(value=share, low=share - half, high=share + half)


def _placed(trial: _Trial, shares: NDArray[np.float64], span: slice) -> NDArray[np.float64]:
    """Return shares at the places of their blocks, so that those of a block in common add up."""
    if not trial.paired.blocks_are_units:
        return shares
    whole = np.zeros((trial.paired.num_seeds, trial.end))
    whole[:, span] = shares.reshape(trial.paired.num_seeds, -1)
    return whole


def _reached(course: Sequence[Estimate], target: float, *, size: int) -> Estimate:
    """Return after how many slots a course of R, block by block, first reaches a target.

    An end is told where R has an interval when it is reached: the first blocks often have none.
    """
    value = _first([one.value for one in course], target)
    if value is None:
        return Estimate()
    known = _first([1.0 if one.low is not None else None for one in course], 1.0)
    slots = float((value + 1) * size)
    if known is None or known > value:
        return Estimate(value=slots)
    soonest = _first([one.high for one in course], target)
    latest = _first([one.low for one in course], target)
    return Estimate(
        value=slots,
        low=None if soonest in (None, known) else float((soonest + 1) * size),
        high=None if latest is None else float((latest + 1) * size),
    )


def _first(course: Sequence[float | None], target: float) -> int | None:
    return next(
        (i for i, value in enumerate(course) if value is not None and value >= target), None
    )
