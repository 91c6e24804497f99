# SPDX-License-Identifier: Apache-2.0
"""How deep a learner trains: the head, the last block too, or all; and when to go deeper.

Successive gradients that agree have somewhere to go, and the few weights they belong to suffice.
When they no longer agree, what is trained has given what it can, and more is trained.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from receivers.learning.settings import Trained
from receivers.neural.network import Network
from receivers.state import Kept

_SMOOTHING = 0.9

DEPTHS: tuple[Trained, ...] = ("head", "last-block", "all")
"""From the fewest weights to all of them."""


def parameters(network: Network, trained: Trained) -> dict[str, nn.Parameter]:
    """Return the parameters of a depth by name."""
    last = f"blocks.{len(network.blocks) - 1}."
    prefixes: Mapping[Trained, tuple[str, ...]] = {
        "head": ("head.",),
        "last-block": ("head.", last),
    }
    chosen = prefixes.get(trained, ("",))
    return {name: p for name, p in network.named_parameters() if name.startswith(chosen)}


def select(network: Network, trained: Trained) -> None:
    """Let gradients flow to the parameters of a depth, and to no others."""
    chosen = parameters(network, trained)
    for name, parameter in network.named_parameters():
        parameter.requires_grad = name in chosen


class Depth(Kept):
    """Which depth is trained now.

    Parameters
    ----------
    trained : str
        A fixed depth, or "adaptive".
    freeze_below : float
        Mean cosine of successive gradients below which an adaptive depth grows.

    Source
    ------
    J. He, L. Bai, X. Yang, arXiv 2602.20796, 2026, algorithm 1: cosine of successive gradients,
    more modules below a threshold. Here the cosine is to the mean of the gradients before, and is
    averaged over the mini-batches between two decisions.
    """

    def __init__(self, trained: Trained, *, freeze_below: float) -> None:
        self._is_adaptive = trained == "adaptive"
        self._fixed: Trained = "all" if trained == "adaptive" else trained
        self._freeze_below = freeze_below
        self._i_depth = 0
        self._mean: Tensor | None = None
        self._cosines: list[float] = []

    @property
    def now(self) -> Trained:
        """Return the depth that is trained."""
        return DEPTHS[self._i_depth] if self._is_adaptive else self._fixed

    def restart(self) -> None:
        """Begin with the head again."""
        self._i_depth = 0
        self._forget()

    def hear(self, gradients: Iterator[Tensor]) -> None:
        """Hear the gradients of a step."""
        if not self._is_adaptive:
            return
        gradient = torch.cat([g.flatten() for g in gradients])
        if self._mean is not None:
            cosine = torch.nn.functional.cosine_similarity(gradient, self._mean, dim=0)
            self._cosines.append(float(cosine))
            self._mean.lerp_(gradient, 1.0 - _SMOOTHING)
        else:
            self._mean = gradient

    def decide(self) -> bool:
        """Go deeper if the gradients since the last decision did not agree; return whether."""
        cosines = self._cosines
        if not self._is_adaptive or not cosines or self.now == "all":
            return False
        mean = sum(cosines) / len(cosines)
        self._cosines = []
        if mean >= self._freeze_below:
            return False
        self._i_depth += 1
        self._forget()
        return True

    def _forget(self) -> None:
        self._mean = None
        self._cosines = []
