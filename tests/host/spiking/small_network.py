# SPDX-License-Identifier: Apache-2.0
"""A small spiking network for the sweeps of `tests.snn.recordings`, and files of both."""

from pathlib import Path

import torch

from snn import network_file
from snn.events import event_file
from snn.events.event_file import Origin
from snn.network import NetworkSettings, SpikingNetwork
from tests.snn.recordings import NUM_CHANNELS, sweeps

HIDDEN = (9, 7)
DT_US = 4000
_GAIN = 12.0


def small_network(
    *, num_inputs: int = NUM_CHANNELS, num_classes: int = 2, is_recurrent: bool = False
) -> SpikingNetwork:
    """Return a network that nobody trained, and whose layers fire all the same."""
    settings = NetworkSettings(
        num_inputs=num_inputs, num_classes=num_classes, hidden=HIDDEN, is_recurrent=is_recurrent
    )
    network = SpikingNetwork(settings, dt_us=DT_US, rng=torch.Generator().manual_seed(4)).eval()
    with torch.no_grad():
        for layer in network.spiking_layers():
            layer.weights.mul_(_GAIN)
    return network


def write_network(path: Path, network: SpikingNetwork | None = None) -> Path:
    """Write a network; return the path."""
    network_file.save(path, network or small_network(), record={})
    return path


def write_sweeps(path: Path, *, num_recordings: int = 24) -> Path:
    """Write recordings as an event file, which has no splits; return the path."""
    event_file.write(path, sweeps(num_recordings, seed=5), origin=Origin(source="made"))
    return path
