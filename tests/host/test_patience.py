# SPDX-License-Identifier: Apache-2.0
"""Waits before repetitions follow RFC 6298."""

import pytest

from host.patience import Limits, Patience

LIMITS = Limits(first_wait_s=0.5, shortest_wait_s=0.02)


def test_an_unknown_command_waits_as_told_and_doubles() -> None:
    patience = Patience(LIMITS)

    waits_s = [patience.wait_s(6, attempt=attempt) for attempt in range(4)]

    assert waits_s == [0.5, 1.0, 2.0, 4.0]


def test_one_answer_makes_the_wait_three_times_its_duration() -> None:
    """RFC 6298 (2.2): SRTT = R, RTTVAR = R / 2, RTO = SRTT + 4 RTTVAR = 3 R."""
    patience = Patience(LIMITS)

    patience.learn(6, took_s=0.1)

    assert patience.wait_s(6, attempt=0) == pytest.approx(0.3)


def test_a_second_answer_is_smoothed_in_by_the_formulas() -> None:
    """RFC 6298 (2.3) by hand: R = 0.1 then 0.2."""
    patience = Patience(LIMITS)
    patience.learn(6, took_s=0.1)

    patience.learn(6, took_s=0.2)

    deviation_s = 0.75 * 0.05 + 0.25 * 0.1
    smoothed_s = 0.875 * 0.1 + 0.125 * 0.2
    assert patience.wait_s(6, attempt=0) == pytest.approx(smoothed_s + 4 * deviation_s)


def test_a_fast_device_is_still_given_the_shortest_wait() -> None:
    patience = Patience(LIMITS)

    for _ in range(100):
        patience.learn(6, took_s=1e-4)

    assert patience.wait_s(6, attempt=0) == 0.02


def test_commands_are_learned_apart_and_forgotten_apart() -> None:
    patience = Patience(LIMITS)
    patience.learn(6, took_s=0.1)
    patience.learn(7, took_s=0.1)

    patience.forget(6)

    assert patience.wait_s(6, attempt=0) == 0.5
    assert patience.wait_s(7, attempt=0) == pytest.approx(0.3)
