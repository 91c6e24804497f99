# SPDX-License-Identifier: Apache-2.0
"""Mixtures of channels. Truth: their moments in closed form; 5 sigma, 1 false alarm in 10^6."""

from dataclasses import replace

import pytest
import torch

from channels.scenario import Scenario, load
from sim.mimo.mixture import MixtureSettings, draw
from sim.mimo.scenario_elements import elements
from sim.modulation import Modulation
from tests.sim.scenarios import scenario

SETTINGS = MixtureSettings(modulation=Modulation.QPSK, num_elements=20_000)


def test_a_batch_is_always_the_same_and_never_another() -> None:
    small = replace(SETTINGS, num_elements=50)

    once, again = (draw(small, seed=3, batch=7).problem for _ in range(2))

    assert torch.equal(once.y, again.y)
    assert torch.equal(once.h, again.h)
    assert not torch.equal(once.y, draw(small, seed=3, batch=8).problem.y)
    assert not torch.equal(once.y, draw(small, seed=4, batch=7).problem.y)


def test_what_is_left_behind_the_true_channel_is_the_noise() -> None:
    settings = replace(SETTINGS, max_csi_error=0.0, min_snr_db=6.0, max_snr_db=6.0)

    block = draw(settings, seed=1, batch=0)

    x = Modulation.QPSK.points[block.sent.labels][..., None]
    left = block.problem.y - (block.sent.h @ x)[..., 0]
    no = 10**-0.6
    assert left.abs().square().mean().item() == pytest.approx(no, rel=5 / (8 * 20_000) ** 0.5)
    torch.testing.assert_close(block.problem.noise_variance, torch.full((20_000,), no))


def test_the_error_of_the_channel_is_in_the_noise_that_is_told() -> None:
    settings = replace(SETTINGS, max_csi_error=2.0, min_snr_db=0.0, max_snr_db=0.0)

    block = draw(settings, seed=1, batch=0)

    error = (block.problem.h - block.sent.h).abs().square().mean((1, 2))
    told = (block.problem.noise_variance - 1.0) / 4
    assert error.mean().item() == pytest.approx(1.0, abs=5 * 0.6 / 20_000**0.5)
    assert told.min() >= 0.0
    assert told.max() <= 2.0
    assert (error / told).mean().item() == pytest.approx(1.0, abs=5 / (32 * 20_000) ** 0.5)


@pytest.mark.parametrize("axis", ["antennas", "users"])
def test_neighbours_correlate_as_exponential_correlation_says(axis: str) -> None:
    tops = {"antennas": (0.8, 0.0), "users": (0.0, 0.8)}[axis]
    settings = replace(SETTINGS, max_rx_correlation=tops[0], max_tx_correlation=tops[1])

    h = draw(settings, seed=1, batch=0).sent.h

    rows = h if axis == "antennas" else h.mT
    # E[rho] = 0.4 and E[rho^2] = 0.8^2 / 3 of rho uniform in 0 .. 0.8.
    for distance, expected in ((1, 0.4), (2, 0.8**2 / 3)):
        product = (rows[:, distance:] * rows[:, :-distance].conj()).real
        assert product.mean().item() == pytest.approx(expected, abs=0.015)
    assert h.abs().square().mean().item() == pytest.approx(1.0, abs=0.015)


def test_each_batch_has_a_number_of_users_of_its_own() -> None:
    settings = replace(SETTINGS, num_elements=2, min_num_tx=2, max_num_tx=5)

    found = {draw(settings, seed=1, batch=batch).problem.h.shape[2] for batch in range(60)}

    assert found == {2, 3, 4, 5}


def test_each_batch_has_a_number_of_antennas_of_its_own_from_the_fewest_on() -> None:
    settings = replace(SETTINGS, num_elements=2, num_rx_ant=6, min_num_rx_ant=3)

    found = [tuple(draw(settings, seed=1, batch=batch).problem.h.shape[1:]) for batch in range(60)]

    assert set(found) == {(3, 4), (4, 4), (5, 4), (6, 4)}
    y = draw(settings, seed=1, batch=0).problem.y
    assert tuple(y.shape) == (2, found[0][0])


