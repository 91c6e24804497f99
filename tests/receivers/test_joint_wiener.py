# SPDX-License-Identifier: Apache-2.0
"""Users estimated together. Truth: one user's filter, a conditional mean, real errors."""

from dataclasses import replace

import pytest
import torch

from channels.dmrs_designs import DmrsKind, Sharing
from channels.grid import Grid
from receivers.joint_wiener import JointWiener, estimate_jointly
from receivers.lmmse import Lmmse
from receivers.statistics import Covariance
from sim.dmrs import DmrsSettings, draw
from sim.slot import Observation
from tests.receivers.heard import heard

GRID = Grid(num_symbols=4, num_subcarriers=12)
SIZE, NUM_RX_ANT, NO = 48, 2, 0.1


def _covariance() -> Covariance:
    """Return one of a fading channel with an asymmetric delay profile: complex."""
    lag = torch.arange(12)
    of_lag = (torch.exp(-0.15 * lag) * torch.exp(-0.4j * lag)).to(torch.complex64)
    index = lag[:, None] - lag
    frequency = torch.where(index >= 0, of_lag[index.abs()], of_lag[index.abs()].conj())
    time = 0.95 ** (torch.arange(4)[:, None] - torch.arange(4)).abs().float()
    return Covariance(time=time.to(torch.complex64), frequency=frequency)


COVARIANCE = _covariance()


def _observation(
    sharing: Sharing, *, num_tx: int, num_slots: int, slots_per_draw: int = 1, no: float = NO
) -> tuple[Observation, torch.Tensor]:
    """Return slots through channels with just this covariance, and those channels."""
    settings = DmrsSettings(
        kind=DmrsKind.STANDARD,
        symbols=(1,),
        num_pilots=0,
        slots_per_draw=slots_per_draw,
        seed=3,
        num_bits_per_symbol=2,
        sharing=sharing,
    )
    dmrs = draw(settings, GRID, num_tx=num_tx, first_slot=0, num_slots=num_slots)
    rng = torch.Generator().manual_seed(1)
    root = torch.kron(
        torch.linalg.cholesky(COVARIANCE.time), torch.linalg.cholesky(COVARIANCE.frequency)
    )
    white = torch.randn(num_slots, NUM_RX_ANT, num_tx, SIZE, dtype=torch.complex64, generator=rng)
    h = (white @ root.T).unflatten(-1, (4, 12))
    observation = heard(dmrs, h, grid=GRID, num_bits_per_symbol=2, no=no, rng=rng)
    return observation, h


def test_of_one_user_it_is_the_wiener_filter() -> None:
    observation, _ = _observation(Sharing.OVERLAPPING, num_tx=1, num_slots=3)

    h_hat, err_var = estimate_jointly(observation, COVARIANCE)

    expected, expected_error = Lmmse(COVARIANCE).estimate(observation)
    torch.testing.assert_close(h_hat, expected, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(err_var, expected_error, rtol=1e-3, atol=1e-4)


def test_it_is_the_conditional_mean_of_a_jointly_gaussian_vector() -> None:
    observation, _ = _observation(Sharing.OVERLAPPING, num_tx=2, num_slots=1)
    covariance = torch.kron(COVARIANCE.time, COVARIANCE.frequency).to(torch.complex128)
    both = torch.block_diag(covariance, covariance)
    mask = observation.pilot_mask[0, 0].flatten()
    pilots = observation.pilots[0].flatten(1).to(torch.complex128)
    mixing = torch.cat([torch.diag(pilots[0]), torch.diag(pilots[1])], dim=1)[mask]
    of_y = mixing @ both @ mixing.mH + NO * torch.eye(12)
    gain = both @ mixing.mH @ torch.linalg.inv(of_y)
    y = observation.y[0].flatten(1)[:, mask].to(torch.complex128)

    h_hat, err_var = estimate_jointly(observation, COVARIANCE)

    expected = (gain @ y.T).T.unflatten(1, (2, 4, 12))
    torch.testing.assert_close(h_hat[0].to(torch.complex128), expected, rtol=1e-3, atol=1e-4)
    left = torch.diagonal(both - gain @ mixing @ both).real.unflatten(0, (2, 4, 12))
    torch.testing.assert_close(err_var[0].double(), left, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("sharing", [Sharing.COVER_CODE, Sharing.OVERLAPPING])
def test_errors_are_as_large_as_it_says(sharing: Sharing) -> None:
    observation, h = _observation(sharing, num_tx=4, num_slots=300)

    h_hat, err_var = Lmmse(COVARIANCE).estimate(observation)

    error = (h_hat - h).abs().square().mean((0, 1))
    torch.testing.assert_close(error, err_var.mean(0), rtol=0.12, atol=0.01)


def test_filters_are_made_anew_when_the_pilots_or_the_noise_change() -> None:
    observation, _ = _observation(Sharing.OVERLAPPING, num_tx=2, num_slots=4, slots_per_draw=2)
    wiener = JointWiener(COVARIANCE, observation.part(start=0, stop=1))
    louder = replace(observation, no=2 * observation.no)

    assert [wiener.fits(observation, slot=slot) for slot in range(4)] == [True, True, False, False]
    assert not wiener.fits(louder, slot=0)
    whole, _ = estimate_jointly(observation, COVARIANCE)
    for slot in range(4):
        alone, _ = estimate_jointly(observation.part(start=slot, stop=slot + 1), COVARIANCE)
        torch.testing.assert_close(alone[0], whole[slot])


@pytest.mark.parametrize("snr_db", [40.0, 60.0])
def test_little_noise_does_it_no_harm(snr_db: float) -> None:
    no = 10 ** (-snr_db / 10)
    observation, h = _observation(Sharing.COVER_CODE, num_tx=2, num_slots=200, no=no)

    h_hat, err_var = estimate_jointly(observation, COVARIANCE)

    pilots = observation.pilot_mask[0, 0]
    error = (h_hat - h).abs().square().mean((0, 1))[:, pilots]
    torch.testing.assert_close(error.mean(), err_var[0][:, pilots].mean(), rtol=0.15, atol=0)
