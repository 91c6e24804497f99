# SPDX-License-Identifier: Apache-2.0
"""The stopping rule, by hand-made cases."""

import pytest

from host.stopping import StoppingRule, StopReason

RULE = StoppingRule(min_slots=64, max_slots=200, target_block_errors=10, max_time_s=5.0)


@pytest.mark.parametrize(
    ("num_slots", "block_errors", "elapsed_s", "reason"),
    [
        pytest.param(64, 9, 0.0, None, id="goes on below the target"),
        pytest.param(64, 10, 0.0, StopReason.ERRORS, id="ends at the target"),
        pytest.param(32, 10, 0.0, None, id="not before the fewest slots"),
        pytest.param(200, 0, 0.0, StopReason.SLOTS, id="ends at the most slots"),
        pytest.param(64, 0, 5.0, StopReason.TIME, id="ends at the time limit"),
        pytest.param(64, 10, 5.0, StopReason.ERRORS, id="errors go before time"),
        pytest.param(64, None, 0.0, None, id="no code, no target on code words"),
    ],
)
def test_the_rule_is_judged_as_documented(
    num_slots: int, block_errors: int | None, elapsed_s: float, reason: StopReason | None
) -> None:
    verdict = RULE.judge(
        num_slots=num_slots, bit_errors=1000, block_errors=block_errors, elapsed_s=elapsed_s
    )

    assert verdict is reason


def test_both_targets_must_be_reached_when_both_are_given() -> None:
    rule = StoppingRule(target_block_errors=1, target_bit_errors=100)

    half = rule.judge(num_slots=64, bit_errors=99, block_errors=5, elapsed_s=0.0)
    both = rule.judge(num_slots=64, bit_errors=100, block_errors=5, elapsed_s=0.0)

    assert (half, both) == (None, StopReason.ERRORS)


def test_the_last_block_is_cut_at_the_most_slots() -> None:
    assert [RULE.block_after(n) for n in (0, 64, 128, 192)] == [64, 64, 64, 8]


def test_a_cap_lowers_both_limits() -> None:
    capped = RULE.capped(20)

    assert (capped.min_slots, capped.max_slots) == (20, 20)
    assert RULE.capped(500) is RULE
