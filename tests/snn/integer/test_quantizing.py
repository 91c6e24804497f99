# SPDX-License-Identifier: Apache-2.0
"""Quantized networks against the float networks and the differential equations they stand for."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from snn.adaptation.adapt import adapt
from snn.errors import IntegerError
from snn.integer import reference
from snn.integer.network import CARRIED_BITS, IntegerNetwork, WeightBits
from snn.integer.quantizing import quantize
from snn.integer.weights import scaled
from snn.network import NetworkSettings, SpikingNetwork
from snn.neurons.fixed import FixedNeurons
from snn.neurons.lif import Lif
from snn.neurons.state_space import StateSpace
from tests.snn.integer.spiking_cases import float_events, float_network

SILENT = 1.5


def _lif_network(*, tau_s: float, dt_us: int, threshold: float = SILENT) -> SpikingNetwork:
    """Return one neuron behind one input of weight 1, without a bias."""
    settings = NetworkSettings(num_inputs=1, num_classes=2, hidden=(1,), neuron="lif")
    network = SpikingNetwork(settings, dt_us=dt_us, rng=torch.Generator())
    layer = network.spiking_layers()[0]
    neurons = Lif(1, threshold=threshold, rng=torch.Generator()).double()
    with torch.no_grad():
        neurons.tau_s.fill_(tau_s)
        layer.neurons = FixedNeurons(neurons.at(dt_us * 1e-6))
        layer.weights.fill_(1.0)
        layer.bias.fill_(0.0)
    return network.double()


def _potential(network: IntegerNetwork, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the membrane potential of the only neuron at each step, in real units."""
    layer = network.layers[0]
    z, fired = np.zeros((1, 1, 1), np.int64), np.zeros((1, 1), bool)
    course = []
    for count in counts:
        z, fired, _ = reference.step(
            layer, z, fired, (count * layer.weights.astype(np.int64)).reshape(1, 1)
        )
        course.append(float(z[0, 0, 0]))
    return np.array(course) / 2.0 ** (layer.state_bits[0] + CARRIED_BITS)


@pytest.mark.parametrize("dt_us", [250, 1000, 8000], ids=["1/4 ms", "1 ms", "8 ms"])
def test_a_held_input_follows_the_exact_solution_at_any_time_step(dt_us: int) -> None:
    """The potential is 1 - exp(-t / tau), tau 200 ms; 1/4 ms leaks 1/800 a step."""
    tau_s, num_steps = 0.2, round(2e6 / dt_us)
    counts = np.ones((num_steps, 1, 1), np.uint8)
    network = quantize(_lif_network(tau_s=tau_s, dt_us=dt_us).float(), counts)

    found = _potential(network, counts[:, 0, 0].astype(np.int64))

    times_s = np.arange(1, num_steps + 1) * dt_us * 1e-6
    unit = 2.0 ** -network.layers[0].state_bits[0]
    np.testing.assert_allclose(found, 1.0 - np.exp(-times_s / tau_s), atol=2.0 * unit + 1e-3)


def test_a_state_decays_to_zero_and_does_not_stick() -> None:
    counts = np.zeros((8000, 1, 1), np.uint8)
    counts[:1000] = 1
    network = quantize(_lif_network(tau_s=0.2, dt_us=1000).float(), counts)

    found = _potential(network, counts[:, 0, 0].astype(np.int64))

    assert found[999] > 0.9
    assert abs(found[-1]) <= 2.0 ** -network.layers[0].state_bits[0]


