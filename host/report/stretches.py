# SPDX-License-Identifier: Apache-2.0
"""The stretches of a scenario between its jumps: steps of a value, and switches of the channel."""

from dataclasses import dataclass
from itertools import pairwise

from channels.drift_tables import Step
from channels.scenario import Scenario
from host.report.drift_lines import DriftLine, drift_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Slots between two jumps.

    Parameters
    ----------
    first_slot, end_slot : int
        The end is the slot behind the last one.
    cause : str
        What jumped at the first slot, in words; empty at the beginning.
    """

    first_slot: int
    end_slot: int
    cause: str

    @property
    def num_slots(self) -> int:
        """Return its length."""
        return self.end_slot - self.first_slot


def jumps(scenario: Scenario | None, *, num_slots: int) -> tuple[int, ...]:
    """Return the slots at which something jumps, within the first `num_slots`."""
    if scenario is None:
        return ()
    steps = [entry.start for entry in scenario.value_drifts if isinstance(entry, Step)]
    steps += [switch.slot for switch in scenario.switches]
    return tuple(sorted({slot for slot in steps if 0 < slot < num_slots}))


def stretches(scenario: Scenario | None, *, num_slots: int) -> tuple[Stretch, ...]:
    """Return the stretches of the first `num_slots` slots in order; one where nothing jumps."""
    found = jumps(scenario, num_slots=num_slots)
    lines = drift_lines(scenario, num_slots=num_slots) if scenario and found else ()
    return tuple(
        Stretch(first_slot=first, end_slot=end, cause=_cause(lines, first) if first else "")
        for first, end in pairwise((0, *found, num_slots))
    )


def _cause(lines: tuple[DriftLine, ...], slot: int) -> str:
    said = [_jump(line, slot) for line in lines]
    return ", ".join(part for part in said if part)


def _jump(line: DriftLine, slot: int) -> str:
    """Write what a value jumped from and to; empty where it did not."""
    at = dict(zip(line.slots, line.values, strict=True))
    before, after = at[slot - 1], at[slot]
    if before == after:
        return ""
    if line.levels:
        return f"{line.name} {line.levels[int(before)]} to {line.levels[int(after)]}"
    words, _, unit = line.name.partition(" [")
    return f"{words} {before:g} to {after:g} {unit.rstrip(']')}".rstrip()
