# SPDX-License-Identifier: Apache-2.0
"""What the rehearsal curves say for a receiver: how many frames to keep, which parameters to train.

A linear model of a network that is not linear: one label is one equation, one parameter one
unknown, features are independent. It says on which side of p = n + s a learner stands, and where
more memory stops paying; it does not say what bit error rate comes out.

    labels a slot * slots a mini-batch = n, what the learner has of the new channel
    frames * labels a slot             = s, what it keeps of the old one
    parameters that are trained        = p; the others keep their share of both gaps, which acts
                                         on the trained ones as noise
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from receivers.theory.errors import TheoryError
from receivers.theory.rehearsal import Errors, Rehearsal, expected

_WITHIN = 1.02
_FINE_FRAMES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """What a learner meets: its labels, and how far apart the channels are.

    Parameters
    ----------
    labels_per_slot : int
        Masked reference symbols of a slot, 1 or more.
    slots_per_batch : int
        Slots that the learner has of the new channel, 1 or more.
    noise_std : float
        sigma of a label, in the unit of the gaps.
    old_gap, new_gap : float
        How far the weights are from either channel's optimum where learning starts.
    distance : float
        How far the optima are from each other.

    Raises
    ------
    TheoryError
        If a count is below 1.
    """

    labels_per_slot: int
    slots_per_batch: int
    noise_std: float
    old_gap: float
    new_gap: float
    distance: float

    def __post_init__(self) -> None:
        for setting in ("labels_per_slot", "slots_per_batch"):
            if getattr(self, setting) < 1:
                raise TheoryError(setting=setting, problem="it must be 1 or more")

    @property
    def num_new(self) -> int:
        """Return n."""
        return self.labels_per_slot * self.slots_per_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedSet:
    """Parameters that a learner may move.

    Parameters
    ----------
    name : str
    num_parameters : int
        At least 2.
    share : float
        Share of the squared gaps and of the squared distance that lies in them, 0..1.
    """

    name: str
    num_parameters: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Errors of one trained set with one number of frames kept."""

    trained: TrainedSet
    num_frames: int
    num_rehearsed: int
    errors: Errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What the curve of one trained set says.

    Parameters
    ----------
    trained : TrainedSet
    best : Point
        The smallest buffer within 2 % of the least mean error.
    small : Point or None
        The same below p = n + s, None where no buffer is.
    again_from : int or None
        The fewest frames above p = n + s that beat `small`: buffers between the two are worse than
        the small one. None where there is no `small`, or nothing beats it.
    curve : tuple of Point
    """

    trained: TrainedSet
    best: Point
    small: Point | None
    again_from: int | None
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The advice for every trained set, and the one to follow.

    Parameters
    ----------
    chosen : Advice
        That of the least mean error; its `best` is the buffer.
    buffer_bytes : int
    advice : tuple of Advice
        In the order that was given.
    """

    chosen: Advice
    buffer_bytes: int
    advice: tuple[Advice, ...]


def evenly(counts: Sequence[tuple[str, int]]) -> tuple[TrainedSet, ...]:
    """Return trained sets whose share of the gaps is their share of the largest of them.

    Raises
    ------
    TheoryError
        If there is none, a name stands twice or a count is below 2.
    """
    if not counts:
        raise TheoryError(setting="trained", problem="name one set of parameters or more")
    if len({name for name, _ in counts}) < len(counts):
        raise TheoryError(setting="trained", problem="each name may stand once")
    if min(count for _, count in counts) < 2:
        raise TheoryError(setting="trained", problem="a set has 2 parameters or more")
    most = max(count for _, count in counts)
    return tuple(
        TrainedSet(name=name, num_parameters=count, share=count / most) for name, count in counts
    )


def recommend(
    air: Air, trained_sets: Sequence[TrainedSet], *, frame_bytes: int, max_frames: int
) -> Recommendation:
    """Read buffer and trained set off the expected errors over 0 to `max_frames` frames.

    Parameters
    ----------
    frame_bytes : int
        What one frame takes in the buffer, 1 or more.
    max_frames : int
        The largest buffer, 0 or more.

    Raises
    ------
    TheoryError
        If a figure is out of its range, or a set has no finite expected error in any buffer.
    """
    if frame_bytes < 1 or max_frames < 0:
        problem = "frame_bytes must be 1 or more, max_frames 0 or more"
        raise TheoryError(setting="buffer", problem=problem)
    advice = tuple(_advise(air, trained, max_frames) for trained in trained_sets)
    chosen = min(advice, key=lambda one: one.best.errors.generalisation)
    return Recommendation(
        chosen=chosen, buffer_bytes=chosen.best.num_frames * frame_bytes, advice=advice
    )


def case_of(air: Air, trained: TrainedSet) -> Rehearsal:
    """Return the rehearsal model of a trained set: what stays frozen is noise on the labels."""
    inside, frozen = trained.share**0.5, 1.0 - trained.share
    return Rehearsal(
        num_parameters=trained.num_parameters,
        num_new=air.num_new,
        noise_old=(air.noise_std**2 + frozen * air.old_gap**2) ** 0.5,
        noise_new=(air.noise_std**2 + frozen * air.new_gap**2) ** 0.5,
        old_gap=inside * air.old_gap,
        new_gap=inside * air.new_gap,
        distance=inside * air.distance,
    )


def _point(air: Air, trained: TrainedSet, num_frames: int) -> Point:
    num_rehearsed = num_frames * air.labels_per_slot
    found = expected(case_of(air, trained), num_rehearsed)
    frozen = 1.0 - trained.share
    return Point(
        trained=trained,
        num_frames=num_frames,
        num_rehearsed=num_rehearsed,
        errors=Errors(
            adaptation=found.adaptation + frozen * air.new_gap**2,
            memory=found.memory + frozen * air.old_gap**2,
        ),
    )


def _advise(air: Air, trained: TrainedSet, max_frames: int) -> Advice:
    curve = tuple(_point(air, trained, frames) for frames in _steps(max_frames))
    edge = trained.num_parameters - air.num_new
    finite = [point for point in curve if math.isfinite(point.errors.generalisation)]
    if not finite:
        problem = f"{trained.name}: every buffer puts n + s at the number of parameters"
        raise TheoryError(setting="trained", problem=problem)
    below = [point for point in finite if point.num_rehearsed < edge]
    small = _smallest_good(below) if below else None
    beyond = (
        point.num_frames
        for point in finite
        if small
        and point.num_rehearsed > edge
        and point.errors.generalisation < small.errors.generalisation
    )
    return Advice(
        trained=trained,
        best=_smallest_good(finite),
        small=small,
        again_from=min(beyond, default=None),
        curve=curve,
    )


def _steps(max_frames: int) -> tuple[int, ...]:
    """Return every number of frames up to 64, then steps of 3 %, and the largest buffer."""
    steps = list(range(min(max_frames, _FINE_FRAMES) + 1))
    while steps[-1] < max_frames:
        steps.append(min(max_frames, math.ceil(1.03 * steps[-1])))
    return tuple(steps)


def _smallest_good(points: Sequence[Point]) -> Point:
    """Return the point with the fewest frames within 2 % of the least mean error."""
    least = min(point.errors.generalisation for point in points)
    return next(point for point in points if point.errors.generalisation <= _WITHIN * least)
