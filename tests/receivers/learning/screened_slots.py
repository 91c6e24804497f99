# SPDX-License-Identifier: Apache-2.0
"""Slots to be screened: the link of delay-still on other airs, with other pilots and faults."""

from collections.abc import Mapping
from typing import Any

from channels.scenario import load
from sim.link import Link
from sim.slot import Slot

STILL = load("delay-still")
RANDOM = {"kind": "random", "num_pilots": 128, "slots_per_draw": 16, "seed": 1}
DESIGNS: Mapping[str, dict[str, Any]] = {
    "random": RANDOM,
    "hybrid": {**RANDOM, "kind": "hybrid", "num_learning": 64},
    "additional": {"kind": "additional", "symbols": [2, 11], "num_learning": 40},
    "own places in every slot": {**RANDOM, "slots_per_draw": 1},
}


def slots(
    values: Mapping[str, object] | None = None,
    *,
    delay_spread_s: float = 45e-9,
    speed_mps: float = 3.0,
    snr_db: float = 20.0,
    num_slots: int = 32,
) -> Slot:
    """Return slots of one seed, of the scenario with some `table.key` changed."""
    air = {
        "channel.delay_spread_s": delay_spread_s,
        "channel.min_speed_mps": speed_mps,
        "channel.max_speed_mps": speed_mps,
    }
    made = STILL.with_values({**air, **(values or {})})
    return Link(made, seed=7).slots(320, num_slots, snr_db=snr_db)
