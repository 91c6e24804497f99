# SPDX-License-Identifier: Apache-2.0
"""Training a network of iterations as one: the cross-entropy of all iterations is summed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from receivers.mimo.deep.network import DeepNetwork
from receivers.mimo.deep.turning import turned
from sim.mimo.problem import Block

WARMUP_SHARE = 0.1
MAX_GRADIENT_NORM = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How a network is trained.

    Parameters
    ----------
    num_steps : int
    learning_rate : float
        Peak rate of Adam; it rises over the first tenth, then falls to nothing along a cosine.
    has_turns : bool
        Each step sees the users turned anew, see `receivers.mimo.deep.turning`.
    seed : int
        Of the turns.
    """

    num_steps: int = 300
    learning_rate: float = 5e-3
    has_turns: bool = True
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a training stands.

    Parameters
    ----------
    step, num_steps : int
        Steps done, and in all.
    loss : float
        Cross-entropy of a symbol [nat], the mean over iterations.
    """

    step: int
    num_steps: int
    loss: float


def train(
    network: DeepNetwork,
    batch: Callable[[int], Block],
    settings: TrainingSettings,
    *,
    taught: Sequence[nn.Parameter] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Train a network in place.

    Parameters
    ----------
    network : DeepNetwork
        With its first weights.
    batch : callable
        The elements of each step: always the same pilots, or fresh ones.
    settings : TrainingSettings
    taught : sequence of Parameter or None
        What of the network learns; None for all.
    on_progress : callable or None
        Told about every step.
    """
    learning = list(network.parameters()) if taught is None else list(taught)
    rng = torch.Generator().manual_seed(settings.seed)
    optimizer = torch.optim.Adam(learning, lr=settings.learning_rate)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        settings.learning_rate,
        total_steps=max(settings.num_steps, 2),
        pct_start=WARMUP_SHARE,
    )
    network.train()
    for step in range(settings.num_steps):
        block = batch(step)
        loss = loss_of(network, turned(block, rng=rng) if settings.has_turns else block)
        network.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learning, MAX_GRADIENT_NORM)
        optimizer.step()
        rate.step()
        if on_progress is not None:
            done = Progress(step=step + 1, num_steps=settings.num_steps, loss=loss.item())
            on_progress(done)
    network.eval()


def loss_of(network: DeepNetwork, block: Block, *, last_alone: bool = False) -> Tensor:
    """Return the cross-entropy of a symbol, the mean over iterations, users and elements [nat].

    With `last_alone` earlier iterations count nothing.
    """
    logits = network(block.problem)[-1 if last_alone else 0 :]
    labels = block.sent.labels.expand(logits.shape[:-1])
    return F.cross_entropy(logits.flatten(0, -2), labels.flatten())
