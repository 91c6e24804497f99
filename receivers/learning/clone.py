# SPDX-License-Identifier: Apache-2.0
"""The learning clone: a copy of the receiver's network that is trained, and its running mean."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from receivers.learning.depth import Depth, parameters, select
from receivers.learning.eigen_adam import EigenAdam
from receivers.learning.masking import MaskedView
from receivers.learning.settings import LearnerSettings
from receivers.neural.network import Network
from receivers.neural.planes import planes
from receivers.state import Kept, State, copied

_BETAS = (0.9, 0.99)
_WARMUP = 10.0  # steps after which the mean forgets where it began


class Clone(Kept):
    """Trains the fast weights, and keeps their running mean, which is what is deployed.

    Parameters
    ----------
    network : Network
        Copied; in evaluation mode, so that its normalisation stays as it was trained.
    settings : LearnerSettings

    Source
    ------
    B. T. Polyak, A. B. Juditsky, SIAM J. Control Optim. 30 (4), 1992: the mean of the iterates of a
    constant rate reaches what a falling rate reaches.
    """

    fixed = ("_settings", "_optimizer")

    def __init__(self, network: Network, settings: LearnerSettings) -> None:
        self._settings = settings
        self.fast = copy.deepcopy(network)
        self.mean = copy.deepcopy(network)
        self.mean.requires_grad_(requires_grad=False)
        self.depth = Depth(settings.trained, freeze_below=settings.freeze_below)
        self.restart(network)

    def restart(self, network: Network) -> None:
        """Begin again from the weights of a network, with the fewest weights trained."""
        self.fast.load_state_dict(network.state_dict())
        self.mean.load_state_dict(network.state_dict())
        self.depth.restart()
        self._num_steps = 0
        self._begin()

    def step(self, loss: Tensor, *, rate: float) -> None:
        """Take one step down a loss of the fast network; `rate` multiplies the peak rate."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate * self._settings.learning_rate
        self._optimizer.zero_grad()
        loss.backward()
        trained = parameters(self.fast, self.depth.now).values()
        self.depth.hear(p.grad for p in trained if p.grad is not None)
        before = [p.detach().clone() for p in trained]
        self._optimizer.step()
        _shorten(list(trained), before, max_norm=self._settings.max_step_norm)
        self._num_steps += 1
        self._follow(rate=rate)

    def deepen(self) -> bool:
        """Train more of the network if the gradients say so; return whether."""
        grows = self.depth.decide()
        if grows:
            self._begin()
        return grows

    def state(self) -> State:
        """Return both networks, and how the training of the fast one stands."""
        return {**super().state(), "optimizer": copied(self._optimizer.state_dict())}

    def restore(self, state: State) -> None:
        """Go on where another clone was."""
        self.depth.restore(state["depth"])
        self._begin()
        self._optimizer.load_state_dict(copied(state["optimizer"]))
        super().restore({name: kept for name, kept in state.items() if name != "optimizer"})

    def _begin(self) -> None:
        select(self.fast, self.depth.now)
        trained = parameters(self.fast, self.depth.now).values()
        rate = self._settings.learning_rate
        self._optimizer: torch.optim.Optimizer
        if self._settings.optimizer == "adam":
            self._optimizer = torch.optim.Adam(trained, lr=rate)
        else:
            self._optimizer = EigenAdam(trained, lr=rate, betas=_BETAS)

    def _follow(self, *, rate: float) -> None:
        """Move the mean; it reaches back twice as far at half the rate."""
        warm = self._num_steps / (self._num_steps + _WARMUP)
        memory = min(warm, 1.0 - rate * (1.0 - self._settings.averaging))
        if not self._settings.averaging:
            memory = 0.0
        fast = dict(self.fast.named_parameters())
        with torch.no_grad():
            for name, value in self.mean.named_parameters():
                value.lerp_(fast[name], 1.0 - memory)


@torch.no_grad()
def _shorten(now: Sequence[Tensor], before: Sequence[Tensor], *, max_norm: float) -> None:
    """Let weights go no farther from where they were than a Euclidean norm."""
    changes = [one - other for one, other in zip(now, before, strict=True)]
    norm = float(torch.cat([change.flatten() for change in changes]).norm())
    if norm > max_norm:
        for one, other, change in zip(now, before, changes, strict=True):
            one.copy_(other + change * (max_norm / norm))


def forward(network: Network, view: MaskedView) -> Tensor:
    """Return the LLRs, float32 [num_slots, num_symbols, num_subcarriers, num_bits_per_symbol]."""
    seen = planes(view.observation).contiguous(memory_format=torch.channels_last)
    llr: Tensor = network(seen)
    return llr.permute(0, 2, 3, 1)


def label_losses(llr: Tensor, view: MaskedView) -> Tensor:
    """Return float32 [num_labels]: the cross-entropy of each label, mean over its bits [nat]."""
    per_bit = functional.binary_cross_entropy_with_logits(
        llr[view.labelled], view.labels, reduction="none"
    )
    return per_bit.mean(-1)


def slot_losses(network: Network, view: MaskedView) -> Tensor:
    """Return float32 [num_slots]: the mean loss of each slot, without those that have no label."""
    with torch.no_grad():
        losses = label_losses(forward(network, view), view)
    slots = torch.nonzero(view.labelled)[:, 0]
    total = torch.zeros(view.num_slots).index_add_(0, slots, losses)
    num_labels = torch.bincount(slots, minlength=view.num_slots)
    return (total / num_labels)[num_labels > 0]


def mean_loss(
    network: Network, views: Sequence[MaskedView], *, known: Tensor | None = None
) -> Tensor:
    """Return the mean loss over all labels of some views, with gradients.

    Parameters
    ----------
    network : Network
    views : sequence of MaskedView
    known : float32 [num_labels] or None
        Losses of more labels, computed already.
    """
    losses = [label_losses(forward(network, view), view) for view in views]
    return torch.cat([*([] if known is None else [known]), *losses]).mean()
