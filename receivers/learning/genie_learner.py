# SPDX-License-Identifier: Apache-2.0
"""The genie: the same policy, told every bit that was sent. A bound on learning, not a learner."""

from receivers.learning.events import History
from receivers.learning.masking import MaskedView
from receivers.learning.policy import Policy
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Update
from receivers.neural.network import Network
from receivers.state import Kept
from sim.slot import Observation, Truth


class GenieLearner(Kept):
    """Learns from the truth of the same slots.

    Parameters
    ----------
    network : Network
        The receiver's, in evaluation mode; copied.
    settings : LearnerSettings
    """

    def __init__(self, network: Network, settings: LearnerSettings) -> None:
        self._policy = Policy(network, settings)

    @property
    def history(self) -> History:
        """Return what happened so far."""
        return self._policy.history

    @property
    def is_learning(self) -> bool:
        """Return whether the next mini-batch will be learned from, and not only watched."""
        return self._policy.is_learning

    def observe_with_truth(self, observation: Observation, truth: Truth) -> Update | None:
        """Take one mini-batch with its data bits; return new weights, if there are any."""
        num_bits = observation.num_bits_per_symbol
        view = MaskedView(
            observation=observation,
            labelled=observation.data_mask[:, 0],
            labels=truth.coded_bits[:, 0].reshape(-1, num_bits).float(),
        )
        return self._policy.hear(observation, [view])
