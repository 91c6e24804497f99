# SPDX-License-Identifier: Apache-2.0
"""What a detector tells about the cost of its slots."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from host.record import Band, Cost, Hardware, Learning, LearningTime, LinkUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """What detecting cost so far; None for what cannot be told.

    `energy` is what a meter measured of a slot, by the meter's name; what is modelled is in `cost`.
    """

    cost: Cost | None = None
    hardware: Hardware | None = None
    link: LinkUse | None = None
    learning: Learning | None = None
    learning_time: LearningTime | None = None
    energy: Mapping[str, Band] = field(default_factory=dict[str, Band])
