# SPDX-License-Identifier: Apache-2.0
"""The contract between a receiver and those who judge it."""

from typing import TYPE_CHECKING, Protocol

from torch import Tensor

from receivers.state import Stateful
from sim.slot import Observation, Truth

if TYPE_CHECKING:
    from receivers.learning.events import History
    from receivers.learning.update import Update


class Receiver(Protocol):
    """Turns an observation into log-likelihood ratios; those that learn remember earlier ones."""

    def detect(self, observation: Observation) -> Tensor:
        """Return float32 [num_slots, num_tx, num_bits]; ln P(b=1)/P(b=0), positive = bit 1."""
        ...


class GenieReceiver(Protocol):
    """A bound, not a receiver: it asks for the truth in its signature."""

    def detect_with_truth(self, observation: Observation, truth: Truth) -> Tensor:
        """Return float32 [num_slots, num_tx, num_bits]; ln P(b=1)/P(b=0), positive = bit 1."""
        ...


class Learner(Stateful, Protocol):
    """Turns what was received into better weights; no truth is among its arguments."""

    @property
    def history(self) -> "History":
        """Return what happened so far."""
        ...

    @property
    def is_learning(self) -> bool:
        """Return whether the next mini-batch will be learned from, and not only watched."""
        ...

    def observe(self, observation: Observation) -> "Update | None":
        """Take one mini-batch; return new weights for the receiver, if there are any."""
        ...
