# SPDX-License-Identifier: Apache-2.0
"""Waits before repetitions follow RFC 6298, and never fall far below what is sane."""

import pytest

from host.patience import Limits, Patience

RUN, INPUT = 6, 5
LIMITS = Limits(first_wait_s=0.5, shortest_wait_s=0.02)


def test_an_unknown_command_waits_as_told_and_for_its_bytes() -> None:
    patience = Patience(LIMITS)

    assert patience.wait_s(RUN, num_bytes=0) == 0.5
    assert patience.wait_s(RUN, num_bytes=960) == 1.5


def test_one_answer_makes_the_wait_three_times_its_duration() -> None:
    """RFC 6298 (2.2): SRTT = R, RTTVAR = R / 2, RTO = SRTT + 4 RTTVAR = 3 R."""
    patience = Patience(LIMITS)

    patience.learn(RUN, num_bytes=12, took_s=0.1)

    assert patience.wait_s(RUN, num_bytes=12) == pytest.approx(0.3)


def test_a_second_answer_is_smoothed_in_by_the_formulas() -> None:
    """RFC 6298 (2.3) by hand: R = 0.1 then 0.2."""
    patience = Patience(LIMITS)
    patience.learn(RUN, num_bytes=12, took_s=0.1)

    patience.learn(RUN, num_bytes=12, took_s=0.2)

    deviation_s = 0.75 * 0.05 + 0.25 * 0.1
    smoothed_s = 0.875 * 0.1 + 0.125 * 0.2
    assert patience.wait_s(RUN, num_bytes=12) == pytest.approx(smoothed_s + 4 * deviation_s)


def test_a_fast_device_is_still_given_the_shortest_wait() -> None:
    patience = Patience(LIMITS)

    for _ in range(100):
        patience.learn(RUN, num_bytes=12, took_s=1e-4)

    assert patience.wait_s(RUN, num_bytes=12) == 0.02


def test_waits_double_and_stay_doubled_until_an_answer_comes_at_once() -> None:
    """RFC 6298 (5.5) to (5.7)."""
    patience = Patience(LIMITS)
    patience.learn(RUN, num_bytes=12, took_s=0.1)

    patience.back_off(RUN, num_bytes=12)
    patience.back_off(RUN, num_bytes=12)

    assert patience.wait_s(RUN, num_bytes=12) == pytest.approx(1.2)
    patience.learn(RUN, num_bytes=12, took_s=0.1)
    assert patience.wait_s(RUN, num_bytes=12) == pytest.approx(0.3)


def test_short_answers_to_short_requests_do_not_hurry_long_ones() -> None:
    patience = Patience(LIMITS)

    patience.learn(INPUT, num_bytes=20, took_s=0.001)

    assert patience.wait_s(INPUT, num_bytes=2048) == pytest.approx(0.5 + 2048 / 960)


def test_commands_are_learned_apart_and_forgotten_apart() -> None:
    patience = Patience(LIMITS)
    patience.learn(RUN, num_bytes=12, took_s=0.1)
    patience.learn(INPUT, num_bytes=12, took_s=0.1)

    patience.expect(RUN, work_s=0.0)

    assert patience.wait_s(RUN, num_bytes=12) == pytest.approx(0.5 + 12 / 960)
    assert patience.wait_s(INPUT, num_bytes=12) == pytest.approx(0.3)


def test_a_hundred_equal_answers_leave_three_times_their_duration() -> None:
    """RFC 6298 alone would come down to 0.1 s, and ask again at the first hiccup."""
    patience = Patience(LIMITS)

    for _ in range(100):
        patience.learn(RUN, num_bytes=12, took_s=0.1)

    assert patience.wait_s(RUN, num_bytes=12) == pytest.approx(0.3)


def test_known_work_is_waited_for_at_first_and_half_of_it_ever_after() -> None:
    patience = Patience(LIMITS)

    patience.expect(RUN, work_s=20.0)

    assert patience.timeout_s(RUN) == LIMITS.timeout_s + 20.0
    assert patience.timeout_s(INPUT) == LIMITS.timeout_s
    assert patience.wait_s(RUN, num_bytes=0) == pytest.approx(20.5)
    for _ in range(100):
        patience.learn(RUN, num_bytes=0, took_s=0.1)
    assert patience.wait_s(RUN, num_bytes=0) == pytest.approx(10.0)
