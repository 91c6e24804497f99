# SPDX-License-Identifier: Apache-2.0
"""What a network is given to run in."""

from dataclasses import dataclass

from boards.body import Body
from boards.flash import FlashModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """Memory and what lies behind it.

    Parameters
    ----------
    body : Body
        Of the kernels, whose scratch is part of the memory.
    sram_bytes : int
        Activations, scratch and constants have so much room together.
    flash : FlashModel
        Where constants come from.
    tile_bytes : int
        Constants of a part of an operator take no more, where it can be cut.
    """

    body: Body
    sram_bytes: int
    flash: FlashModel
    tile_bytes: int
