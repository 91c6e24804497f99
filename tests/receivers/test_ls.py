# SPDX-License-Identifier: Apache-2.0
"""Least squares and interpolation against Sionna's estimator and against planes that are linear."""

from typing import Literal

import numpy as np
import pytest
import torch

from channels.grid import Grid
from receivers import interpolation
from receivers.ls import LeastSquares
from sim.link import Link
from tests.sim.scenarios import scenario

GRID = Grid(num_symbols=14, num_subcarriers=24)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(interpolation.nearest, "nn"), (interpolation.linear, "lin")],
    ids=["nearest", "linear"],
)
def test_the_estimate_is_sionnas(
    ours: interpolation.Interpolation, theirs: Literal["nn", "lin"]
) -> None:
    from sionna.phy.ofdm import LSChannelEstimator, ResourceGrid

    made = scenario(
        grid={"num_subcarriers": 24},
        antennas={"num_rx_ant": 2},
        channel={"kind": "tdl-a", "delay_spread_s": 1e-7, "max_speed_mps": 30.0},
    )
    seen = Link(made, seed=1).slots(0, 3, snr_db=10.0).observation
    grid = ResourceGrid(14, 24, 30e3, pilot_pattern="kronecker", pilot_ofdm_symbol_indices=[2, 11])

    h_hat, err_var = LeastSquares(ours).estimate(seen)

    for i in range(3):
        grid.pilot_pattern.pilots = seen.pilots[i : i + 1][seen.pilot_mask[i : i + 1]][None, None]
        expected, expected_err = LSChannelEstimator(grid, interpolation_type=theirs)(
            seen.y[i : i + 1, None], seen.no[i]
        )
        torch.testing.assert_close(h_hat[i, :, 0], expected[0, 0, :, 0, 0], rtol=1e-4, atol=1e-5)
        if theirs == "nn":
            torch.testing.assert_close(
                err_var[i, 0],
                expected_err.broadcast_to(expected.shape)[0, 0, 0, 0, 0],
                rtol=1e-4,
                atol=1e-5,
            )


def test_scattered_pilots_reproduce_a_plane_inside_their_hull() -> None:
    rng = np.random.default_rng(2)
    mask = torch.zeros(14, 24, dtype=torch.bool)
    mask.view(-1)[torch.from_numpy(rng.permutation(14 * 24)[:60])] = True
    mask[0, 0] = mask[0, -1] = mask[-1, 0] = mask[-1, -1] = True
    plane = 1.0 + 0.3 * torch.arange(14)[:, None] - 0.1 * torch.arange(24)

    interpolated = interpolation.linear(mask, GRID) @ plane[mask]

    torch.testing.assert_close(interpolated.reshape(14, 24), plane, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["scattered", "random"])
def test_any_pilot_design_is_received_without_error_on_a_flat_channel(kind: str) -> None:
    made = scenario(
        link={"coderate": 1.0, "dmrs": {"kind": kind, "num_pilots": 30}}, antennas={"num_tx": 1}
    )
    slot = Link(made, seed=1).slots(0, 3, snr_db=25.0)

    llr = LeastSquares(interpolation.nearest).detect(slot.observation)

    assert torch.equal(llr > 0, slot.truth.coded_bits.bool())


def test_two_users_on_interleaved_pilots_are_both_received() -> None:
    made = scenario(
        antennas={"num_rx_ant": 4, "num_tx": 2},
        channel={"kind": "rayleigh"},
        link={"coderate": 1.0},
    )
    slot = Link(made, seed=3).slots(0, 8, snr_db=40.0)

    llr = LeastSquares(interpolation.nearest).detect(slot.observation)

    assert torch.equal(llr > 0, slot.truth.coded_bits.bool())
