# SPDX-License-Identifier: Apache-2.0
"""The policy: what a learner does with each mini-batch, and when its receiver changes.

    calm      one pass over a few slots: gate, and one entry of the library
                 gate opens -> learning
    learning  views + rehearsed frames -> step of the clone; every few mini-batches a decision:
                 better on held-out pilots -> the candidate is trusted, and served
                 worse -> the clone goes back to the trusted weights
                 worse on earlier channels -> not now
                 no more gain -> calm

The candidate is the mean of the clone's weights; with forward reuse there is one network, the
candidate is the clone itself and is served from the first step on.

Losses on hidden pilots decide, taken before the slots they are taken on are learned from; the veto
alone looks at frames that are rehearsed too.
"""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor

from receivers.learning.clone import Clone, forward, label_losses, mean_loss, slot_losses
from receivers.learning.events import History
from receivers.learning.gate import GATES
from receivers.learning.library import Library
from receivers.learning.masking import MaskedView, part
from receivers.learning.paired import Paired
from receivers.learning.rate import EarnedRate
from receivers.learning.rehearsal import Rehearsal
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Reason, Update, changes
from receivers.neural.network import Network
from receivers.state import Kept
from sim.slot import Observation

VALIDATED_SLOTS = 8  # of a mini-batch, and all that is looked at while nothing is learned
_REMEMBERED_SLOTS = 32
_SURE = 3.0  # standard errors
_HARM_FACTOR, _HARM_NAT = 4.0, 0.005  # what half of the earlier frames may lose


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
        self._trusted = copy.deepcopy(self.serving)
        self._told = copy.deepcopy(self.serving)
        self._clone = Clone(network, settings)
        self._rehearsal = Rehearsal(settings)
        self._gate = GATES[settings.gate]()
        self._rate = EarnedRate(settings.rate)
        self._has_gate = settings.gate != "open"
        self._serves_every_step = settings.design == "forward-reuse"
        self._candidate = self._clone.fast if self._serves_every_step else self._clone.mean
        self._library = Library(network, capacity=settings.num_snapshots)
        self._num_heard = 0
        self._is_learning = False
        self._origin = copy.deepcopy(self.serving)
        self._milestone = copy.deepcopy(self.serving)
        self._milestone_minus_candidate = Paired()
        self._fast_minus_mean = Paired()
        self._candidate_minus_trusted = Paired()
        self._num_held_out = self._num_decisions = self._num_vetoed = 0
        self._num_taken = self._num_taken_before = 0
        self._reason: Reason = "learned"

    @property
    def is_learning(self) -> bool:
        """Return whether the next mini-batch will be learned from, all its views."""
        return self._is_learning

    @property
    def has_slowed(self) -> bool:
        """Return whether it is learning at less than its peak rate."""
        return self._is_learning and self._rate.factor < 1.0

    @property
    def _spacing(self) -> int:
        """Return which mini-batch after the last one this is; a calm learner hears every one."""
        is_every = not self._is_learning and not self._serves_every_step
        return 1 if is_every else self.settings.cadence

    def hear(
        self,
        observation: Observation,
        views: Sequence[MaskedView],
        *,
        llr: Tensor | None = None,
        held_out: MaskedView | None = None,
    ) -> Update | None:
        """Take one mini-batch: what was received, and views of it with labels.

        Parameters
        ----------
        observation : Observation
        views : sequence of MaskedView
        llr : float32 [num_slots, num_symbols, num_subcarriers, num_bits_per_symbol] or None
            What `pass_over` made of the first view, so that it is not computed again.
        held_out : MaskedView or None
            What decisions are taken on; without, the first slots of the first view.
        """
        spacing = self._spacing
        self.history.num_minibatches += spacing
        self._num_heard += 1
        if held_out is None:
            held_out = part(views[0], stop=VALIDATED_SLOTS)
        if self._is_learning:
            self._learn(observation, views, held_out, llr=llr)
        else:
            self._watch(held_out)
        self.history.num_slots += spacing * self.settings.minibatch_slots
        self._rehearsal.keep(observation)
        self.history.buffer_bytes = self._rehearsal.num_bytes
        return self._announce()

    def pass_by(self) -> None:
        """Let a mini-batch go that nothing can be learned from."""
        self.history.num_minibatches += self._spacing
        self.history.num_slots += self._spacing * self.settings.minibatch_slots

    def pass_over(self, view: MaskedView) -> Tensor:
        """Return the LLRs of a view by the network that is served and learns, with gradients."""
        with torch.set_grad_enabled(self._is_learning):
            return forward(self._clone.fast, view)

    def _watch(self, view: MaskedView) -> None:
        losses = slot_losses(self.serving, view)
        if len(losses) and self._gate.drifted(float(losses.mean())):
            self._open()
        elif self.settings.num_snapshots and self._num_heard % 2:
            self._recall(view)

    def _open(self) -> None:
        self._is_learning = True
        self._num_taken = 0
        self._origin.load_state_dict(self.serving.state_dict())
        self._clone.restart(self.serving)
        self._rate.restart()
        self._library.forget_comparisons()
        self._restart_window()
        self._restart_stretch()
        if self._has_gate:
            self.history.note("drift")
            self._rehearsal.begin_channel()

    def _settle(self) -> None:
        if not self._has_gate:
            self._rate.restart()
            return
        if self._serves_every_step:
            self._go_back()
        self.history.note("settled")
        self._is_learning = False
        self._gate.restart()
        if self._num_taken:
            self._library.keep(self.serving, channel=self._rehearsal.channel)
        self._library.forget_comparisons()

    def _recall(self, view: MaskedView) -> None:
        better = self._library.look_up(self.serving, view)
        if better is None:
            return
        self.history.note("recalled")
        self._rehearsal.return_to(better.channel)
        self._trusted.load_state_dict(better.network.state_dict())
        self._serve(better.network, reason="recalled")
        self._clone.restart(better.network)
        self._gate.restart()
        self._library.forget_comparisons()

    def _learn(
        self,
        observation: Observation,
        views: Sequence[MaskedView],
        held_out: MaskedView,
        *,
        llr: Tensor | None,
    ) -> None:
        self._compare(held_out)
        rehearsed = self._rehearsal.views(observation, self.settings.rehearsed_slots)
        with torch.enable_grad():
            for i, view in enumerate(views):
                known = label_losses(llr, view) if llr is not None and i == 0 else None
                more = rehearsed if known is not None else [view, *rehearsed]
                if not any(len(one.labels) for one in (view, *rehearsed)):
                    continue
                loss = mean_loss(self._clone.fast, more, known=known)
                self._clone.step(loss, rate=self._rate.factor)
        self.history.num_learned += 1
        if self._serves_every_step or not self.settings.validation:
            self._serve(self._candidate)
        if self._num_held_out >= self.settings.validate_every:
            self._decide(observation)

    def _compare(self, held_out: MaskedView) -> None:
        """Take the losses that decisions need, before these slots are learned from."""
        self._num_held_out += 1
        judges = self._rate.is_earned and self._num_decisions >= self._rate.num_decisions // 2
        if not (self.settings.validation or judges):
            return
        candidate = slot_losses(self._candidate, held_out)
        if self.settings.validation:
            self._candidate_minus_trusted.hear(candidate, slot_losses(self._trusted, held_out))
        if judges:
            self._milestone_minus_candidate.hear(slot_losses(self._milestone, held_out), candidate)
            fast, mean = self._clone.fast, self._clone.mean
            self._fast_minus_mean.hear(slot_losses(fast, held_out), slot_losses(mean, held_out))

    def _decide(self, observation: Observation) -> None:
        if self.settings.validation:
            self._validate(observation)
        else:
            self._take()
        if self._clone.deepen():
            self.history.note("deeper")
        self._restart_window()
        self._num_decisions += 1
        if self._num_decisions >= self._rate.num_decisions:
            gain = self._milestone_minus_candidate.deviations
            self._rate.judge(gain, noise=self._fast_minus_mean.deviations)
            is_hopeless = self._num_vetoed > 0 and self._num_taken == self._num_taken_before
            self._restart_stretch()
            if self._rate.is_over or is_hopeless:
                self._settle()

    def _validate(self, observation: Observation) -> None:
        found = self._candidate_minus_trusted
        if found.deviations > _SURE:
            self.history.note("rolled back")
            self._go_back()
            self._rate.halve()
        elif found.mean < 0.0 and self._harms_memory(observation):
            self.history.note("vetoed")
            self._num_vetoed += 1
            if self._serves_every_step:
                self._go_back()
        elif found.mean < 0.0:
            self._take()

    def _go_back(self) -> None:
        self._clone.restart(self._trusted)
        self._serve(self._trusted, reason="rolled back")

    def _take(self) -> None:
        self._num_taken += 1
        self._trusted.load_state_dict(self._candidate.state_dict())
        self._serve(self._trusted)

    def _serve(self, network: Network, *, reason: Reason = "learned") -> None:
        self._reason = reason
        self.serving.load_state_dict(network.state_dict())

    def _harms_memory(self, observation: Observation) -> bool:
        views = self._rehearsal.views(observation, _REMEMBERED_SLOTS)
        if not views:
            return False
        now, before = slot_losses(self._candidate, views[0]), slot_losses(self._origin, views[0])
        is_harmed = now > _HARM_FACTOR * before + _HARM_NAT
        return float(is_harmed.float().mean()) > 0.5

    def _restart_window(self) -> None:
        self._candidate_minus_trusted = Paired()
        self._num_held_out = 0

    def _restart_stretch(self) -> None:
        self._milestone.load_state_dict(self._candidate.state_dict())
        self._milestone_minus_candidate = Paired()
        self._fast_minus_mean = Paired()
        self._num_decisions = self._num_vetoed = 0
        self._num_taken_before = self._num_taken

    def _announce(self) -> Update | None:
        update = changes(self.serving, self._told, reason=self._reason)
        if update is not None:
            self.history.num_updates += 1
            self._told.load_state_dict(self.serving.state_dict())
        return update
