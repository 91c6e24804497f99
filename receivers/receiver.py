# SPDX-License-Identifier: Apache-2.0
"""The contract between a receiver and those who judge it."""

from typing import Protocol

from torch import Tensor

from sim.slot import Observation, Truth


class Receiver(Protocol):
    """Turns an observation into log-likelihood ratios."""

    def detect(self, observation: Observation) -> Tensor:
        """Return float32 [num_slots, num_tx, num_bits]; ln P(b=1)/P(b=0), positive = bit 1."""
        ...


class GenieReceiver(Protocol):
    """A bound, not a receiver: it asks for the truth in its signature."""

    def detect_with_truth(self, observation: Observation, truth: Truth) -> Tensor:
        """Return float32 [num_slots, num_tx, num_bits]; ln P(b=1)/P(b=0), positive = bit 1."""
        ...
