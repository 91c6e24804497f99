# SPDX-License-Identifier: Apache-2.0
"""Weights that served before: the shipped ones always, and those that earlier channels ended with.

While the gate is closed one entry after the other is tried on the hidden pilots, at the cost of one
pass over a few slots; one that is better beyond doubt serves again.
"""

import copy
from dataclasses import dataclass, field

from receivers.learning.clone import slot_losses
from receivers.learning.masking import MaskedView
from receivers.learning.paired import Paired
from receivers.neural.network import Network
from receivers.state import Kept, State

_MIN_SLOTS = 64
_MAX_SLOTS = 512
_SURE = 4.0  # standard errors


@dataclass(slots=True)
class Snapshot(Kept):
    """Weights, the number of the channel they were learned on, and how they compare."""

    network: Network
    channel: int = 0
    serving_minus_this: Paired = field(default_factory=Paired)


class Library:
    """Snapshots of the receiver's network; the first is the shipped one and is never dropped.

    Parameters
    ----------
    shipped : Network
        Copied.
    capacity : int
        Snapshots beside the shipped one; the oldest gives way.
    """

    def __init__(self, shipped: Network, *, capacity: int) -> None:
        self._entries = [_snapshot(shipped, channel=0)]
        self._capacity = capacity
        self._next = 0

    def keep(self, network: Network, *, channel: int) -> None:
        """Add a snapshot of what was learned on a channel."""
        if self._capacity == 0:
            return
        if len(self._entries) > self._capacity:
            self._entries.pop(1)
        self._entries.append(_snapshot(network, channel=channel))

    def forget_comparisons(self) -> None:
        """Start all comparisons again: the receiver's network or the channel is another one."""
        for entry in self._entries:
            entry.serving_minus_this = Paired()

    def look_up(self, serving: Network, view: MaskedView) -> Snapshot | None:
        """Compare the serving network with the next entry; return the entry if it is better."""
        entry = self._entries[self._next % len(self._entries)]
        self._next += 1
        found = entry.serving_minus_this
        found.hear(slot_losses(serving, view), slot_losses(entry.network, view))
        del found.differences[:-_MAX_SLOTS]
        is_better = len(found.differences) >= _MIN_SLOTS and found.deviations > _SURE
        return entry if is_better else None

    def state(self) -> State:
        """Return the snapshots, and how they compared so far."""
        return {"next": self._next, "entries": [entry.state() for entry in self._entries]}

    def restore(self, state: State) -> None:
        """Go on where another library was."""
        shipped = self._entries[0].network
        self._entries = [_snapshot(shipped, channel=0) for _ in state["entries"]]
        for entry, kept in zip(self._entries, state["entries"], strict=True):
            entry.restore(kept)
        self._next = state["next"]


def _snapshot(network: Network, *, channel: int) -> Snapshot:
    frozen = copy.deepcopy(network).requires_grad_(requires_grad=False)
    return Snapshot(network=frozen, channel=channel)
