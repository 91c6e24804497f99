# SPDX-License-Identifier: Apache-2.0
r"""How far apart two receivers are on the same slots, in decades of bit error rate.

The ratio of two error rates on the same slots is the ratio of their errors. With the shares
:math:`p_i = x_i / X` and :math:`q_i = y_i / Y` that unit i has of the wrong bits of two receivers,

.. math:: d = \log_{10}(X / Y), \qquad
          c_i = \frac{p_i - q_i}{(1 - (p_i + q_i) / 2) \ln 10}, \qquad
          d \pm t_{n-1} \sqrt{\tfrac{n-1}{n} \textstyle\sum_i c_i^2}

where :math:`c_i` is how far d moves when unit i is left out (the jackknife): a unit that is hard
for both has equal shares of both sums, and moves nothing. Units are blocks of slots, or whole seeds
where drops are longer than blocks. Long blocks are few and nearly Gaussian, so that percentiles of
their bootstrap would be far too close together.

Source
------
B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), sections 11.2 and 12.5;
J. W. Tukey, Ann. Math. Statist. 29 (1958), 614, for Student's t with n - 1 degrees of freedom.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.report.learning.contest import Entrant
from host.report.required import Estimate

FEWEST_UNITS = 4
"""From fewer blocks or seeds no interval is told."""

_SMALLEST_REST = 1e-6

METHOD = (
    "In brackets: 95 % interval from the same slots for all receivers, Student's t over blocks "
    f"of slots (over seeds, where drops are longer); none from fewer than {FEWEST_UNITS}."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decades:
    """The distance of two receivers.

    Parameters
    ----------
    value : float
        log10 of the ratio of their error rates.
    shares : float64 [num_units]
        How far each unit moves it, c above.
    """

    value: float
    shares: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedBlocks:
    """The wrong bits of several receivers in the same blocks of the same seeds.

    Parameters
    ----------
    errors : tuple of int64 [num_seeds, num_blocks]
        One array a receiver.
    slots_per_block, bits_per_slot : int
    blocks_are_units : bool
        Whether blocks of a seed are independent; if not, its seeds are.
    """

    errors: tuple[NDArray[np.int64], ...]
    slots_per_block: int
    bits_per_slot: int
    blocks_are_units: bool

    @property
    def num_seeds(self) -> int:
        """Return how many seeds all receivers share."""
        return int(self.errors[0].shape[0])

    @property
    def num_blocks(self) -> int:
        """Return how many blocks all receivers share."""
        return int(self.errors[0].shape[1])

    def num_bits(self, span: slice) -> int:
        """Return the bits of a span of blocks in all seeds, as if all blocks were whole."""
        length = len(range(*span.indices(self.num_blocks)))
        return self.num_seeds * length * self.slots_per_block * self.bits_per_slot

    def units(self, i_receiver: int, span: slice) -> NDArray[np.float64]:
        """Return the wrong bits of each unit of a span of blocks, float64 [num_units]."""
        errors = self.errors[i_receiver][:, span]
        return (errors.reshape(-1) if self.blocks_are_units else errors.sum(1)).astype(np.float64)

    def decades(self, *, over: int, under: int, span: slice) -> Decades:
        """Return how far receiver `over` is above receiver `under` in a span of blocks."""
        return decades(self.units(over, span), self.units(under, span))


def paired_blocks(entrants: Sequence[Entrant]) -> PairedBlocks | None:
    """Return what the entrants share: seeds that all ran, as far as the shortest of them.

    None where there is no such seed, or where blocks differ in size.
    """
    records = [record for entrant in entrants for record in entrant.records]
    courses = [record.course for record in records if record.course is not None]
    seeds = set.intersection(*(set(entrant.bit_errors) for entrant in entrants))
    if not seeds or len({course.slots_per_block for course in courses}) != 1:
        return None
    size, drop = courses[0].slots_per_block, courses[0].slots_per_drop
    number = min(record.num_slots for record in records) // size  # whole blocks
    if number == 0:
        return None
    return PairedBlocks(
        errors=tuple(
            np.stack([entrant.bit_errors[seed][:number] for seed in sorted(seeds)])
            for entrant in entrants
        ),
        slots_per_block=size,
        bits_per_slot=courses[0].bits_per_slot,
        blocks_are_units=drop > 0 and size % drop == 0,
    )


def decades(x: NDArray[np.float64], y: NDArray[np.float64]) -> Decades:
    """Return the distance of two receivers; no error counts as half an error.

    Parameters
    ----------
    x, y : float64 [num_units]
        Wrong bits of each unit.
    """
    whole_x, whole_y = max(float(x.sum()), 0.5), max(float(y.sum()), 0.5)
    p, q = x / whole_x, y / whole_y
    shares = (p - q) / np.maximum(1.0 - (p + q) / 2.0, _SMALLEST_REST) / math.log(10.0)
    return Decades(value=math.log10(whole_x / whole_y), shares=shares)


def half_width(shares: NDArray[np.float64], *, num_units: int) -> float | None:
    """Return half the 95 % interval of what units move so far; None from too few units."""
    from scipy.stats import t

    if num_units < FEWEST_UNITS:
        return None
    variance = (num_units - 1) / num_units * float((shares**2).sum())
    return float(t.ppf(0.975, num_units - 1)) * math.sqrt(variance)


def ratio(found: Decades) -> Estimate:
    """Return the ratio of two error rates with its interval."""
    half = half_width(found.shares, num_units=len(found.shares))
    value = 10.0**found.value
    if half is None:
        return Estimate(value=value)
    return Estimate(value=value, low=value * 10.0**-half, high=value * 10.0**half)
