# SPDX-License-Identifier: Apache-2.0
"""How the values of a drifting scenario go from slot to slot, named and scaled for people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from channels.drift import values_at
from channels.scenario import Scenario

_MAX_POINTS = 600
_UNITS: Mapping[str, str] = {"_s": "s", "_hz": "Hz", "_mps": "m/s", "_db": "dB", "_rad": "rad"}
_SMALL_PREFIXES = ((1e-6, 1e9, "n"), (1e-3, 1e6, "µ"), (1.0, 1e3, "m"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftLine:
    """How one value changes: its name with unit, and what it is in some slots."""

    name: str
    slots: tuple[int, ...]
    values: tuple[float, ...]

    def until(self, end_slot: float) -> "DriftLine":
        """Return the line as far as the slots before `end_slot`."""
        num_kept = sum(slot < end_slot for slot in self.slots)
        return replace(self, slots=self.slots[:num_kept], values=self.values[:num_kept])


def drift_lines(scenario: Scenario, *, num_slots: int) -> tuple[DriftLine, ...]:
    """Return how each drifting value of a scenario goes over its first slots."""
    step = max(1, num_slots // _MAX_POINTS)
    slots = np.unique(np.append(np.arange(0, num_slots, step), num_slots - 1))
    return tuple(
        _line(target, slots, values_at(scenario, target, slots))
        for target in dict.fromkeys(entry.target for entry in scenario.drift)
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
