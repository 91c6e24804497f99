# SPDX-License-Identifier: Apache-2.0
"""The network: 1x1 stem, blocks that multiply signal by estimate, 1x1 head.

    planes -> [1x1, ReLU] -> block -> ... -> block -> [1x1] -> LLR planes

    block:  x -+-> 1x1 -> dw -> ... -> dw --+ estimate: smoothed over the slot
               |                            * -> dw -> 1x1 -+
               +-> 1x1 ---------------------+ signal        + -> ReLU
               +--------------------------------------------+

A coherent receiver multiplies what it received by the conjugate of what it believes of the channel.
Additions and rectifiers can only imitate a product; a block has one. Every chain of convolutions is
followed by batch normalisation, which deployment folds away, but for the head. Dilations spread the
pilots over the slot: over time until every element is reached by one, over frequency until the
channel's correlation is used up.
"""

from typing import cast

import torch
from torch import Tensor, nn

from receivers.neural.depthwise import Depthwise
from receivers.neural.sizes import BlockShape, NetworkSize, Window


class _Rounding(nn.Module):
    """Round to 256 steps between the least and the greatest value where `is_on`, else do nothing.

    The gradient takes the rounding error as constant in steps: what widens the range is felt.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_on = False

    def forward(self, x: Tensor) -> Tensor:
        if not self.is_on:
            return x
        step = (x.amax() - x.amin()).clamp(min=1e-6) / 255.0
        in_steps = (x / step).detach()
        return x + (in_steps.round() - in_steps) * step


class _Projection(nn.Module):
    """Pointwise convolution, then the depthwise ones of `windows`, batch-normalised."""

    def __init__(self, num_in: int, num_out: int, windows: tuple[Window, ...] = ()) -> None:
        super().__init__()
        self.pointwise = nn.Conv2d(num_in, num_out, 1, bias=False)
        self.depthwise = nn.Sequential(*(_depthwise(num_out, window) for window in windows))
        self.normalisation = nn.BatchNorm2d(num_out)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.normalisation(self.depthwise(self.pointwise(x))))


class _Block(nn.Module):
    """Estimate times signal around a residual connection."""

    def __init__(self, size: NetworkSize, shape: BlockShape) -> None:
        super().__init__()
        self.estimate = _Projection(size.num_channels, size.num_products, shape.estimate)
        self.signal = _Projection(size.num_channels, size.num_products)
        self.depthwise = _depthwise(size.num_products, shape.product)
        self.combined = _Projection(size.num_products, size.num_channels)
        self.rounding = _Rounding()

    def forward(self, x: Tensor) -> Tensor:
        rounded = self.rounding
        product = rounded(rounded(self.estimate(x)) * rounded(self.signal(x)))
        combined = self.combined(rounded(self.depthwise(product)))
        return cast(Tensor, rounded(torch.relu(x + rounded(combined))))


class Network(nn.Module):
    """From input planes to LLR planes, for grids of any size.

    Parameters
    ----------
    size : NetworkSize
        Feature maps and windows.
    num_planes : int
        Input planes, see `receivers.neural.planes`.
    num_bits_per_symbol : int
        Output planes, one a bit.

    Source
    ------
    M. Honkala, D. Korpi, J. Huttunen, DeepRx, arXiv 2005.01494 (residual depthwise-separable
    receiver); Y. N. Dauphin et al., arXiv 1612.08083 (products of two projections; here without
    their sigmoid); blocks, sizes and dilations are our own.
    """

    def __init__(self, size: NetworkSize, *, num_planes: int, num_bits_per_symbol: int) -> None:
        super().__init__()
        self.num_products = size.num_products * len(size.blocks)
        width = size.num_channels
        self.stem = nn.Conv2d(num_planes, width, 1, bias=False)
        self.normalisation = nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(*(_Block(size, shape) for shape in size.blocks))
        self.head = nn.Conv2d(width, num_bits_per_symbol, 1)
        self.rounding = _Rounding()

    def forward(self, planes: Tensor) -> Tensor:
        """Return float32 [num_slots, num_bits_per_symbol, num_symbols, num_subcarriers] LLRs.

        `planes` is float32 [num_slots, num_planes, num_symbols, num_subcarriers].
        """
        x = torch.relu(self.normalisation(self.stem(self.rounding(planes))))
        return cast(Tensor, self.rounding(self.head(self.blocks(self.rounding(x)))))

    def round_activations(self, *, on: bool) -> None:
        """Switch on or off that activations are rounded as 8 bits would, for training."""
        for module in self.modules():
            if isinstance(module, _Rounding):
                module.is_on = on


def count_parameters(network: nn.Module) -> int:
    """Return the number of trained values."""
    return sum(parameter.numel() for parameter in network.parameters())


def macs_per_element(network: Network) -> int:
    """Return multiply-accumulates a resource element: each weight once, each product once."""
    weights = sum(
        module.weight.numel() for module in network.modules() if isinstance(module, nn.Conv2d)
    )
    return weights + network.num_products


def _depthwise(num_channels: int, window: Window) -> Depthwise:
    return Depthwise(num_channels, window.kernel, dilation=window.dilation)
