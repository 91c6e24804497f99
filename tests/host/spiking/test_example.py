# SPDX-License-Identifier: Apache-2.0
"""A recording as a network sees it: what is kept is what the network does."""

from pathlib import Path

import numpy as np
import pytest
import torch

from host.report.spiking.example_picture import save_example
from host.spiking.example import Example, example, load, save
from snn.adaptation.adapt import adapt
from snn.adaptation.methods import Method
from snn.events.binning import counts
from snn.network import NetworkSettings, SpikingNetwork
from snn.tracing import trace
from tests.host.spiking.small_network import small_network
from tests.snn.recordings import NUM_CHANNELS, sweeps

EVENTS = sweeps(4, seed=1)


@pytest.fixture(scope="module")
def network() -> SpikingNetwork:
    return small_network()


def made(network: SpikingNetwork) -> Example:
    return example(network, EVENTS, i_recording=2, run_dt_us=(2000, 4000, 8000, 1000))


def test_it_holds_the_events_and_what_each_layer_does(network: SpikingNetwork) -> None:
    found = made(network)

    expected = trace(network, counts(EVENTS, dt_us=4000)[:, 2])
    np.testing.assert_array_equal(found.times_us, EVENTS.recording(2).times_us)
    for fired, layer in zip(found.fired, expected, strict=True):
        np.testing.assert_array_equal(fired, layer.spikes)
    assert found.title == "sweeps, recording 2: up"


def test_potentials_are_those_of_the_same_neurons_at_the_outermost_steps(
    network: SpikingNetwork,
) -> None:
    found = made(network)

    assert list(found.potentials) == [4000, 1000, 8000]
    for dt_us, values in found.potentials.items():
        mapped = network if dt_us == 4000 else adapt(network, dt_us=dt_us, method=Method.INTEGRAL)
        first = trace(mapped, counts(EVENTS, dt_us=dt_us)[:, 2])[0]
        np.testing.assert_array_equal(values, first.potentials[:, found.neurons])
    often = found.fired[0].sum(axis=0)
    assert often[found.neurons[0]] == often.max()
    assert all(often[list(found.neurons)] > 0)


def test_a_silent_network_is_drawn_as_well(tmp_path: Path) -> None:
    settings = NetworkSettings(num_inputs=NUM_CHANNELS, num_classes=2, hidden=(3,))
    quiet = SpikingNetwork(settings, dt_us=4000, rng=torch.Generator().manual_seed(3))
    with torch.no_grad():
        quiet.spiking_layers()[0].weights.zero_()
        quiet.spiking_layers()[0].bias.zero_()

    found = example(quiet, EVENTS, i_recording=0, run_dt_us=())

    assert not found.fired[0].any()
    assert save_example(tmp_path / "quiet.png", found).stat().st_size > 5_000


def test_what_is_written_is_read(tmp_path: Path, network: SpikingNetwork) -> None:
    expected = made(network)

    save(tmp_path / "examples" / "one.npz", expected)
    found = load(tmp_path / "examples" / "one.npz")

    assert found is not None
    assert (found.title, found.dt_us, found.neurons) == (expected.title, 4000, expected.neurons)
    assert (found.duration_us, found.threshold) == (expected.duration_us, expected.threshold)
    for one, other in zip(found.fired, expected.fired, strict=True):
        np.testing.assert_array_equal(one, other)
    for dt_us, values in expected.potentials.items():
        np.testing.assert_array_equal(found.potentials[dt_us], values)


def test_what_is_gone_or_damaged_is_left_out(tmp_path: Path, network: SpikingNetwork) -> None:
    path = tmp_path / "one.npz"
    save(path, made(network))
    path.write_bytes(path.read_bytes()[:200])

    assert load(path) is None
    assert load(tmp_path / "none.npz") is None