@pytest.mark.parametrize("is_recurrent", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("neuron", ["lif", "adlif"])
@pytest.mark.parametrize("dt_us", [1000, 8000, 16_000])
def test_the_first_layer_fires_as_often_as_in_float(
    neuron: str, *, is_recurrent: bool, dt_us: int
) -> None:
    network = adapt(float_network(neuron=neuron, is_recurrent=is_recurrent), dt_us=dt_us)
    counts = float_events(num_steps=800_000 // dt_us)
    layer = network.spiking_layers()[0]

    integers = quantize(network, counts)
    spikes, tally = reference.run_layer(integers.layers[0], counts.astype(np.int64))

    with torch.no_grad():
        expected = layer(torch.from_numpy(counts).float(), dt_s=network.dt_s).sum(dim=0)
    assert float(expected.sum()) > 100.0
    assert int(tally.saturations.sum()) == 0
    apart = np.abs(spikes.sum(axis=0) - expected.numpy()).sum() / float(expected.sum())
    assert apart < 0.06


def test_scores_are_those_of_the_float_network() -> None:
    network, counts = float_network(), float_events()

    integers = quantize(network, counts)
    outcome = reference.run(integers, counts)

    with torch.no_grad():
        expected = network(torch.from_numpy(counts).float()).numpy()
    found = outcome.scores * integers.readout.scale / len(counts)
    assert np.abs(found - expected).max() < 0.1 * np.abs(expected).max()


@pytest.mark.parametrize("gain", [2.0, 10.0, 100.0])
def test_the_q_format_follows_the_largest_state_seen(gain: float) -> None:
    counts = np.ones((400, 1, 1), np.uint8)
    float_one = _lif_network(tau_s=0.02, dt_us=1000, threshold=1e-3)
    with torch.no_grad():
        float_one.spiking_layers()[0].weights.fill_(gain)

    network = quantize(float_one.float(), counts)

    (bits,) = network.layers[0].state_bits
    assert gain * 1.25 * 2**bits <= 32767
    assert bits == 14 or gain * 1.25 * 2 ** (bits + 1) > 32767


def test_louder_recordings_than_those_seen_are_clipped_and_counted() -> None:
    quiet = np.ones((200, 1, 1), np.uint8)
    network = quantize(_lif_network(tau_s=0.02, dt_us=1000).float(), quiet)

    _, tally = reference.run_layer(network.layers[0], 20 * quiet.astype(np.int64))

    assert int(tally.saturations[0]) > 0


@pytest.mark.parametrize("bits", [8, 4])
def test_no_weight_is_off_by_more_than_clipping_and_half_a_unit(bits: WeightBits) -> None:
    weights = np.random.default_rng(1).normal(size=(200, 16))

    found = scaled(weights, None, bits=bits)

    error = np.abs(found.forward * found.scale - weights)
    largest = found.scale * ((1 << (bits - 1)) - 1)
    inside = np.abs(weights) <= largest
    assert (error[inside] <= (found.scale / 2 * np.ones_like(weights))[inside] * 1.001).all()


def test_four_bits_are_scaled_better_than_by_the_largest_weight() -> None:
    weights = np.random.default_rng(2).normal(size=(200, 16))
    plain = np.abs(weights).max(axis=0) / 7

    found = scaled(weights, None, bits=4)

    def loss(integers: NDArray[np.generic], scale: NDArray[np.float64]) -> float:
        return float(((integers.astype(np.float64) * scale - weights) ** 2).sum())

    assert loss(found.forward, found.scale) < 0.8 * loss(np.rint(weights / plain), plain)


def test_weights_that_differ_in_size_keep_their_precision() -> None:
    rng = np.random.default_rng(3)
    forward = rng.uniform(-1.0, 1.0, (20, 8))
    recurrent = forward[:8] / 16.0

    found = scaled(forward, recurrent, bits=4)

    assert (found.forward_shift, found.recurrent_shift) == (4, 0)
    assert found.recurrent is not None
    assert np.abs(found.recurrent).max(axis=0).min() >= 2


def test_neurons_of_three_states_are_refused_in_words() -> None:
    network = float_network()
    layer = network.spiking_layers()[0]
    layer.neurons = FixedNeurons(
        StateSpace(
            a=torch.zeros(3, 3, 45),
            b=torch.zeros(3, 45),
            r=torch.zeros(3, 45),
            threshold=1.0,
            dt_s=network.dt_s,
        )
    )

    with pytest.raises(IntegerError, match="3 states: devices take 1 or 2"):
        quantize(network, float_events())


def test_neurons_that_grow_too_fast_are_refused_in_words() -> None:
    network = _lif_network(tau_s=0.02, dt_us=1000).float()
    layer = network.spiking_layers()[0]
    neuron = layer.neurons.at(network.dt_s)
    layer.neurons = FixedNeurons(replace(neuron, a=neuron.a * 0.0 - 5.0))

    with pytest.raises(IntegerError, match=r"takes over 6 of another|takes over"):
        quantize(network, np.ones((4, 1, 1), np.uint8))


def test_weights_that_are_no_numbers_are_refused_in_words() -> None:
    network = _lif_network(tau_s=0.02, dt_us=1000).float()
    with torch.no_grad():
        network.spiking_layers()[0].weights[0, 0] = torch.nan

    with pytest.raises(IntegerError, match="weights are no numbers: the training"):
        quantize(network, np.ones((4, 1, 1), np.uint8))
