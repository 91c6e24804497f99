# SPDX-License-Identifier: Apache-2.0
"""A small link whose pilots teach, and a network that nobody trained."""

import pytest
import torch

from channels.scenario import Scenario
from receivers.neural.network import Network
from receivers.neural.planes import num_planes
from receivers.neural.sizes import SIZES
from tests.sim.scenarios import scenario


@pytest.fixture
def teaching() -> Scenario:
    """Return a fading scenario of 14 x 12 elements, 24 of them random pilots of 16-QAM."""
    return scenario(
        antennas={"num_rx_ant": 2},
        channel={"kind": "tdl-c", "delay_spread_s": 100e-9, "power_control": True},
        link={
            "num_bits_per_symbol": 4,
            "dmrs": {"kind": "random", "num_pilots": 24, "slots_per_draw": 16},
        },
        snr={"kind": "snr_db", "values": [20.0]},
    )


@pytest.fixture
def network() -> Network:
    """Return the smallest network with random weights, for two antennas and 16-QAM."""
    torch.manual_seed(3)
    made = Network(SIZES["xxs"], num_planes=num_planes(2), num_bits_per_symbol=4)
    return made.eval()
