# SPDX-License-Identifier: Apache-2.0
r"""Proximal gradient descent, unfolded: one small denoiser, and low-rank factors for each stage.

A stage takes a gradient step towards what was received, each unknown k scaled by its own channel,

.. math:: z_k = x_k + \rho_t h_k^T (y - H x) / \|h_k\|^2

and a proximal step: an MLP makes the logits of an unknown's levels from z, x, the estimate that the
first stage begins with, the logarithms of its error's variance and of z's, and the variance v of x;
their mean and variance are the next x and v. The MLP is the same for all unknowns, so any number
of users and antennas will do; see `staged` for how stages share it. The first stage begins with
LMMSE, or without any matrix inversion: with nothing, and the matched filter in place of LMMSE.

Source
------
X. Wang et al., Deep LoRA-Unfolding Networks for Image Restoration, arXiv 2602.18697, for stages
that differ by low-rank factors alone and for two phases of training, shared weights first; there
they are frozen in the second phase, here they learn on. The denoiser is our own.
"""

import copy
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from receivers.mimo.deep.network import DeepNetwork, other_modulation
from receivers.mimo.deep.real_model import RealModel, joined_logits, levels, real_model
from receivers.mimo.deep.staged import StagedLinear, Stages, Staging
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation

CHANNEL_FACTORS = ("channel_down", "channel_up")

_NUM_FEATURES = 6
_CHANNEL_SEED = 1
_TINY = 1e-6


class Start(StrEnum):
    """What the first stage begins with."""

    LMMSE = "lmmse"
    MATCHED = "matched"


class LoraUnfolded(DeepNetwork):
    """The network; see the module.

    Parameters
    ----------
    modulation : Modulation
    num_stages, num_hidden : int
        Stages, and numbers of both hidden layers of the denoiser.
    start : Start
    stages : Stages
        What stages share.
    seed : int
        Of the first weights.
    """

    def __init__(
        self,
        modulation: Modulation,
        *,
        num_stages: int = 8,
        num_hidden: int = 24,
        start: Start = Start.LMMSE,
        stages: Stages = Stages.LORA,
        seed: int = 1,
    ) -> None:
        super().__init__()
        self.modulation, self.num_stages, self.num_hidden = modulation, num_stages, num_hidden
        self.start, self.stages = start, stages
        self._levels = levels(modulation)
        self.step = nn.Parameter(torch.ones(1 if stages is Stages.SHARED else num_stages))
        staging = Staging(stages=stages, num_stages=num_stages)
        rng = torch.Generator().manual_seed(seed)
        sides = (_NUM_FEATURES, num_hidden, num_hidden, len(self._levels))
        self.layers = nn.ModuleList(
            StagedLinear(num_inputs=inputs, num_outputs=outputs, staging=staging, rng=rng)
            for inputs, outputs in pairwise(sides)
        )

    @property
    def size(self) -> dict[str, int]:
        """Return the stages and the hidden numbers."""
        return {"num_stages": self.num_stages, "num_hidden": self.num_hidden}

    @property
    def of_stages(self) -> list[nn.Parameter]:
        """Return what stages have of their own: step sizes and low-rank factors."""
        return [self.step, *(factor for layer in self._layers for factor in layer.factors)]

    def with_channel_factors(self) -> "LoraUnfolded":
        """Return a copy that does the same, with factors for a channel that are still zero.

        Their names end in `CHANNEL_FACTORS`. Taught alone, they are what a change of the channel
        changes: some hundred numbers, in all stages alike.
        """
        changed = copy.deepcopy(self)
        rng = torch.Generator().manual_seed(_CHANNEL_SEED)
        for layer in changed._layers:  # of the same class
            layer.add_channel_factors(rng)
        return changed

    def confine(self) -> None:
        """Bring factors of a channel back to what devices have room for."""
        for layer in self._layers:
            layer.confine_channel_factors()

    def phases(self) -> tuple[list[nn.Parameter], ...]:
        """Return the shared weights and step sizes, then all; without factors all twice."""
        everything = list(self.parameters())
        if self.stages is Stages.LORA:
            return [self.step, *(layer.weight for layer in self._layers)], everything
        return everything, everything

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot work: it was trained for one modulation."""
        return other_modulation(self.modulation, shape)

    def forward(self, problem: Problem) -> Tensor:
        """Return the logits, float32 [num_iterations, num_elements, num_tx, num_points]."""
        equations = self._equations(real_model(problem))
        begun = equations.linear() if self.start is Start.LMMSE else equations.matched()
        x, variance = begun.x, begun.variance
        logits = []
        for stage in range(self.num_stages):
            left, spread = equations.cancelled(x, variance)
            z = x + self.step[stage if len(self.step) > 1 else 0] * (left - x)
            known = torch.stack([z, x, *begun.told, spread.log(), variance], dim=-1)
            logits.append(self._denoised(known, stage))
            p = logits[-1].softmax(-1)
            x = p @ self._levels
            variance = p @ self._levels.square() - x.square()
        return joined_logits(torch.stack(logits), self.modulation)

    def _equations(self, model: RealModel) -> "Equations":
        return Equations(model)

    @property
    def _layers(self) -> list[StagedLinear]:
        return cast(list[StagedLinear], list(self.layers))

    def _denoised(self, x: Tensor, stage: int) -> Tensor:
        *hidden, last = self._layers
        for layer in hidden:
            x = torch.relu(layer(x, stage))
        return torch.as_tensor(last(x, stage))


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What the first stage begins with, and what all stages are told of it."""

    x: Tensor
    variance: Tensor
    told: tuple[Tensor, Tensor]


class Equations:
    """What does not change from one stage to the next.

    Parameters
    ----------
    model : RealModel
    """

    def __init__(self, model: RealModel) -> None:
        self.gram = model.h.mT @ model.h
        self.matched_sums = (model.h * model.y[..., None]).sum(1)
        self.noise = model.noise_variance[:, None]
        self._gain = self.gram.diagonal(dim1=1, dim2=2)
        self.identity = torch.eye(self.gram.shape[-1])
        self._interference = self.gram / self._gain[..., None] * (1.0 - self.identity)

    def linear(self) -> Begun:
        """Return LMMSE, made unbiased where stages are told of it."""
        inverse = torch.linalg.inv(self.gram + self.noise[..., None] * self.identity)
        x = (inverse @ self.matched_sums[..., None])[..., 0]
        variance = self.noise * inverse.diagonal(dim1=1, dim2=2)
        unbiased = (1.0 - variance).clamp(min=_TINY)
        told = (x / unbiased, (variance / unbiased).clamp(min=_TINY).log())
        return Begun(x=x, variance=variance, told=told)

    def matched(self) -> Begun:
        """Return ignorance, and the matched filter."""
        x = torch.zeros_like(self.matched_sums)
        told = (self.matched_sums / self._gain, (self.noise / self._gain).log())
        return Begun(x=x, variance=torch.ones_like(x), told=told)

    def cancelled(self, x: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is left behind cancellation, and the variance of its error."""
        others = (self._interference @ x[..., None])[..., 0]
        left = self.matched_sums / self._gain - others
        spread = (self._interference.square() @ variance[..., None])[..., 0]
        return left, (spread + self.noise / self._gain).clamp(min=_TINY)
