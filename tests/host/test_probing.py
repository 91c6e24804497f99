# SPDX-License-Identifier: Apache-2.0
"""Tries of weights on other channels: what is counted, and in which parts."""

import torch
from torch import Tensor

from channels.scenario import Scenario
from host.learners import ProbePlan
from host.probing import Prober
from sim.slot import Observation


def scenario(*, slots_per_drop: int) -> Scenario:
    return Scenario.model_validate(
        {
            "schema": 1,
            "name": f"drops-{slots_per_drop}",
            "title": "a channel to try",
            "channel": {"kind": "rayleigh", "slots_per_drop": slots_per_drop},
            "snr": {"kind": "snr_db", "values": [10.0]},
        }
    )


def prober(*drops: int, num_slots: int = 24) -> Prober:
    scenarios = [scenario(slots_per_drop=drop) for drop in drops]
    plan = ProbePlan(
        scenarios=tuple(one.name for one in scenarios),
        scenario_hashes=("0",) * len(scenarios),
        every_slots=16,
        num_slots=num_slots,
    )
    return Prober(plan, scenarios, snr_db=10.0)


def always_one(observation: Observation) -> Tensor:
    """Decide for 1 in every bit: half of the bits are wrong."""
    num_bits = int(observation.data_mask[0].sum()) * observation.num_bits_per_symbol
    return torch.ones(observation.num_slots, 1, num_bits)


def test_parts_add_up_to_the_errors_of_their_scenario() -> None:
    made = prober(1)
    made.probe(always_one, num_slots=0)

    (tried,) = made.tries

    assert tried.part_errors is not None
    (parts,) = tried.part_errors
    assert parts is not None
    assert len(parts) == 3
    assert sum(parts) == tried.bit_errors[0]
    assert abs(tried.bit_errors[0] / tried.num_bits[0] - 0.5) < 0.02


def test_every_try_sees_the_same_slots() -> None:
    made = prober(1)
    for num_slots in (0, 16):
        made.probe(always_one, num_slots=num_slots)

    first, second = made.tries

    assert first.part_errors == second.part_errors
    assert (first.slot, second.slot) == (0, 16)


def test_parts_are_told_where_they_are_whole_drops_and_nowhere_else() -> None:
    made = prober(1, 8, 16, 0, num_slots=16)
    made.probe(always_one, num_slots=0)

    (tried,) = made.tries

    assert tried.part_errors is not None
    assert [part is not None for part in tried.part_errors] == [True, True, False, False]
