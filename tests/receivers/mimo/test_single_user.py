# SPDX-License-Identifier: Apache-2.0
"""One user without fading: every classical detector makes the textbook's symbol errors.

Truth: closed form, Proakis & Salehi, 5th ed., section 4.3. All detectors see the same 20,000
symbols, so that a false alarm, of probability 0.1 % a modulation, is one of them all.
"""

import math

import pytest
import torch
from scipy.stats import norm

from receivers.mimo import catalog
from receivers.mimo.deep.weights_file import KINDS
from sim.estimate import ErrorRate
from sim.mimo.blocks import BlockSettings, draw
from sim.modulation import Modulation

NUM = 20_000
CLASSICAL = [name for name in catalog.names() if name not in KINDS]


class Unfaded:
    """A channel matrix of one, turned by a quarter."""

    is_block_fading = True

    def draw(self, *, block: int, num_elements: int, seed: int) -> torch.Tensor:
        del block, seed
        return torch.full((num_elements, 1, 1), 1j, dtype=torch.complex64)


def _symbol_error_rate(modulation: Modulation, snr_db: float) -> float:
    """Return that of BPSK, or of square QAM: two amplitudes of sqrt(M) levels."""
    snr = 10 ** (snr_db / 10)
    if modulation is Modulation.BPSK:
        return float(norm.sf(math.sqrt(2 * snr)))
    size = modulation.num_points
    one = 2 * (1 - 1 / math.sqrt(size)) * float(norm.sf(math.sqrt(3 * snr / (size - 1))))
    return 1 - (1 - one) ** 2


@pytest.mark.parametrize("name", CLASSICAL)
@pytest.mark.parametrize(
    ("modulation", "snr_db"), [("bpsk", 2.0), ("qpsk", 5.0), ("16qam", 12.0), ("64qam", 18.0)]
)
def test_symbol_errors_follow_the_closed_form(name: str, modulation: str, snr_db: float) -> None:
    kind = Modulation(modulation)
    settings = BlockSettings(source=Unfaded(), modulation=kind, snr_db=snr_db, num_elements=NUM)
    block = draw(settings, seed=1, block=0)

    labels = catalog.build(name).detect(block.problem).labels

    errors = int((labels != block.sent.labels).sum())
    low, high = ErrorRate(errors=errors, n=NUM).interval(0.999)
    assert low <= _symbol_error_rate(kind, snr_db) <= high


@pytest.mark.parametrize("name", CLASSICAL)
def test_the_llr_of_qpsk_is_the_closed_form_in_size_and_sign(name: str) -> None:
    settings = BlockSettings(
        source=Unfaded(), modulation=Modulation.QPSK, snr_db=5.0, num_elements=50
    )
    problem = draw(settings, seed=1, block=0).problem

    llr = catalog.build(name).detect(problem).llr[:, 0]

    # Two points +-1/sqrt(2) a part: ln P(1) / P(0) = -4 Re(x) / (sqrt(2) N0), clipped by some.
    x = problem.y[:, 0] / 1j
    expected = -4 / 2**0.5 * torch.stack([x.real, x.imag], 1) / problem.noise_variance[:, None]
    torch.testing.assert_close(llr.clamp(-20, 20), expected.clamp(-20, 20), rtol=1e-3, atol=1e-3)
