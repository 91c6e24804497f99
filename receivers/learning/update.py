# SPDX-License-Identifier: Apache-2.0
"""What a learner tells its receiver: new values of some weights, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from receivers.state import State

Reason = Literal["learned", "rolled back", "recalled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """New weights, to be put in force between two slots.

    Parameters
    ----------
    weights : mapping of str to Tensor
        The tensors that changed, by their names in the network; copies, owned by the update.
    reason : str
        "learned", "rolled back" (to weights that were in force before) or "recalled".
    """

    weights: Mapping[str, Tensor]
    reason: Reason

    @property
    def num_values(self) -> int:
        """Return how many numbers change."""
        return sum(tensor.numel() for tensor in self.weights.values())


def restored(state: State) -> Update:
    """Return the update whose `fields_of` these are."""
    return Update(weights=state["weights"], reason=state["reason"])


def changes(new: nn.Module, old: nn.Module, *, reason: Reason) -> Update | None:
    """Return the update that makes `old` equal to `new`, or None where they are equal."""
    before = dict(old.named_parameters())
    weights = {
        name: value.detach().clone()
        for name, value in new.named_parameters()
        if not torch.equal(value, before[name])
    }
    return Update(weights=weights, reason=reason) if weights else None


def apply(update: Update, network: nn.Module) -> None:
    """Put the weights of an update in force."""
    parameters = dict(network.named_parameters())
    with torch.no_grad():
        for name, value in update.weights.items():
            parameters[name].copy_(value)
