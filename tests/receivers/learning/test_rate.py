# SPDX-License-Identifier: Apache-2.0
"""The learning rate falls with stretches that gain nothing, and with nothing else."""

from receivers.learning.rate import NUM_HALVINGS, EarnedRate


def test_gains_keep_the_rate_and_stalls_halve_it() -> None:
    rate = EarnedRate("earned")

    for gain, factor in ((9.0, 1.0), (3.0, 1.0), (0.5, 0.5), (4.0, 0.5), (-1.0, 0.25)):
        rate.judge(gain, noise=0.0)
        assert rate.factor == factor

    ends: list[bool] = []
    for _ in range(NUM_HALVINGS - 1):
        ends.append(rate.is_over)
        rate.judge(0.0, noise=0.0)
    assert [*ends, rate.is_over] == [False, False, False, True]
    rate.restart()
    assert (rate.factor, rate.is_over) == (1.0, False)


def test_noise_halves_the_rate_down_to_the_lowest_but_never_ends_learning() -> None:
    rate = EarnedRate("earned")

    for _ in range(3 * NUM_HALVINGS):
        rate.judge(5.0, noise=5.0)

    assert rate.factor == 0.5**NUM_HALVINGS
    assert not rate.is_over


def test_a_mean_that_lags_behind_leaves_the_rate() -> None:
    rate = EarnedRate("earned")

    for _ in range(20):
        rate.judge(5.0, noise=-5.0)

    assert rate.factor == 1.0


def test_a_stretch_is_twice_as_long_at_half_the_rate_up_to_a_bound() -> None:
    rate = EarnedRate("earned")
    lengths: list[int] = []

    while not rate.is_over:
        lengths.append(rate.num_decisions)
        rate.halve()

    assert lengths == [16, 32, 64, 64, 64]


def test_a_first_stretch_without_gain_was_a_false_alarm() -> None:
    rate = EarnedRate("earned")

    rate.judge(0.0, noise=0.0)

    assert rate.is_over


def test_a_constant_rate_never_falls() -> None:
    rate = EarnedRate("constant")

    for _ in range(50):
        rate.judge(-5.0, noise=5.0)
        rate.halve()

    assert (rate.factor, rate.is_over) == (1.0, False)
