# SPDX-License-Identifier: Apache-2.0
"""The sizes a network comes in, for boards and for hosts; known without PyTorch."""

from collections.abc import Mapping
from dataclasses import dataclass

Dilation = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSize:
    """How large a network is.

    Parameters
    ----------
    num_channels : int
        Width of the residual blocks.
    kernel : tuple of int
        Depthwise kernel, (symbols, subcarriers), both odd.
    dilations : tuple of pairs
        One entry a block: the dilations (symbols, subcarriers) of its two depthwise convolutions.
    """

    num_channels: int
    kernel: tuple[int, int]
    dilations: tuple[tuple[Dilation, Dilation], ...]


_COMPACT = (((1, 1), (2, 2)), ((3, 4), (1, 1)))
_DEEP = (((1, 1), (2, 2)), ((3, 4), (1, 1)), ((1, 2), (2, 4)), ((1, 1), (1, 1)))

SIZES: Mapping[str, NetworkSize] = {
    "xxs": NetworkSize(num_channels=16, kernel=(3, 5), dilations=_COMPACT),
    "xs": NetworkSize(num_channels=32, kernel=(3, 5), dilations=_COMPACT),
    "s": NetworkSize(num_channels=48, kernel=(3, 5), dilations=_COMPACT),
    "m": NetworkSize(num_channels=64, kernel=(3, 5), dilations=_DEEP),
    "l": NetworkSize(num_channels=128, kernel=(3, 5), dilations=_DEEP + _DEEP),
}
