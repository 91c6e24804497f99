# SPDX-License-Identifier: Apache-2.0
"""Tries the weights of one moment on other channels: what was won there, and what was forgotten."""

from collections.abc import Callable, Sequence
from functools import cached_property

import torch
from torch import Tensor

from channels.scenario import Scenario
from host.learners import ProbePlan
from host.record import Probed
from receivers.state import State
from sim.link import Link
from sim.slot import Observation, Slot

PROBE_SEED = 0x9B0E  # far from the seeds that trials use
_GROUP = 8


class Prober:
    """Counts the bit errors of a detector on the same slots again and again.

    Parameters
    ----------
    plan : ProbePlan
    scenarios : sequence of Scenario
    snr_db : float
        That of the trial, in each scenario's own kind.
    """

    def __init__(self, plan: ProbePlan, scenarios: Sequence[Scenario], *, snr_db: float) -> None:
        self._plan, self._scenarios, self._snr_db = plan, scenarios, snr_db
        self._tries: list[Probed] = []

    @property
    def tries(self) -> tuple[Probed, ...]:
        """Return what was counted so far."""
        return tuple(self._tries)

    def is_due(self, num_slots: int) -> bool:
        """Return whether a try is due behind the first `num_slots` slots."""
        return num_slots % self._plan.every_slots == 0

    def probe(self, detect: Callable[[Observation], Tensor], *, num_slots: int) -> None:
        """Count once; `num_slots` slots were learned from until now."""
        parts = tuple(tuple(_errors(detect, slot) for slot in slots) for slots in self._slots)
        num_bits = tuple(sum(s.truth.coded_bits.numel() for s in slots) for slots in self._slots)
        told = zip(self._scenarios, parts, strict=True)
        self._tries.append(
            Probed(
                slot=num_slots,
                num_bits=num_bits,
                bit_errors=tuple(sum(part) for part in parts),
                part_errors=tuple(part if _is_whole(scenario) else None for scenario, part in told),
            )
        )

    def state(self) -> State:
        """Return what was counted so far."""
        return {"tries": [one.model_dump() for one in self._tries]}

    def restore(self, state: State) -> None:
        """Go on where another prober was."""
        self._tries = [Probed.model_validate(one) for one in state["tries"]]

    @cached_property
    def _slots(self) -> list[list[Slot]]:
        return [self._of(scenario) for scenario in self._scenarios]

    def _of(self, scenario: Scenario) -> list[Slot]:
        link = Link(scenario, seed=PROBE_SEED)
        starts = range(0, self._plan.num_slots, _GROUP)
        return [link.slots(start, _GROUP, snr_db=self._snr_db) for start in starts]


def _is_whole(scenario: Scenario) -> bool:
    """Return whether a group of slots is made of whole drops."""
    drop = scenario.channel.slots_per_drop
    return drop > 0 and _GROUP % drop == 0


def _errors(detect: Callable[[Observation], Tensor], slot: Slot) -> int:
    wrong = (detect(slot.observation) > 0) != (slot.truth.coded_bits != 0)
    return int(torch.count_nonzero(wrong))
