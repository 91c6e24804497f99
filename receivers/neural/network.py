# SPDX-License-Identifier: Apache-2.0
"""The network: 1x1 stem, depthwise-separable residual blocks, 1x1 head.

    planes -> [1x1, ReLU] -> block -> ... -> block -> [1x1] -> LLR planes
    block:  x -> dw -> 1x1 -> ReLU -> dw -> 1x1 -> (+ x) -> ReLU

Every 1x1 convolution but the head is followed by batch normalisation, which deployment folds away.
Dilations widen the view: over time until every element sees a pilot symbol, over frequency until
the channel's correlation is used up.
"""

from typing import cast

import torch
from torch import Tensor, nn

from receivers.neural.sizes import Dilation, NetworkSize


class _Separable(nn.Module):
    """Depthwise, then pointwise convolution, batch-normalised."""

    def __init__(self, num_channels: int, kernel: tuple[int, int], dilation: Dilation) -> None:
        super().__init__()
        padding = (kernel[0] // 2 * dilation[0], kernel[1] // 2 * dilation[1])
        self.depthwise = nn.Conv2d(
            num_channels,
            num_channels,
            kernel,
            padding=padding,
            dilation=dilation,
            groups=num_channels,
            bias=False,
        )
        self.pointwise = nn.Conv2d(num_channels, num_channels, 1, bias=False)
        self.normalisation = nn.BatchNorm2d(num_channels)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.normalisation(self.pointwise(self.depthwise(x))))


class _Block(nn.Module):
    """Two separable convolutions around a residual connection."""

    def __init__(
        self, num_channels: int, kernel: tuple[int, int], dilations: tuple[Dilation, Dilation]
    ) -> None:
        super().__init__()
        self.first = _Separable(num_channels, kernel, dilations[0])
        self.second = _Separable(num_channels, kernel, dilations[1])

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(torch.relu(self.first(x))))


class Network(nn.Module):
    """From input planes to LLR planes, for grids of any size.

    Parameters
    ----------
    size : NetworkSize
        Width, kernel and dilations.
    num_planes : int
        Input planes, see `receivers.neural.planes`.
    num_bits_per_symbol : int
        Output planes, one a bit.

    Source
    ------
    M. Honkala, D. Korpi, J. Huttunen, DeepRx, arXiv 2005.01494 (residual depthwise-separable
    receiver); sizes and dilations are our own.
    """

    def __init__(self, size: NetworkSize, *, num_planes: int, num_bits_per_symbol: int) -> None:
        super().__init__()
        width = size.num_channels
        self.stem = nn.Conv2d(num_planes, width, 1, bias=False)
        self.normalisation = nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(
            *(_Block(width, size.kernel, dilations) for dilations in size.dilations)
        )
        self.head = nn.Conv2d(width, num_bits_per_symbol, 1)

    def forward(self, planes: Tensor) -> Tensor:
        """Return float32 [num_slots, num_bits_per_symbol, num_symbols, num_subcarriers] LLRs.

        `planes` is float32 [num_slots, num_planes, num_symbols, num_subcarriers].
        """
        x = torch.relu(self.normalisation(self.stem(planes)))
        return cast(Tensor, self.head(self.blocks(x)))


def count_parameters(network: nn.Module) -> int:
    """Return the number of trained values."""
    return sum(parameter.numel() for parameter in network.parameters())


def macs_per_element(network: nn.Module) -> int:
    """Return multiply-accumulates a resource element; stride 1, so each weight is used once."""
    return sum(
        module.weight.numel() for module in network.modules() if isinstance(module, nn.Conv2d)
    )
