# SPDX-License-Identifier: Apache-2.0
"""The pilot designs there are, and what each is made of; `sim.dmrs` says where its pilots stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DmrsKind(StrEnum):
    """The pilot designs a scenario may name; `sim.dmrs` draws them."""

    STANDARD = "standard"
    SCATTERED = "scattered"
    RANDOM = "random"
    HYBRID = "hybrid"
    ADDITIONAL = "additional"


class Teaching(StrEnum):
    """Which pilots of a design stand at random places and may be learned from."""

    NONE = "none"
    SOME = "some"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class DmrsDesign:
    """What a pilot design is made of.

    Parameters
    ----------
    fills_symbols : bool
        Whether it has pilots on every subcarrier of `symbols`; else it needs `num_pilots`.
    teaching : Teaching
        Where some teach it needs `num_learning`.
    """

    fills_symbols: bool
    teaching: Teaching


DMRS_DESIGNS: Mapping[DmrsKind, DmrsDesign] = {
    DmrsKind.STANDARD: DmrsDesign(fills_symbols=True, teaching=Teaching.NONE),
    DmrsKind.SCATTERED: DmrsDesign(fills_symbols=False, teaching=Teaching.NONE),
    DmrsKind.RANDOM: DmrsDesign(fills_symbols=False, teaching=Teaching.ALL),
    DmrsKind.HYBRID: DmrsDesign(fills_symbols=False, teaching=Teaching.SOME),
    DmrsKind.ADDITIONAL: DmrsDesign(fills_symbols=True, teaching=Teaching.SOME),
}
