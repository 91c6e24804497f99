# SPDX-License-Identifier: Apache-2.0
"""The sizes a network comes in, for boards and for hosts; known without PyTorch."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A depthwise convolution: kernel and dilation, each (symbols, subcarriers), kernel odd."""

    kernel: tuple[int, int] = (3, 5)
    dilation: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockShape:
    """The windows of one block: those that smooth the estimate, and the one behind the product."""

    estimate: tuple[Window, ...]
    product: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSize:
    """How large a network is.

    Parameters
    ----------
    num_channels : int
        Feature maps between blocks.
    num_products : int
        Feature maps that are multiplied inside a block.
    blocks : tuple of BlockShape
    """

    num_channels: int
    num_products: int
    blocks: tuple[BlockShape, ...]


_COMPACT = (
    BlockShape(
        estimate=(Window(dilation=(2, 1)), Window(dilation=(5, 4))),
        product=Window(),
    ),
    BlockShape(
        estimate=(Window(dilation=(1, 2)), Window(dilation=(3, 4))),
        product=Window(),
    ),
)

SIZES: Mapping[str, NetworkSize] = {
    "xxs": NetworkSize(num_channels=12, num_products=12, blocks=_COMPACT),
    "xs": NetworkSize(num_channels=24, num_products=24, blocks=_COMPACT),
    "s": NetworkSize(num_channels=40, num_products=36, blocks=_COMPACT),
    "m": NetworkSize(num_channels=64, num_products=64, blocks=_COMPACT + _COMPACT),
    "l": NetworkSize(num_channels=128, num_products=128, blocks=_COMPACT * 4),
}
