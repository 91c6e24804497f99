# SPDX-License-Identifier: Apache-2.0
"""One slot to look at: what was received, what equalization makes of it, and the channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from channels.scenario import Scenario
from host.record import Record
from host.report.curves import SNR_NAMES, scenarios


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotView:
    """Slot 0 of a scenario and seed, first user.

    Parameters
    ----------
    scenario, snr_name : str
    snr_db : float [dB]
    seed : int
    received : complex64 [num_data]
        Data elements at the first antenna, scaled to unit mean energy.
    least_squares, perfect_csi : complex64 [num_data]
        The same elements equalized with estimated and with true channel.
    symbols : complex64 [num_data]
        What was sent.
    gain_db : float32 [num_rx_ant, num_symbols, num_subcarriers]
        |H|^2 in dB.
    """

    scenario: str
    snr_name: str
    snr_db: float
    seed: int
    received: NDArray[np.complex64]
    least_squares: NDArray[np.complex64]
    perfect_csi: NDArray[np.complex64]
    symbols: NDArray[np.complex64]
    gain_db: NDArray[np.float32]


def view_slots(records: Sequence[Record], loaded: Mapping[str, Scenario]) -> list[SlotView]:
    """View one slot of each scenario that is there: first seed, highest SNR of its records."""
    views: list[SlotView] = []
    for name in scenarios(records):
        cells = [record.cell for record in records if record.cell.scenario == name]
        if name in loaded:
            snr_db = max(cell.snr_db for cell in cells)
            views.append(view_slot(loaded[name], seed=cells[0].seed, snr_db=snr_db))
    return views


def view_slot(scenario: Scenario, *, seed: int, snr_db: float) -> SlotView:
    """Simulate slot 0 and equalize it twice."""
    import torch

    from receivers.equalizer import equalize
    from receivers.interpolation import linear
    from receivers.ls import LeastSquares
    from sim.link import Link

    slot = Link(scenario, seed=seed).slots(0, 1, snr_db=snr_db)
    seen, truth = slot.observation, slot.truth
    mask = seen.data_mask[0, 0]
    h_hat, err_var = LeastSquares(linear).estimate(seen)
    noise = seen.no[:, None, None]
    estimated, _ = equalize(seen.y, h_hat, noise + err_var.sum(1))
    known, _ = equalize(seen.y, truth.h, noise.expand_as(err_var[:, 0]))
    received = seen.y[0, 0][mask]
    return SlotView(
        scenario=scenario.name,
        snr_name=SNR_NAMES[scenario.snr.kind],
        snr_db=snr_db,
        seed=seed,
        received=(received / received.abs().square().mean().sqrt()).numpy(),
        least_squares=estimated[0, 0][mask].numpy(),
        perfect_csi=known[0, 0][mask].numpy(),
        symbols=truth.x[0, 0][mask].numpy(),
        gain_db=(20.0 * torch.log10(truth.h[0, :, 0].abs().clamp(min=1e-6))).numpy(),
    )
