# SPDX-License-Identifier: Apache-2.0
r"""A layer that serves all stages of an unfolded detector: with the same weights, or its own.

.. math:: y = (W + B_t A_t + D C) [x, 1]

of stage t, with factors A of r rows and B of r columns. B begins as zero, and so every stage as the
shared layer. The bias is a column of W, which the factors change with the rest. C and D, where they
are, serve one channel: all stages have them in common, so a few numbers move the whole network.

Source
------
E. J. Hu et al., LoRA, arXiv 2106.09685, section 4.1; X. Wang et al., Deep LoRA-Unfolding Networks,
arXiv 2602.18697, for factors of a stage around one denoiser.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_CHANNEL_SHARE = 0.5
_TINY = 1e-12


class Stages(StrEnum):
    """What the stages share: all weights, all but low-rank factors, or nothing."""

    SHARED = "shared"
    LORA = "lora"
    INDEPENDENT = "independent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """The stages that a layer serves.

    Parameters
    ----------
    stages : Stages
    num_stages : int
    rank_share : float
        Of the smaller side of a layer: r = max(1, ceil(rank_share * min(inputs, outputs))).
    """

    stages: Stages
    num_stages: int
    rank_share: float = 0.1


class StagedLinear(nn.Module):
    """The layer; see the module.

    Parameters
    ----------
    num_inputs, num_outputs : int
    staging : Staging
    rng : torch.Generator
        Of the first weights, which are the same for every way of sharing.
    """

    def __init__(
        self, *, num_inputs: int, num_outputs: int, staging: Staging, rng: torch.Generator
    ) -> None:
        super().__init__()
        bound = 1.0 / math.sqrt(num_inputs)
        seed = int(torch.randint(2**31, (), generator=rng))
        rng = torch.Generator().manual_seed(seed)  # factors take nothing from other layers
        shared = _uniform((1, num_outputs, num_inputs + 1), bound, rng)
        num_copies = staging.num_stages if staging.stages is Stages.INDEPENDENT else 1
        self.weight = nn.Parameter(shared.repeat(num_copies, 1, 1))
        self.down: nn.Parameter | None = None
        self.up: nn.Parameter | None = None
        self.channel_down: nn.Parameter | None = None
        self.channel_up: nn.Parameter | None = None
        if staging.stages is Stages.LORA:
            rank = max(1, math.ceil(staging.rank_share * min(num_inputs, num_outputs)))
            down = _uniform((staging.num_stages, rank, num_inputs + 1), bound, rng)
            self.down = nn.Parameter(down)
            self.up = nn.Parameter(torch.zeros(staging.num_stages, num_outputs, rank))

    @property
    def factors(self) -> list[nn.Parameter]:
        """Return the low-rank factors of all stages; empty without any."""
        return [factor for factor in (self.down, self.up) if factor is not None]

    def add_channel_factors(self, rng: torch.Generator, *, rank: int = 1) -> None:
        """Make room for one channel, by factors that leave the layer as it is at first.

        Parameters
        ----------
        rng : torch.Generator
            Of C, the rows.
        rank : int
            Rows of C, columns of D.
        """
        _, num_outputs, num_columns = self.weight.shape
        bound = 1.0 / math.sqrt(num_columns - 1)
        self.channel_down = nn.Parameter(_uniform((rank, num_columns), bound, rng))
        self.channel_up = nn.Parameter(torch.zeros(num_outputs, rank))

    @torch.no_grad()
    def confine_channel_factors(self) -> None:
        """Shrink rows of D until no number of D C exceeds half of its row's largest weight.

        Devices, whose units are those of the row, hold no more. Without such factors nothing
        changes.
        """
        if self.channel_down is None or self.channel_up is None:
            return
        weights: Tensor = self.weight
        if self.down is not None and self.up is not None:
            weights = weights + self.up @ self.down
        room = _CHANNEL_SHARE * weights.abs().amax(dim=(0, 2))
        largest = (self.channel_up.abs() @ self.channel_down.abs()).amax(dim=1)
        self.channel_up.mul_((room / largest.clamp(min=_TINY)).clamp(max=1.0)[:, None])

    def merged(self, stage: int) -> Tensor:
        """Return the weights of a stage, float32 [num_outputs, num_inputs + 1], bias last."""
        weight = self.weight[stage if len(self.weight) > 1 else 0]
        if self.down is not None and self.up is not None:
            weight = weight + self.up[stage] @ self.down[stage]
        if self.channel_down is not None and self.channel_up is not None:
            weight = weight + self.channel_up @ self.channel_down
        return weight

    def forward(self, x: Tensor, stage: int) -> Tensor:
        """Return float32 [..., num_outputs], of inputs float32 [..., num_inputs]."""
        weight = self.merged(stage)
        return F.linear(x, weight[:, :-1], weight[:, -1])


def _uniform(shape: tuple[int, ...], bound: float, rng: torch.Generator) -> Tensor:
    return bound * (2.0 * torch.rand(shape, generator=rng) - 1.0)
