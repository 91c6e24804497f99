# SPDX-License-Identifier: Apache-2.0
"""A small link of two users whose learning pilots overlap."""

from channels.scenario import Scenario
from tests.channels.scenarios import scenario

SNR_DB = 12.0


def teaching(*, learning_sharing: str = "overlapping") -> Scenario:
    """Return flat Rayleigh fading of every slot, and 32 learning pilots a slot."""
    dmrs = {
        "kind": "additional",
        "symbols": [2, 11],
        "num_learning": 32,
        "sharing": "cover-code",
        "learning_sharing": learning_sharing,
    }
    return scenario(
        {
            "grid.num_subcarriers": 16,
            "antennas.num_rx_ant": 4,
            "antennas.num_tx": 2,
            "channel.slots_per_drop": 1,
            "link.num_bits_per_symbol": 4,
            "link.dmrs": dmrs,
            "snr.values": [SNR_DB],
        }
    )
