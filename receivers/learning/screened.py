# SPDX-License-Identifier: Apache-2.0
"""What is left of a mini-batch to learn from, once pilots that cannot be true are gone."""

from dataclasses import dataclass

import torch
from torch import Tensor

from receivers.learning.events import History
from receivers.learning.screening import screen, without
from receivers.state import Kept
from sim.slot import Observation

_LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """What is left of a mini-batch.

    Learning sees what the receiver sees, false pilots too, but takes none of them for a label: what
    learned from clean pilots alone would trust all of them.

    Parameters
    ----------
    seen : Observation
        The slots that can be learned from, as they were received.
    cleaned : Observation
        The same without the pilots that cannot be true.
    trusted : bool [num_slots, num_tx, num_symbols, num_subcarriers]
        The learning pilots that can be true, of all slots of the mini-batch.
    is_left : bool [num_slots]
        Which slots of the mini-batch those of `seen` are.
    """

    seen: Observation
    cleaned: Observation
    trusted: Tensor
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
                trusted=observation.learning_mask,
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
        return Sifted(
            seen=observation.chosen(is_left),
            cleaned=without(observation, found.trusted).chosen(is_left),
            trusted=found.trusted & is_left[:, None, None, None],
            is_left=is_left,
        )
