# SPDX-License-Identifier: Apache-2.0
"""Evaluations against networks whose answers are known."""

import pytest
import torch

from snn.errors import SpikingError
from snn.evaluation import evaluate
from snn.network import NetworkSettings, SpikingNetwork
from tests.snn.recordings import BURST, NUM_CHANNELS, sweeps


def _biased(favourite: int, *, num_inputs: int = NUM_CHANNELS) -> SpikingNetwork:
    settings = NetworkSettings(num_inputs=num_inputs, num_classes=2, hidden=(4, 3))
    network = SpikingNetwork(settings, dt_us=2000, rng=torch.Generator().manual_seed(1)).eval()
    with torch.no_grad():
        network.readout.bias[favourite] = 1e6
    return network


def test_a_network_that_always_says_the_same_is_right_for_that_class() -> None:
    events = sweeps(300, seed=1).chosen(range(299))  # 150 upwards, 149 downwards

    found = evaluate(_biased(0), events)

    assert found.num_right == 150
    assert found.accuracy == pytest.approx(150 / 299)
    assert found.events_per_recording == pytest.approx(NUM_CHANNELS * BURST)
    assert len(found.spikes_per_recording) == 2


def test_recordings_of_another_sensor_are_refused() -> None:
    with pytest.raises(SpikingError, match="sweeps has 12 channels, and the network takes 5"):
        evaluate(_biased(0, num_inputs=5), sweeps(4, seed=1))


def test_no_recordings_are_refused() -> None:
    with pytest.raises(SpikingError, match="no recordings"):
        evaluate(_biased(0), sweeps(4, seed=1).chosen([]))
