# SPDX-License-Identifier: Apache-2.0
"""How the head of a network learns, in NumPy, integer for integer as `firmware/learn/head.h` says.

Written apart from the firmware: whole arrays instead of loops, float64 nowhere.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from boards.compress.fixed_point import FixedPoint
from boards.head import Head
from boards.head_settings import (
    BIAS_FRACTION_BITS,
    ERROR_BITS,
    GRADIENT_SHIFT,
    MAX_MOMENTUM_SHIFT,
    WEIGHT_FRACTION_BITS,
    HeadLabels,
    HeadSettings,
    right_shift_of,
)

MAX_LABELS = 65_535
_MAX_RIGHT_SHIFT = 62
_MAX_WEIGHT = 127
_MAX_BIAS = 2**22
_INT32_MAX = 2**31 - 1
_Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLearner:
    """The state of a head that learns; `teach` and `step` return the next one.

    Parameters
    ----------
    settings : HeadSettings
    zero_point : int
        Of the head's input.
    masters : int64 [num_out, num_in + 1]
        Weights in Q20, the bias in Q8 and last.
    velocities : int64 [num_out, num_in + 1]
        Sums of gradients in Q15, the zero point not yet taken off.
    num_labels : int
        Since the last step.
    """

    settings: HeadSettings
    zero_point: int
    masters: _Integers
    velocities: _Integers
    num_labels: int = 0

    @classmethod
    def begin(cls, head: Head, settings: HeadSettings, *, zero_point: int) -> Self:
        """Return a learner that has learned nothing yet.

        Raises
        ------
        ValueError
            The settings are for another head, or the head has a bias beyond 2^22.
        """
        if head.weights.shape != (settings.num_out, settings.num_in):
            raise ValueError(f"settings for {settings.num_in} to {settings.num_out} do not fit")
        if not 0 <= settings.momentum_shift <= MAX_MOMENTUM_SHIFT:
            raise ValueError(f"momentum shift {settings.momentum_shift} is not in 0..7")
        if np.abs(head.biases.astype(np.int64)).max() > _MAX_BIAS:
            raise ValueError(f"a bias of the head is beyond {_MAX_BIAS}")
        weights = head.weights.astype(np.int64) << WEIGHT_FRACTION_BITS
        biases = head.biases.astype(np.int64) << BIAS_FRACTION_BITS
        masters = np.column_stack([weights, biases])
        velocities = np.zeros_like(masters)
        return cls(settings=settings, zero_point=zero_point, masters=masters, velocities=velocities)

    def teach(self, x: NDArray[np.int8], y: NDArray[np.int8], labels: HeadLabels) -> Self:
        """Add the gradients of the labels of one slot.

        Parameters
        ----------
        x : int8 [height, width, num_in]
            Input of the head.
        y : int8 [height, width, num_out]
            Its output.
        labels : HeadLabels

        Raises
        ------
        ValueError
            There are too many labels for one step.
        """
        num_labels = self.num_labels + labels.num_labels
        if num_labels > MAX_LABELS:
            raise ValueError(f"{num_labels} labels are more than the {MAX_LABELS} of a step")
        told = y.reshape(-1, y.shape[-1])[labels.elements].astype(np.int64)
        seen = x.reshape(-1, x.shape[-1])[labels.elements].astype(np.int64)
        probability = self.settings.probability_q15.astype(np.int64)[told + 128]
        errors = probability - (labels.bits.astype(np.int64) << ERROR_BITS)
        gradient = np.column_stack([errors.T @ seen, errors.sum(axis=0)])
        return replace(self, velocities=self.velocities + gradient, num_labels=num_labels)

    def step(self, rate: FixedPoint) -> Self:
        """Take a step.

        Parameters
        ----------
        rate : FixedPoint
            On the sum over labels; `boards.head_settings.step_factor` makes one of a mean.

        Raises
        ------
        ValueError
            The rate is too large for the factors.
        """
        multipliers, right_shifts = self._factors(rate)
        if right_shifts.min() < 0:
            raise ValueError("the rate is too large: some product of factors shifts to the left")
        sums = self.velocities
        share = np.zeros_like(sums)
        share[:, :-1] = self.zero_point * sums[:, -1:]
        gradient = _shift_down(sums - share, GRADIENT_SHIFT).clip(-_INT32_MAX, _INT32_MAX)
        shifts = right_shifts.clip(max=_MAX_RIGHT_SHIFT)
        change = np.where(
            right_shifts > _MAX_RIGHT_SHIFT, 0, _shift_down(gradient * multipliers, shifts)
        )
        limits = np.full(sums.shape[1], _MAX_WEIGHT << WEIGHT_FRACTION_BITS)
        limits[-1] = _MAX_BIAS << BIAS_FRACTION_BITS
        return replace(
            self,
            masters=(self.masters - change).clip(-limits, limits),
            velocities=sums - (sums >> self.settings.momentum_shift),
            num_labels=0,
        )

    @property
    def head(self) -> Head:
        """Return the masters, rounded to what an image holds."""
        weights = _shift_down(self.masters[:, :-1], WEIGHT_FRACTION_BITS)
        biases = _shift_down(self.masters[:, -1], BIAS_FRACTION_BITS)
        return Head(weights=weights.astype(np.int8), biases=biases.astype(np.int32))

    def _factors(self, rate: FixedPoint) -> tuple[_Integers, _Integers]:
        """Return multiplier and right shift of every master, each int64 [num_out, num_in + 1]."""
        inputs, outputs = self.settings.inputs, self.settings.outputs
        of_outputs = np.array([[one.multiplier] for one in outputs], np.int64)
        of_inputs = np.array([one.multiplier for one in inputs], np.int64)
        multipliers = (of_outputs * rate.multiplier >> 31) * of_inputs >> 31
        shifts = np.array([[right_shift_of(one)] for one in outputs], np.int64) + np.array(
            [right_shift_of(one) for one in inputs], np.int64
        )
        return multipliers, shifts + right_shift_of(rate) - 62


def _shift_down(value: _Integers, shift: _Integers | int) -> _Integers:
    """Return value / 2^shift, nearest, ties up."""
    half = np.left_shift(np.int64(1), shift) >> 1
    rounded: _Integers = (value + half) >> shift
    return rounded
