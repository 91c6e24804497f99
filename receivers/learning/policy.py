# SPDX-License-Identifier: Apache-2.0
"""The policy: what a learner does with each mini-batch, and when its receiver changes.

    calm      one pass over a few slots: gate, and one entry of the library
                 gate opens -> learning
    learning  views + rehearsed frames -> step of the clone; every few mini-batches a decision:
                 better on held-out pilots -> the receiver gets the clone's mean
                 worse -> the clone goes back to the receiver's weights
                 worse on earlier channels -> not now
                 no more gain -> calm

Every loss that decides is taken before the slots it is taken on are learned from.
"""

import copy
from collections.abc import Sequence

import torch

from channels.randomness import generator
from receivers.learning.buffer import Buffer
from receivers.learning.clone import Clone, mean_loss, slot_losses
from receivers.learning.events import History
from receivers.learning.frames import pack, unpack
from receivers.learning.gate import GATES
from receivers.learning.library import Library
from receivers.learning.masking import MaskedView, masked, part
from receivers.learning.paired import Paired
from receivers.learning.rate import DECISIONS_A_STRETCH, EarnedRate
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Reason, Update, changes
from receivers.neural.network import Network
from receivers.state import Kept
from sim.slot import Observation

MONITORED_SLOTS = 4
VALIDATED_SLOTS = 8
_REMEMBERED_SLOTS = 16
_SURE = 3.0  # standard errors
_HARM = 2.0  # times the loss on earlier channels


class Policy(Kept):
    """Decides mini-batch by mini-batch; knows nothing of where labels come from.

    Parameters
    ----------
    network : Network
        The receiver's, in evaluation mode; copied.
    settings : LearnerSettings
    """

    fixed = ("settings",)

    def __init__(self, network: Network, settings: LearnerSettings) -> None:
        self.settings = settings
        self.history = History()
        self.serving = copy.deepcopy(network).requires_grad_(requires_grad=False)
        self._told = copy.deepcopy(self.serving)
        self._clone = Clone(network, settings)
        self._rng = generator(seed=settings.seed, stream="learner", index=0)
        self._buffer = Buffer(budget_bytes=settings.buffer_bytes, rng=self._rng)
        self._gate = GATES[settings.gate]()
        self._rate = EarnedRate(settings.rate)
        self._library = Library(network, capacity=settings.num_snapshots)
        self._channel = 0
        self._is_learning = False
        self._origin = copy.deepcopy(self.serving)
        self._milestone = copy.deepcopy(self.serving)
        self._milestone_minus_clone = Paired()
        self._clone_minus_serving = Paired()
        self._num_held_out = self._num_decisions = 0
        self._reason: Reason = "learned"

    def hear(self, observation: Observation, views: Sequence[MaskedView]) -> Update | None:
        """Take one mini-batch: what was received, and views of it with labels."""
        self.history.num_minibatches += 1
        held_out = part(views[0], stop=VALIDATED_SLOTS)
        if self._is_learning:
            self._learn(observation, views, held_out)
        else:
            self._watch(part(held_out, stop=MONITORED_SLOTS))
        self.history.num_slots += observation.num_slots
        self._keep(observation)
        return self._announce()

    def _watch(self, view: MaskedView) -> None:
        loss = float(slot_losses(self.serving, view).mean())
        if self._gate.drifted(loss):
            self._open()
        elif self.settings.num_snapshots and self.history.num_minibatches % 2:
            self._recall(view)

    def _open(self) -> None:
        self.history.note("drift")
        self._is_learning = True
        self._channel += 1
        self._origin.load_state_dict(self.serving.state_dict())
        self._clone.restart(self.serving)
        self._rate.restart()
        self._library.forget_comparisons()
        self._restart_window()
        self._restart_stretch()

    def _settle(self) -> None:
        self.history.note("settled")
        self._is_learning = False
        self._gate.restart()
        self._library.keep(self.serving)
        self._library.forget_comparisons()

    def _recall(self, view: MaskedView) -> None:
        better = self._library.look_up(self.serving, view)
        if better is None:
            return
        self.history.note("recalled")
        self._reason = "recalled"
        self.serving.load_state_dict(better.state_dict())
        self._is_learning = False
        self._gate.restart()
        self._library.forget_comparisons()

    def _learn(
        self, observation: Observation, views: Sequence[MaskedView], held_out: MaskedView
    ) -> None:
        candidate = slot_losses(self._clone.mean, held_out)
        self._clone_minus_serving.hear(candidate, slot_losses(self.serving, held_out))
        if self._num_decisions >= DECISIONS_A_STRETCH // 2:
            self._milestone_minus_clone.hear(slot_losses(self._milestone, held_out), candidate)
        self._num_held_out += 1
        rehearsed = self._rehearse(observation, self.settings.rehearsed_slots)
        with torch.enable_grad():
            for view in views:
                loss = mean_loss(self._clone.fast, [view, *rehearsed])
                self._clone.step(loss, rate=self._rate.factor)
        self.history.num_learned += 1
        if self._num_held_out >= self.settings.validate_every:
            self._decide(observation)

    def _rehearse(self, observation: Observation, num_slots: int) -> list[MaskedView]:
        frames = self._buffer.sample(num_slots, without=self._channel)
        if not frames:
            return []
        earlier = unpack(
            frames, grid=observation.grid, num_bits_per_symbol=observation.num_bits_per_symbol
        )
        return [masked(earlier, share=self.settings.hidden_share, rng=self._rng)]

    def _decide(self, observation: Observation) -> None:
        found = self._clone_minus_serving
        if not self.settings.validation:
            self._take()
        elif found.deviations > _SURE:
            self.history.note("rolled back")
            self._clone.restart(self.serving)
            self._rate.halve()
        elif self._harms_memory(observation):
            self.history.note("vetoed")
        elif found.mean < 0.0:
            self._take()
        self._clone.deepen()
        self._restart_window()
        self._num_decisions += 1
        if self._num_decisions == DECISIONS_A_STRETCH:
            self._rate.judge(self._milestone_minus_clone.deviations)
            self._restart_stretch()
        if self._rate.is_over:
            self._settle()

    def _take(self) -> None:
        self._reason = "learned"
        self.serving.load_state_dict(self._clone.mean.state_dict())

    def _harms_memory(self, observation: Observation) -> bool:
        views = self._rehearse(observation, _REMEMBERED_SLOTS)
        if not views:
            return False
        now, before = slot_losses(self._clone.mean, views[0]), slot_losses(self._origin, views[0])
        harm = Paired()
        harm.hear(now, _HARM * before)
        return harm.deviations > _SURE

    def _restart_window(self) -> None:
        self._clone_minus_serving = Paired()
        self._num_held_out = 0

    def _restart_stretch(self) -> None:
        self._milestone.load_state_dict(self._clone.mean.state_dict())
        self._milestone_minus_clone = Paired()
        self._num_decisions = 0

    def _keep(self, observation: Observation) -> None:
        i_slot = int(self._rng.integers(observation.num_slots))
        if self.settings.buffer_bytes:
            self._buffer.add(pack(observation, i_slot=i_slot), channel=self._channel)
            self.history.buffer_bytes = self._buffer.num_bytes

    def _announce(self) -> Update | None:
        update = changes(self.serving, self._told, reason=self._reason)
        if update is not None:
            self.history.num_updates += 1
            self._told.load_state_dict(self.serving.state_dict())
        return update
