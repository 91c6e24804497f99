# SPDX-License-Identifier: Apache-2.0
"""Detection in floating point on this machine with weights that can be changed."""

import copy

from torch import Tensor

from receivers.learning.update import Update, apply
from receivers.neural.network import Network
from receivers.neural.neural_receiver import NeuralReceiver
from receivers.state import Kept
from sim.slot import Observation


class FloatServing(Kept):
    """The neural receiver with changeable weights; satisfies `Serving`.

    Parameters
    ----------
    network : Network
        In evaluation mode; copied.
    """

    def __init__(self, network: Network) -> None:
        self._network = copy.deepcopy(network).requires_grad_(requires_grad=False)

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        return NeuralReceiver(self._network).detect(observation)

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that are not on the air; nothing else changes."""
        return self.detect(observation)

    def update(self, update: Update) -> None:
        """Put new weights in force, for the next slot on."""
        apply(update, self._network)
