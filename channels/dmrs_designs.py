# SPDX-License-Identifier: Apache-2.0
"""The pilot designs there are, what each is made of, and how users share the pilots of one.

`sim.dmrs` says where the pilots stand.
"""

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


class Sharing(StrEnum):
    """How users share the resource elements of pilots.

    COMB: one user sends, the others are silent. COVER_CODE: all send the same symbols, each times a
    row of the Walsh-Hadamard matrix over as many neighbouring subcarriers as there are users.
    OVERLAPPING: each sends symbols of its own, and none are orthogonal.

    Source
    ------
    3GPP TS 38.211 V19, clause 6.4.1.1.3, for combs and for cover codes of two.
    """

    COMB = "comb"
    COVER_CODE = "cover-code"
    OVERLAPPING = "overlapping"


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
