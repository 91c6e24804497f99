# SPDX-License-Identifier: Apache-2.0
"""What happened to a learner, and how often."""

from dataclasses import dataclass, field
from typing import ClassVar

from receivers.learning.event_kind import EventKind
from receivers.state import Kept, State, fields_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing worth telling.

    Parameters
    ----------
    slot : int
        Slots the learner had seen.
    kind : str
        "drift": the gate opened. "settled": nothing more to learn. "rolled back": held-out pilots
        found the clone worse than the receiver. "vetoed": an update that harms earlier channels.
        "recalled": weights of an earlier channel serve better. "deeper": more of the network is
        trained. "screened": the pilots of most slots of a mini-batch cannot be true.
    """

    slot: int
    kind: EventKind


@dataclass(slots=True, kw_only=True)
class History(Kept):
    """The events, and how many mini-batches came to what."""

    fixed: ClassVar[tuple[str, ...]] = ("events",)

    events: list[Event] = field(default_factory=list[Event])
    num_slots: int = 0
    num_minibatches: int = 0
    num_learned: int = 0
    num_updates: int = 0
    num_screened_slots: int = 0
    num_excluded_pilots: int = 0
    buffer_bytes: int = 0

    def note(self, kind: EventKind) -> None:
        """Note an event at the present slot."""
        self.events.append(Event(slot=self.num_slots, kind=kind))

    def count(self, kind: EventKind) -> int:
        """Return how often something happened."""
        return sum(event.kind == kind for event in self.events)

    def state(self) -> State:
        """Return what was noted and counted."""
        return {**Kept.state(self), "events": [fields_of(event) for event in self.events]}

    def restore(self, state: State) -> None:
        """Go on where another history was."""
        Kept.restore(self, {name: kept for name, kept in state.items() if name != "events"})
        self.events = [Event(**event) for event in state["events"]]
