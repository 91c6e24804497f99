# SPDX-License-Identifier: Apache-2.0
"""The learner of the air: its labels are pilots that it hides from itself."""

import numpy as np
from torch import Tensor

from channels.randomness import generator
from receivers.learning.events import History
from receivers.learning.masking import MaskedView, complementary, masked, trusting
from receivers.learning.policy import VALIDATED_SLOTS, Policy
from receivers.learning.screened import Sieve
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Update
from receivers.neural.network import Network
from receivers.state import Kept
from sim.slot import Observation

HELD_OUT_SHARE = 0.125
"""Share of the learning pilots, at most, that is hidden where decisions are taken: what is learned
with half of the pilots may be lost with all of them, with which the receiver detects."""


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

    @property
    def is_learning(self) -> bool:
        """Return whether the next mini-batch will be learned from, and not only watched."""
        return self._policy.is_learning

    def observe(self, observation: Observation) -> Update | None:
        """Take one mini-batch; return new weights for the receiver, if there are any."""
        rng = generator(
            seed=self._settings.seed, stream="learner/masks", index=self._num_minibatches
        )
        self._num_minibatches += 1
        if not self._policy.is_learning:
            observation = observation.part(start=0, stop=VALIDATED_SLOTS)
        sifted = self._sieve.sift(observation)
        if sifted is None:
            self._policy.pass_by()
            return None
        views = self._views(sifted.seen, rng=rng)
        labels = sifted.labels[sifted.is_left]
        taught = sifted.plausible[sifted.is_left] if self._policy.is_learning else labels
        known = [trusting(view, trusted=taught) for view in views]
        held_out = (
            self._held_out(sifted.seen, labels, rng=rng) if self._policy.is_learning else None
        )
        return self._policy.hear(sifted.cleaned, known, held_out=held_out)

    def _held_out(
        self, observation: Observation, labels: Tensor, *, rng: np.random.Generator
    ) -> MaskedView:
        """Hide so few pilots of the first slots that detection with all of them is what is told."""
        share = min(self._settings.hidden_share, HELD_OUT_SHARE)
        first = observation.part(start=0, stop=min(VALIDATED_SLOTS, observation.num_slots))
        view = masked(first, share=share, rng=rng)
        return trusting(view, trusted=labels[: first.num_slots])

    def _views(self, observation: Observation, *, rng: np.random.Generator) -> list[MaskedView]:
        """Mask as the policy can use it: once while it is calm, finer when its rate has fallen."""
        settings = self._settings
        num_times = settings.late_views if self._policy.has_slowed else 1
        num_views = settings.num_views * num_times if self._policy.is_learning else 1
        share = settings.hidden_share / num_times
        if num_views == 1 or not share or not (1.0 / share).is_integer():
            return [masked(observation, share=share, rng=rng) for _ in range(num_views)]
        views: list[MaskedView] = []
        while len(views) < num_views:
            views += complementary(observation, num_views=round(1.0 / share), rng=rng)
        return views[:num_views]
