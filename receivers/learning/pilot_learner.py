# SPDX-License-Identifier: Apache-2.0
"""The learner of the air: its labels are pilots that it hides from itself."""

from channels.randomness import generator
from receivers.learning.events import History
from receivers.learning.masking import MaskedView, masked, other_half
from receivers.learning.policy import Policy
from receivers.learning.screened import Sieve
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Update
from receivers.neural.network import Network
from receivers.state import Kept
from sim.slot import Observation


class PilotLearner(Kept):
    """Learns from observations alone; satisfies `Learner`.

    Parameters
    ----------
    network : Network
        The receiver's, in evaluation mode; copied.
    settings : LearnerSettings
    """

    fixed = ("_settings",)

    def __init__(self, network: Network, settings: LearnerSettings) -> None:
        self._settings = settings
        self._policy = Policy(network, settings)
        self._sieve = Sieve(self._policy.history, is_on=settings.screening)
        self._num_minibatches = 0

    @property
    def history(self) -> History:
        """Return what happened so far."""
        return self._policy.history

    def observe(self, observation: Observation) -> Update | None:
        """Take one mini-batch; return new weights for the receiver, if there are any."""
        rng = generator(
            seed=self._settings.seed, stream="learner/masks", index=self._num_minibatches
        )
        self._num_minibatches += 1
        sifted = self._sieve.sift(observation)
        if sifted is None:
            self._policy.pass_by()
            return None
        observation = sifted.observation
        views: list[MaskedView] = []
        for i in range(self._settings.num_views):
            if i % 2 and self._settings.hidden_share == 0.5:
                views.append(other_half(observation, views[-1]))
            else:
                views.append(masked(observation, share=self._settings.hidden_share, rng=rng))
        return self._policy.hear(observation, views)
