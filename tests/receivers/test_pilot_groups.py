# SPDX-License-Identifier: Apache-2.0
"""Pilots on the same elements. Truth: the closed forms of a flat group, and the errors in fact."""

from dataclasses import replace

import pytest
import torch

from channels.dmrs_designs import DmrsKind, Sharing
from channels.grid import Grid
from receivers import interpolation
from receivers.ls import LeastSquares
from receivers.pilot_groups import in_groups, is_overlapping
from sim.dmrs import DmrsSettings, draw
from sim.slot import Observation
from tests.receivers.heard import heard

GRID = Grid(num_symbols=14, num_subcarriers=24)
NUM_TX, NUM_RX_ANT, NO = 4, 3, 0.05


def _observation(
    sharing: Sharing,
    *,
    num_slots: int = 1,
    no: float = NO,
    num_learning: int = 0,
    learning_sharing: Sharing = Sharing.OVERLAPPING,
) -> tuple[Observation, torch.Tensor]:
    """Return slots through channels of their own that are flat, and those, [..., rx, tx]."""
    settings = DmrsSettings(
        kind=DmrsKind.ADDITIONAL if num_learning else DmrsKind.STANDARD,
        symbols=(2, 11),
        num_pilots=0,
        num_learning=num_learning,
        seed=3,
        num_bits_per_symbol=4,
        sharing=sharing,
        learning_sharing=learning_sharing,
    )
    dmrs = draw(settings, GRID, num_tx=NUM_TX, first_slot=0, num_slots=num_slots)
    rng = torch.Generator().manual_seed(1)
    h = torch.randn(num_slots, NUM_RX_ANT, NUM_TX, dtype=torch.complex64, generator=rng)
    everywhere = h[..., None, None].expand(-1, -1, -1, 14, 24)
    observation = heard(dmrs, everywhere, grid=GRID, num_bits_per_symbol=4, no=no, rng=rng)
    return observation, h


def _groups(
    observation: Observation, num_slots: int, *, i_tx: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    mask = (observation.pilot_mask & ~observation.learning_mask)[0, 0]
    return in_groups(observation, slice(0, num_slots), mask, i_tx=i_tx)


@pytest.mark.parametrize("sharing", [Sharing.COVER_CODE, Sharing.OVERLAPPING])
def test_without_noise_a_flat_channel_is_found_exactly(sharing: Sharing) -> None:
    observation, h = _observation(sharing, no=1e-6)

    for user in range(NUM_TX):
        found, _, _ = _groups(observation, 1, i_tx=user)
        expected = h[:, :, user, None].expand_as(found)
        torch.testing.assert_close(found, expected, rtol=0, atol=0.02)


def test_a_cover_code_costs_what_averaging_over_its_group_gives() -> None:
    observation, _ = _observation(Sharing.COVER_CODE)

    _, variance, mask = _groups(observation, 1, i_tx=2)

    torch.testing.assert_close(variance, torch.full((1, 2 * 24 // NUM_TX), NO / NUM_TX))
    assert torch.equal(mask, mask & observation.pilot_mask[0, 2])
    assert int(mask.sum()) == 2 * 24 // NUM_TX


@pytest.mark.parametrize("sharing", [Sharing.COVER_CODE, Sharing.OVERLAPPING])
def test_errors_are_as_large_as_it_says(sharing: Sharing) -> None:
    observation, h = _observation(sharing, num_slots=400)

    found, variance, _ = _groups(observation, 400, i_tx=1)

    errors = (found - h[:, :, 1, None]).abs().square().mean((1,))
    # 4,800 groups of three antennas; overlapping ones differ a hundredfold, all are summed.
    assert float(errors.sum() / variance.sum()) == pytest.approx(1.0, abs=0.06)
    worst = variance >= variance.median()
    assert float(errors[worst].sum() / variance[worst].sum()) == pytest.approx(1.0, abs=0.08)


def test_an_overlapping_group_is_a_linear_mmse_estimate() -> None:
    observation, _ = _observation(Sharing.OVERLAPPING)
    pilots = observation.pilots[0, :, 2, :8].T.to(torch.complex128)
    y = observation.y[0, :, 2, :8].T.to(torch.complex128)
    identity = torch.eye(8, dtype=torch.complex128)
    # The same estimator in its other form: P^H (P P^H + N0 I)^-1 y.
    expected = pilots.mH @ torch.linalg.solve(pilots @ pilots.mH + NO * identity, y)

    found = torch.stack([_groups(observation, 1, i_tx=user)[0][0, :, 0] for user in range(NUM_TX)])

    torch.testing.assert_close(found.to(torch.complex128), expected, rtol=1e-4, atol=1e-4)


def test_pilots_that_teach_are_left_out() -> None:
    observation, h = _observation(Sharing.COVER_CODE, no=1e-6, num_learning=20)

    found, _, mask = _groups(observation, 1, i_tx=0)

    assert not (mask & observation.learning_mask[0, 0]).any()
    torch.testing.assert_close(found, h[:, :, 0, None].expand_as(found), rtol=0, atol=0.02)


def test_overlap_is_noticed() -> None:
    assert is_overlapping(_observation(Sharing.COVER_CODE)[0])
    assert is_overlapping(_observation(Sharing.COMB, num_learning=20)[0])
    assert not is_overlapping(_observation(Sharing.COMB)[0])


def test_a_groups_estimate_stands_in_its_middle() -> None:
    # A channel that turns over frequency is, in the mean of a group, what it is in its middle.
    observation, _ = _observation(Sharing.COVER_CODE)
    turns = torch.exp(0.01j * torch.arange(24))
    alone = observation.pilots[:, 3:].expand(-1, NUM_RX_ANT, -1, -1) * turns

    found, _, mask = _groups(replace(observation, y=alone), 1, i_tx=3)

    at = torch.nonzero(mask)[:, 1]
    assert torch.equal(at % 4, torch.ones(12, dtype=torch.int64))
    # The middle of four is half a subcarrier beyond the second.
    error = (found / turns[at]).angle()
    torch.testing.assert_close(error, torch.full_like(error, 0.005), rtol=0, atol=1e-4)


WAYS = [
    (Sharing.COMB, 0, Sharing.COMB),
    (Sharing.COMB, 16, Sharing.OVERLAPPING),
    (Sharing.COVER_CODE, 0, Sharing.COMB),
    (Sharing.COVER_CODE, 16, Sharing.COMB),
    (Sharing.COVER_CODE, 16, Sharing.OVERLAPPING),
    (Sharing.OVERLAPPING, 0, Sharing.COMB),
    (Sharing.OVERLAPPING, 16, Sharing.COMB),
]


@pytest.mark.parametrize(("sharing", "num_learning", "learning_sharing"), WAYS)
def test_every_way_of_sharing_gives_estimates_as_good_as_it_says(
    sharing: Sharing, num_learning: int, learning_sharing: Sharing
) -> None:
    observation, h = _observation(
        sharing, num_slots=100, num_learning=num_learning, learning_sharing=learning_sharing
    )

    h_hat, err_var = LeastSquares(interpolation.linear).estimate(observation)

    error = (h_hat - h[..., None, None]).abs().square().mean()
    # The channel is flat, so noise is all there is; four users share 48 pilots and more.
    assert 0.85 < float(error / err_var.mean()) < 1.15
    assert float(error) < NO
