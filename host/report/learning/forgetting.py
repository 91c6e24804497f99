# SPDX-License-Identifier: Apache-2.0
r"""What learning one channel does to others: error rates of the deployed weights, try by try.

With :math:`b_{t,c}` the bit error rate of the weights of try t on channel c of the probe, after the
last try T channel c is forgotten by

.. math:: f_c = \log_{10} b_{T,c} - \min_{t < T} \log_{10} b_{t,c}, \qquad
          F = \frac{1}{C} \sum_c f_c

decades: how far the weights of the end are from the best that ever served. Below 0, they are better
than any before. The best is picked from noisy counts, so that F is a little high where counts are
small; all tries see the same slots, which takes most of that noise away.

Source
------
A. Chaudhry, P. K. Dokania, T. Ajanthan, P. H. S. Torr, Riemannian walk for incremental learning,
ECCV 2018, section 3, for the forgetting measure, there of accuracies and over the tasks before the
last; D. Lopez-Paz, M. Ranzato, Gradient episodic memory for continual learning, NeurIPS 2017,
equation 3, whose backward transfer starts from the try right after a task instead of the best.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.record import Probed, Record
from host.report.learning.contest import Contest, Entrant
from host.report.learning.paired_blocks import FEWEST_UNITS, decades, ratio
from host.report.required import Estimate

_Parts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedChannel:
    """What the tries of one learner counted on one channel, over its seeds.

    Parameters
    ----------
    name : str
        The scenario.
    slots : tuple of int
        Slots learned from before each try.
    errors : int64 [num_tries]
    num_bits : int
        Of one try.
    parts : int64 [num_tries, num_parts] or None
        The errors of each try by groups of slots; None where they were not kept.
    """

    name: str
    slots: tuple[int, ...]
    errors: NDArray[np.int64]
    num_bits: int
    parts: _Parts | None

    @property
    def rates(self) -> NDArray[np.float64]:
        """Return the bit error rate of each try, half an error for none, float64 [num_tries]."""
        return np.maximum(self.errors, 0.5) / self.num_bits

    @property
    def i_best(self) -> int:
        """Return the best try before the last."""
        return int(np.argmin(self.errors[:-1])) if len(self.errors) > 1 else 0

    @property
    def forgotten_decades(self) -> float:
        """Return how far the last try is above the best before it, in decades."""
        return float(np.log10(self.rates[-1] / self.rates[self.i_best]))

    def rate(self, i_try: int) -> Estimate:
        """Return the bit error rate of one try."""
        from host.tally import effective_number, interval

        value = float(self.errors[i_try]) / self.num_bits
        if self.parts is None or self.parts.shape[1] < FEWEST_UNITS:
            return Estimate(value=value)
        sizes = np.full(self.parts.shape[1], self.num_bits // self.parts.shape[1], dtype=np.int64)
        ends = interval(value, effective_number(self.parts[i_try], sizes))
        return Estimate(value=value, low=ends[0], high=ends[1]) if ends else Estimate(value=value)

    @property
    def change(self) -> Estimate:
        """Return the rate of the last try by that of the first, from the same slots."""
        parts = self.errors[:, None] if self.parts is None else self.parts
        first, last = (parts[i].astype(np.float64) for i in (0, -1))
        if not first.any() or not last.any():
            return Estimate(value=float(self.rates[-1] / self.rates[0]))
        return ratio(decades(last, first))


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The probed channels of one learner."""

    learner: Entrant
    channels: tuple[ProbedChannel, ...]

    @property
    def forgotten_decades(self) -> float:
        """Return F, the mean over the channels."""
        return float(np.mean([channel.forgotten_decades for channel in self.channels]))


def memories(contest: Contest) -> tuple[Memory, ...]:
    """Return the probed channels of every learner that was probed."""
    found = (
        Memory(learner=learner, channels=_channels(learner.records)) for learner in contest.learners
    )
    return tuple(memory for memory in found if memory.channels)


def _channels(records: Sequence[Record]) -> tuple[ProbedChannel, ...]:
    plans = [record.cell.probe for record in records]
    tries = [record.learning.probes for record in records if record.learning is not None]
    if plans[0] is None or not all(tries):
        return ()
    common = [_at_same_slots(several) for several in zip(*tries, strict=False)]
    kept = [several for several in common if several]
    return tuple(_channel(name, i, kept) for i, name in enumerate(plans[0].scenarios))


def _at_same_slots(several: Sequence[Probed]) -> Sequence[Probed]:
    """Return the tries of all seeds at one slot; none where a shorter trial ended in between."""
    return several if len({one.slot for one in several}) == 1 else ()


def _channel(name: str, i_channel: int, tries: Sequence[Sequence[Probed]]) -> ProbedChannel:
    parts = [[_parts(one, i_channel) for one in several] for several in tries]
    kept = [[part for part in several if part is not None] for several in parts]
    return ProbedChannel(
        name=name,
        slots=tuple(several[0].slot for several in tries),
        errors=np.array([sum(one.bit_errors[i_channel] for one in several) for several in tries]),
        num_bits=sum(one.num_bits[i_channel] for one in tries[0]),
        parts=np.array([np.sum(several, axis=0) for several in kept])
        if all(len(k) == len(p) for k, p in zip(kept, parts, strict=True))
        else None,
    )


def _parts(one: Probed, i_channel: int) -> tuple[int, ...] | None:
    return None if one.part_errors is None else one.part_errors[i_channel]