@pytest.mark.parametrize("fewest", [0, 9], ids=["none", "above the most"])
def test_the_fewest_antennas_are_some_and_not_above_the_most(fewest: int) -> None:
    with pytest.raises(ValueError, match=f"the fewest antennas are {fewest}, not 1 to 8"):
        replace(SETTINGS, min_num_rx_ant=fewest)


def _of_antennas(*, num_rx_ant: int, num_tx: int) -> Scenario:
    return scenario(
        channel={"kind": "rayleigh"}, antennas={"num_rx_ant": num_rx_ant, "num_tx": num_tx}
    )


def test_a_share_of_the_elements_has_the_matrices_of_a_scenario_and_the_others_stay() -> None:
    made = _of_antennas(num_rx_ant=8, num_tx=4)
    settings = replace(SETTINGS, num_elements=2_000)

    without = draw(settings, seed=1, batch=3).sent.h
    found = draw(replace(settings, scenarios=(made,), scenario_share=0.3), seed=1, batch=3).sent.h

    others = (found == without).all(2).all(1)
    assert (~others).float().mean().item() == pytest.approx(0.3, abs=5 * (0.21 / 2_000) ** 0.5)
    # All users of the scenario in one order for a batch, so columns are found in its elements.
    pool = elements(made, seed=1)
    columns = {tuple(column.tolist()) for column in pool.mT.flatten(0, 1)}
    assert all(tuple(column.tolist()) in columns for column in found[~others].mT.flatten(0, 1))


def test_a_batch_of_fewer_antennas_takes_the_first_of_a_scenario() -> None:
    made = _of_antennas(num_rx_ant=8, num_tx=4)
    settings = replace(SETTINGS, num_elements=20, scenarios=(made,), scenario_share=1.0)

    found = draw(replace(settings, min_num_rx_ant=4), seed=1, batch=1).sent.h

    num_rx_ant = found.shape[1]
    assert num_rx_ant < 8
    pool = elements(made, seed=1)[:, :num_rx_ant]
    columns = {tuple(column.tolist()) for column in pool.mT.flatten(0, 1)}
    assert all(tuple(column.tolist()) in columns for column in found.mT.flatten(0, 1))


def test_several_scenarios_have_the_same_share_each() -> None:
    fading = _of_antennas(num_rx_ant=8, num_tx=4)
    still = fading.with_values({"channel.kind": "awgn"})
    settings = replace(SETTINGS, num_elements=2_000, scenarios=(fading, still), scenario_share=1.0)

    found = draw(settings, seed=1, batch=0).sent.h

    is_still = (found == elements(still, seed=1)[0]).all(2).all(1)
    assert is_still.float().mean().item() == pytest.approx(0.5, abs=5 * (0.25 / 2_000) ** 0.5)


def test_a_batch_of_more_users_than_a_scenario_has_takes_none_of_it() -> None:
    made = _of_antennas(num_rx_ant=8, num_tx=2)
    settings = replace(SETTINGS, num_elements=100, min_num_tx=1, max_num_tx=3)

    for batch in range(12):
        without = draw(settings, seed=1, batch=batch).sent.h
        found = draw(replace(settings, scenarios=(made,)), seed=1, batch=batch).sent.h
        assert found.shape == without.shape
        assert torch.equal(found, without) == (found.shape[2] == 3)


def test_a_scenario_of_other_antennas_or_too_few_users_is_refused() -> None:
    with pytest.raises(ValueError, match="uplink-2x4 has 4 antennas, not 8"):
        replace(SETTINGS, scenarios=(load("uplink-2x4"),))
    with pytest.raises(ValueError, match="uplink-4x8 has 4 users, fewer than 5"):
        replace(SETTINGS, scenarios=(load("uplink-4x8"),), min_num_tx=5, max_num_tx=5)
