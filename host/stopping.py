# SPDX-License-Identifier: Apache-2.0
"""When a trial has seen enough: judged after whole blocks of slots, never in between.

A block has a fixed number of slots whatever the batch size, the number of workers or the device, so
the same trial always ends at the same slot. The one exception is `max_time_s`, and a record that
ended on it says so.
"""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class StopReason(StrEnum):
    """Why a trial ended."""

    ERRORS = "errors"
    SLOTS = "slots"
    TIME = "time"


class StoppingRule(BaseModel):
    """The `[stop]` table of an experiment.

    Parameters
    ----------
    min_slots, max_slots : int
        A trial never ends before the first (but for time) and always at the second.
    target_block_errors, target_bit_errors : int or None
        The trial ends after the block in which every target that is given has been reached.
    max_time_s : float or None
        The trial ends after the block in which this much time has passed [s].
    block_size : int
        Slots between two decisions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_slots: int = Field(default=64, ge=1)
    max_slots: int = Field(default=1024, ge=1)
    target_block_errors: int | None = Field(default=100, ge=1)
    target_bit_errors: int | None = Field(default=None, ge=1)
    max_time_s: float | None = Field(default=None, gt=0)
    block_size: int = Field(default=64, ge=1)

    @model_validator(mode="after")
    def _slots_in_order(self) -> Self:
        if self.min_slots > self.max_slots:
            raise ValueError(
                f"min_slots is {self.min_slots} and max_slots is {self.max_slots}; "
                "the first may not be larger"
            )
        return self

    def capped(self, max_slots: int) -> "StoppingRule":
        """Return the same rule with at most `max_slots` slots."""
        if max_slots >= self.max_slots:
            return self
        return self.model_copy(
            update={"max_slots": max_slots, "min_slots": min(self.min_slots, max_slots)}
        )

    def block_after(self, num_slots: int) -> int:
        """Return how many slots the block has that follows the first `num_slots` slots."""
        return min(self.block_size, self.max_slots - num_slots)

    def judge(
        self, *, num_slots: int, bit_errors: int, block_errors: int | None, elapsed_s: float
    ) -> StopReason | None:
        """Return why the trial ends after this block, or None if it goes on.

        `block_errors` is None for trials without a code; a target on them is then no target.
        """
        if num_slots >= self.max_slots:
            return StopReason.SLOTS
        if num_slots >= self.min_slots and self._targets_reached(bit_errors, block_errors):
            return StopReason.ERRORS
        if self.max_time_s is not None and elapsed_s >= self.max_time_s:
            return StopReason.TIME
        return None

    def _targets_reached(self, bit_errors: int, block_errors: int | None) -> bool:
        pairs = ((self.target_bit_errors, bit_errors), (self.target_block_errors, block_errors))
        given = [
            (target, seen) for target, seen in pairs if target is not None and seen is not None
        ]
        return bool(given) and all(seen >= target for target, seen in given)
