# SPDX-License-Identifier: Apache-2.0
"""Hardly any noise, and none. Truth: what was sent, which nothing hides then."""

from dataclasses import replace

import pytest
import torch

from receivers.mimo import catalog
from tests.receivers.mimo.drawn import CLASSICAL, rayleigh


@pytest.mark.parametrize("noise_variance", [0.0, 1e-20, 1e-9])
@pytest.mark.parametrize("name", CLASSICAL)
def test_all_symbols_are_found(name: str, noise_variance: float) -> None:
    block = rayleigh("qpsk", num_rx_ant=4, num_tx=2, snr_db=90.0, num_elements=200)
    told = torch.full((200,), noise_variance)

    beliefs = catalog.build(name).detect(replace(block.problem, noise_variance=told))

    assert torch.isfinite(beliefs.llr).all()
    assert torch.equal(beliefs.labels, block.sent.labels)
