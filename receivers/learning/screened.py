# SPDX-License-Identifier: Apache-2.0
"""What is left of a mini-batch to learn from, once pilots that cannot be true are gone."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from receivers.learning.events import History
from receivers.learning.screening import Screened, screen, without
from receivers.state import Kept
from sim.slot import Observation

_LEAST_SHARE = 0.5
_SOUND_SHARE = 0.03  # of pilots that a screen takes for false where none is: six times as many


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """What is left of a mini-batch.

    Learning sees what the receiver sees, false pilots too, but takes none of them for a label: what
    learned from clean pilots alone would trust all of them. Where some are false, others are that
    nobody noticed: then gate and decisions hear pilots only where nobody could have failed to
    notice. What is learned may come from a few false ones: it has to prove itself on the others.

    Parameters
    ----------
    seen : Observation
        The slots that can be learned from, as they were received.
    cleaned : Observation
        The same without the pilots that cannot be true; only labels are learning pilots.
    labels : bool [num_slots, num_tx, num_symbols, num_subcarriers]
        The learning pilots that are fit to decide by, of all slots of the mini-batch.
    plausible : bool [num_slots, num_tx, num_symbols, num_subcarriers]
        Those that are fit to learn from, where others decide. Forward reuse has one view for both,
        and takes `labels`.
    is_left : bool [num_slots]
        Which slots of the mini-batch those of `seen` are.
    """

    seen: Observation
    cleaned: Observation
    labels: Tensor
    plausible: Tensor
    is_left: Tensor


class Sieve(Kept):
    """Takes broken pilots out of mini-batches, and says so in the history.

    Parameters
    ----------
    history : History
    is_on : bool
        False lets everything pass.
    """

    fixed = ("_history", "_is_on")

    def __init__(self, history: History, *, is_on: bool) -> None:
        self._history, self._is_on = history, is_on
        self._was_broken = False

    def sift(self, observation: Observation) -> Sifted | None:
        """Return what can be true of a mini-batch, or None where that is less than half of it."""
        if not self._is_on:
            return Sifted(
                seen=observation,
                cleaned=observation,
                labels=observation.learning_mask,
                plausible=observation.learning_mask,
                is_left=torch.ones(observation.num_slots, dtype=torch.bool),
            )
        found = screen(observation)
        num_rejected = int(found.rejected.sum())
        self._history.num_screened_slots += num_rejected
        self._history.num_excluded_pilots += int(found.num_excluded[~found.rejected].sum())
        is_broken = num_rejected > _LEAST_SHARE * observation.num_slots
        if is_broken and not self._was_broken:
            self._history.note("screened")
        self._was_broken = is_broken
        if is_broken:
            return None
        is_left = ~found.rejected
        labels = found.trusted if _is_sound(observation, found) else found.certain
        cleaned = without(observation, found.trusted)
        cleaned = replace(cleaned, learning_mask=cleaned.learning_mask & labels)
        return Sifted(
            seen=observation.chosen(is_left),
            cleaned=cleaned.chosen(is_left),
            labels=labels,
            plausible=found.trusted,
            is_left=is_left,
        )


def _is_sound(observation: Observation, found: Screened) -> bool:
    """Return whether chance alone may have excluded pilots."""
    is_left = ~found.rejected
    num_learning = int(observation.learning_mask[is_left].sum())
    return int(found.num_excluded[is_left].sum()) <= _SOUND_SHARE * num_learning
