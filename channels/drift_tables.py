# SPDX-License-Identifier: Apache-2.0
"""The drift entries of a scenario file: how a value moves over slots, or the channel switches."""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from channels.randomness import generator
from channels.scenario_tables import ChannelKind, Table


class Step(Table):
    """The value jumps to `to` at `slot` and stays."""

    target: str
    kind: Literal["step"]
    slot: int = Field(ge=0)
    to: float

    @property
    def start(self) -> int:
        """Return the first slot this entry rules."""
        return self.slot

    @property
    def extremes(self) -> tuple[float, ...]:
        """Return the values that must be legal for the target."""
        return (self.to,)

    def values(self, slots: NDArray[np.int64], *, initial: float) -> NDArray[np.float64]:
        """Return the value at each slot from `start` on; `initial` is the value reached before."""
        return np.full(slots.shape, self.to)


class Ramp(Table):
    """The value goes straight from what it is at `first_slot` to `to` at `last_slot`, and stays."""

    target: str
    kind: Literal["ramp"]
    first_slot: int = Field(ge=0)
    last_slot: int = Field(ge=0)
    to: float

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.last_slot <= self.first_slot:
            raise ValueError("last_slot: is not after first_slot")
        return self

    @property
    def start(self) -> int:
        """Return the first slot this entry rules."""
        return self.first_slot

    @property
    def extremes(self) -> tuple[float, ...]:
        """Return the values that must be legal for the target."""
        return (self.to,)

    def values(self, slots: NDArray[np.int64], *, initial: float) -> NDArray[np.float64]:
        """Return the value at each slot from `start` on; `initial` is the value reached before."""
        fraction = np.clip((slots - self.first_slot) / (self.last_slot - self.first_slot), 0.0, 1.0)
        return initial + (self.to - initial) * fraction


class RandomWalk(Table):
    """The value steps at random instants, and is reflected at `low` and `high`.

    The k-th step has size U(min_step, max_step) and comes U(min_interval_slots, max_interval_slots)
    slots after the one before; it turns back with probability p_reverse (0.5: directions are
    independent; less: they are correlated). The walk is a function of `seed` alone.
    """

    target: str
    kind: Literal["random-walk"]
    first_slot: int = Field(default=0, ge=0)
    min_step: float = Field(default=0.0, ge=0)
    max_step: float = Field(ge=0)
    min_interval_slots: int = Field(ge=1)
    max_interval_slots: int = Field(ge=1)
    p_reverse: float = Field(default=0.5, ge=0, le=1)
    low: float
    high: float
    seed: int = 0

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        for small, large in (
            ("min_step", "max_step"),
            ("min_interval_slots", "max_interval_slots"),
        ):
            if getattr(self, large) < getattr(self, small):
                raise ValueError(f"{large}: is below {small}")
        if self.high <= self.low:
            raise ValueError("high: is not above low")
        return self

    @property
    def start(self) -> int:
        """Return the first slot this entry rules."""
        return self.first_slot

    @property
    def extremes(self) -> tuple[float, ...]:
        """Return the values that must be legal for the target."""
        return (self.low, self.high)

    def values(self, slots: NDArray[np.int64], *, initial: float) -> NDArray[np.float64]:
        """Return the value at each slot from `start` on; `initial` is the value reached before."""
        latest = int(slots.max(initial=self.first_slot)) - self.first_slot
        num_steps = latest // self.min_interval_slots + 1
        # Rows are drawn in order, so that asking for more slots never changes the earlier ones.
        u = generator(seed=self.seed, stream=f"drift/{self.target}", index=0).random((num_steps, 3))
        span_slots = self.max_interval_slots - self.min_interval_slots + 1
        when = np.cumsum(self.min_interval_slots + np.floor(u[:, 0] * span_slots))
        direction = np.cumprod(np.where(u[:, 1] < self.p_reverse, -1.0, 1.0))
        size = self.min_step + u[:, 2] * (self.max_step - self.min_step)
        path = np.concatenate([[initial], initial + np.cumsum(direction * size)])
        return self._reflected(path[np.searchsorted(when, slots - self.first_slot, side="right")])

    def _reflected(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        span = self.high - self.low
        return self.low + span - np.abs((value - self.low) % (2 * span) - span)


class Switch(Table):
    """The channel is of another kind from `slot` on; its values and its seed stay.

    The response jumps there, inside a drop too: two profiles share no path.
    """

    target: Literal["channel.kind"]
    kind: Literal["switch"]
    slot: int = Field(ge=0)
    to: ChannelKind = Field(strict=False)

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.to is ChannelKind.RECORDED:
            raise ValueError('to: "recorded" plays its own file; switch between models only')
        return self

    @property
    def start(self) -> int:
        """Return the first slot this entry rules."""
        return self.slot


ValueEntry = Step | Ramp | RandomWalk
DriftEntry = Annotated[ValueEntry | Switch, Field(discriminator="kind")]
