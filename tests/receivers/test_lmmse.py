# SPDX-License-Identifier: Apache-2.0
"""The Wiener filter: statistics against closed forms, its error against what it promises."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import j0

from channels import recording
from channels.grid import Grid
from receivers import interpolation
from receivers.lmmse import Lmmse
from receivers.ls import LeastSquares
from receivers.statistics import Covariance, measure
from sim.link import Link
from tests.sim.scenarios import scenario

SPEED_MPS, DELAY_SPREAD_S = 60.0, 3e-7
MADE = scenario(
    grid={"num_subcarriers": 48},
    channel={
        "kind": "tdl-a",
        "delay_spread_s": DELAY_SPREAD_S,
        "min_speed_mps": SPEED_MPS,
        "max_speed_mps": SPEED_MPS,
    },
)


def _closed_form() -> Covariance:
    from sionna.phy.channel.tr38901 import TDL

    tdl = TDL("A", DELAY_SPREAD_S, 3.5e9)
    delays, powers = tdl.delays.numpy(), tdl.mean_powers.numpy()
    lag = np.arange(48)[:, None] - np.arange(48)
    frequency = (powers * np.exp(-2j * np.pi * 30e3 * lag[..., None] * delays)).sum(-1)
    doppler_hz = SPEED_MPS * 3.5e9 / 299_792_458.0
    steps = np.abs(np.arange(14)[:, None] - np.arange(14))
    time = j0(2 * np.pi * doppler_hz * steps * MADE.grid.symbol_duration_s)
    return Covariance(
        time=torch.from_numpy(time.astype(np.complex64)),
        frequency=torch.from_numpy(frequency.astype(np.complex64)),
    )


def test_measured_statistics_are_the_delay_profile_and_jakes() -> None:
    measured, expected = measure(MADE), _closed_form()

    # 1024 drops; the real parts spread with about 1 / sqrt(1024): 5 sigma, false alarm < 1e-4.
    assert float((measured.frequency - expected.frequency).abs().max()) < 5.0 / math.sqrt(1024)
    assert float((measured.time - expected.time).abs().max()) < 5.0 / math.sqrt(1024)


def test_the_error_is_what_the_filter_promises_and_below_least_squares() -> None:
    slot = Link(MADE, seed=1).slots(0, 200, snr_db=5.0)
    truth = slot.truth.h

    h_hat, promised = Lmmse(_closed_form()).estimate(slot.observation)

    actual = float(((h_hat - truth).abs() ** 2).mean())
    assert actual == pytest.approx(float(promised.mean()), rel=0.1)
    linear = LeastSquares(interpolation.linear).estimate(slot.observation)[0]
    assert actual < 0.5 * float(((linear - truth).abs() ** 2).mean())


def test_the_filter_is_the_two_dimensional_wiener_filter_by_hand() -> None:
    """Against a direct solution with explicit loops on a grid small enough to write down."""
    tiny = scenario(
        grid={"num_symbols": 3, "num_subcarriers": 2},
        link={"coderate": 1.0, "dmrs": {"symbols": [1]}},
    )
    seen = Link(tiny, seed=1).slots(0, 1, snr_db=3.0).observation
    time = torch.tensor([[1.0, 0.8, 0.5], [0.8, 1.0, 0.8], [0.5, 0.8, 1.0]], dtype=torch.complex64)
    frequency = torch.tensor([[1.0, 0.6 - 0.2j], [0.6 + 0.2j, 1.0]], dtype=torch.complex64)

    h_hat, err_var = Lmmse(Covariance(time=time, frequency=frequency)).estimate(seen)

    no = float(seen.no[0])
    ls = (seen.y / seen.pilots[:, 0])[0, 0, 1].numpy()
    r_pp = frequency.numpy() + no * np.eye(2)
    for s in range(3):
        for k in range(2):
            r_hp = np.array([time[s, 1].item() * frequency[k, p].item() for p in range(2)])
            weights = r_hp @ np.linalg.inv(r_pp)
            assert h_hat[0, 0, 0, s, k].item() == pytest.approx(weights @ ls, abs=1e-5)
            expected = 1.0 - (weights @ r_hp.conj()).real
            assert err_var[0, 0, s, k].item() == pytest.approx(expected, abs=1e-5)


def test_statistics_of_a_short_recording_are_its_own(tmp_path: Path) -> None:
    # Closed form: one slot whose response turns by a quarter from subcarrier to subcarrier and
    # stands still in time, so that the covariance is that turn.
    grid = Grid(num_symbols=2, num_subcarriers=4)
    turn = np.array([1, 1j, -1, -1j], dtype=np.complex64)
    h = np.broadcast_to(turn, (1, 1, 1, 2, 4))
    recording.save(tmp_path / "one.npz", h, grid=grid, source="a test")
    made = scenario(
        grid={"num_symbols": 2, "num_subcarriers": 4},
        channel={"kind": "recorded", "recording": str(tmp_path / "one.npz")},
        link={"dmrs": {"symbols": [0]}},
    )

    told = measure(made)

    expected = torch.from_numpy(turn[:, None] * turn.conj())
    torch.testing.assert_close(told.frequency, expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(told.time, torch.ones_like(told.time), rtol=0, atol=1e-5)
