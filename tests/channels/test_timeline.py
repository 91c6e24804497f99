# SPDX-License-Identifier: Apache-2.0
"""Running sums of drifting values."""

import numpy as np

from channels.timeline import RunningSum
from tests.channels.scenarios import scenario


def test_sum_of_a_constant_is_a_product() -> None:
    total = RunningSum(scenario({"impairments.cfo_hz": 2.5}), "impairments.cfo_hz")

    assert np.array_equal(total.before(np.array([0, 4, 1_000_000])), [0.0, 10.0, 2_500_000.0])


def test_sum_of_a_step_has_a_kink() -> None:
    step = {"target": "impairments.cfo_hz", "kind": "step", "slot": 3, "to": 10.0}
    total = RunningSum(scenario({"impairments.cfo_hz": 1.0}, step), "impairments.cfo_hz")

    assert np.array_equal(total.before(np.array([0, 1, 3, 4, 6])), [0, 1, 3, 13, 33])


def test_sum_does_not_depend_on_what_was_asked_before() -> None:
    ramp = {
        "target": "impairments.cfo_hz",
        "kind": "ramp",
        "first_slot": 0,
        "last_slot": 997,
        "to": 0.1,
    }
    slots = np.arange(0, 3000, 7)

    at_once = RunningSum(scenario(None, ramp), "impairments.cfo_hz").before(slots)
    little_by_little = RunningSum(scenario(None, ramp), "impairments.cfo_hz")

    assert np.array_equal(
        [little_by_little.before(slots[i : i + 1])[0] for i in range(len(slots))], at_once
    )
