# SPDX-License-Identifier: Apache-2.0
"""How what drifts in a scenario goes from slot to slot, named and scaled for people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from channels.drift import values_at
from channels.scenario import Scenario
from channels.segments import segments

_MAX_POINTS = 600
_UNITS: Mapping[str, str] = {"_s": "s", "_hz": "Hz", "_mps": "m/s", "_db": "dB", "_rad": "rad"}
_SMALL_PREFIXES = ((1e-6, 1e9, "n"), (1e-3, 1e6, "µ"), (1.0, 1e3, "m"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftLine:
    """How one value changes: its name with unit, and what it is in some slots.

    Parameters
    ----------
    name : str
    slots : tuple of int
    values : tuple of float
    levels : tuple of str
        The names that the values 0, 1, 2, ... stand for; empty where a value is a number.
    """

    name: str
    slots: tuple[int, ...]
    values: tuple[float, ...]
    levels: tuple[str, ...] = ()

    @property
    def ticks(self) -> Mapping[int, str]:
        """Return the names that occur, by the values that stand for them; empty for numbers."""
        return {i: name for i, name in enumerate(self.levels) if i in self.values}

    def until(self, end_slot: float) -> "DriftLine":
        """Return the line as far as the slots before `end_slot`."""
        num_kept = sum(slot < end_slot for slot in self.slots)
        return replace(self, slots=self.slots[:num_kept], values=self.values[:num_kept])


def drift_lines(scenario: Scenario, *, num_slots: int) -> tuple[DriftLine, ...]:
    """Return the channel's kind, where it switches, and each drifting value over the first slots.

    A jump stands in the very slot in which it happens, however many slots there are.
    """
    step = max(1, num_slots // _MAX_POINTS)
    jumps = [slot for entry in scenario.drift for slot in (entry.start - 1, entry.start)]
    inside = [slot for slot in jumps if 0 <= slot < num_slots]
    slots = np.unique(np.concatenate([np.arange(0, num_slots, step), [num_slots - 1], inside]))
    slots = slots.astype(np.int64)
    values = tuple(
        _line(target, slots, values_at(scenario, target, slots))
        for target in dict.fromkeys(entry.target for entry in scenario.value_drifts)
    )
    return (_kinds(scenario, slots), *values) if scenario.switches else values


def _kinds(scenario: Scenario, slots: NDArray[np.int64]) -> DriftLine:
    stretches = segments(scenario)
    levels = tuple(dict.fromkeys(str(stretch.kind) for stretch in stretches))
    starts = np.array([stretch.first_slot for stretch in stretches])
    level = np.array([levels.index(stretch.kind) for stretch in stretches])
    values = level[np.searchsorted(starts, slots, side="right") - 1]
    return DriftLine(
        name="channel",
        slots=tuple(slots.tolist()),
        values=tuple(float(value) for value in values),
        levels=levels,
    )


def _line(target: str, slots: NDArray[np.int64], values: NDArray[np.float64]) -> DriftLine:
    key = target.partition(".")[2]
    suffix = next((suffix for suffix in _UNITS if key.endswith(suffix)), "")
    unit, factor = _UNITS.get(suffix, ""), 1.0
    if unit == "s":
        largest = float(np.nanmax(np.abs(values)))
        fitting = (p for p in _SMALL_PREFIXES if largest < p[0])
        _, factor, prefix = next(fitting, (1.0, 1.0, ""))
        unit = prefix + unit
    words = key.removesuffix(suffix).replace("_", " ")
    return DriftLine(
        name=f"{words} [{unit}]" if unit else words,
        slots=tuple(slots.tolist()),
        values=tuple(float(f"{factor * value:.6g}") for value in values),
    )
