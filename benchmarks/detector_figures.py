# SPDX-License-Identifier: Apache-2.0
"""Symbol error rates of detectors on elements whose channel is known, and how they are written."""

from dataclasses import dataclass

from receivers.mimo.detector import Detector
from sim.mimo.mixture import MixtureSettings, draw
from sim.mimo.problem import Block
from sim.modulation import Modulation

NUM_RX_ANT = 8
SEED = 20_000  # far from those of trainings


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured; the defaults are those of the record.

    Parameters
    ----------
    num_elements : int
        Of a figure; three times as many where detectors are compared over users.
    num_steps : int
        Of each training for one number of users, in each phase, where what ships had not fewer.
    num_blocks : int
        Of each channel that distorts.
    num_slots : int
        Of a scenario at one point.
    """

    num_elements: int = 20_000
    num_steps: int = 4_000
    num_blocks: int = 4
    num_slots: int = 40


def error_rate(detector: Detector, block: Block) -> float:
    """Return the symbol error rate."""
    return float((detector.detect(block.problem).labels != block.sent.labels).float().mean())


def known(
    modulation: Modulation, num_tx: int, snr_db: float, size: Size, *, spread: float
) -> Block:
    """Return elements whose channel is known, correlated by up to `spread` times the training's."""
    settings = MixtureSettings(
        modulation=modulation,
        num_rx_ant=NUM_RX_ANT,
        min_num_tx=num_tx,
        max_num_tx=num_tx,
        min_snr_db=snr_db,
        max_snr_db=snr_db,
        max_rx_correlation=0.7 * spread,
        max_tx_correlation=0.3 * spread,
        max_csi_error=0.0,
        num_elements=size.num_elements,
    )
    return draw(settings, seed=SEED, batch=0)


def rate(value: float) -> str:
    """Return an error rate as tables have it."""
    return f"{value:.1e}".replace("e-0", "e-") if value else "0"
