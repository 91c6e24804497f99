# SPDX-License-Identifier: Apache-2.0
"""What a detector tells about the cost of its slots."""

from dataclasses import dataclass

from host.record import Cost, Hardware, Learning, LearningTime, LinkUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """What detecting cost so far; None for what cannot be told."""

    cost: Cost | None = None
    hardware: Hardware | None = None
    link: LinkUse | None = None
    learning: Learning | None = None
    learning_time: LearningTime | None = None
