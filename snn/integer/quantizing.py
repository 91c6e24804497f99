# SPDX-License-Identifier: Apache-2.0
"""From a trained spiking network to one in integers."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from snn.errors import IntegerError
from snn.integer.network import (
    CARRIED_BITS,
    MAX_DRIVE,
    MAX_EVENTS,
    MAX_LEAK,
    MAX_LEAK_SHIFT,
    READOUT_BIAS_BITS,
    IntegerLayer,
    IntegerNetwork,
    IntegerReadout,
    WeightBits,
)
from snn.integer.ranges import Peaks, peaks
from snn.integer.weights import scaled
from snn.layer import SpikingLayer
from snn.network import READOUT_GAIN, SpikingNetwork
from snn.neurons.state_space import StateSpace

_HEADROOM = 1.25
_EVENT_HEADROOM = 2
_STATE_MAX = 32767
_MOST_STATE_BITS = 14
_INT32_MAX = (1 << 31) - 1
_Floats = NDArray[np.float64]


def quantize(
    network: SpikingNetwork,
    counts: NDArray[np.uint8],
    *,
    weight_bits: WeightBits = 8,
    busiest: int = 0,
    name: str = "spiking",
) -> IntegerNetwork:
    """Return a network in integers, its Q formats chosen from the data.

    Each state has the most fraction bits with which the largest value seen, and a quarter more,
    fits int16; so must the threshold and what a spike resets.

    Parameters
    ----------
    network : SpikingNetwork
        At the time step that it will run at; see `snn.adaptation.adapt`.
    counts : uint8 [num_steps, num_recordings, num_inputs]
        Events of recordings like those to come, in bins of that step.
    weight_bits : 8 or 4
        Of all weights but those of the read-out, which have 8.
    busiest : int
        The most events that a step will have, where that is known: the image has room for them.
    name : str

    Raises
    ------
    IntegerError
        If a layer is beyond what devices compute: more than two states, leaks or resets that are
        too large; or weights are no numbers.
    """
    if not all(bool(torch.isfinite(value).all()) for value in network.state_dict().values()):
        raise IntegerError("some weights are no numbers: the training of this network diverged")
    seen = peaks(network.eval(), torch.from_numpy(counts).float())
    layers = tuple(
        _layer(layer, dt_s=network.dt_s, largest=largest, bits=weight_bits)
        for layer, largest in zip(network.spiking_layers(), seen, strict=True)
    )
    most = int(counts.sum(axis=2, dtype=np.int64).max(initial=1))
    return IntegerNetwork(
        name=name,
        layers=layers,
        readout=_readout(network),
        dt_us=network.dt_us,
        max_events=min(max(_EVENT_HEADROOM * most, busiest), MAX_EVENTS),
    )


def _layer(layer: SpikingLayer, *, dt_s: float, largest: Peaks, bits: WeightBits) -> IntegerLayer:
    neuron = layer.neurons.at(dt_s)
    if neuron.num_states > 2:
        raise IntegerError(
            f"a layer of {neuron.num_neurons} neurons has {neuron.num_states} states: devices "
            "take 1 or 2, such as those of lif and adlif"
        )
    weights = scaled(
        _array(layer.weights).T,
        None if layer.recurrent is None else _array(layer.recurrent).T,
        bits=bits,
    )
    state_bits = tuple(_fraction_bits(peak) for peak in _room(layer, neuron, largest))
    unit = np.array([2.0 ** (one + CARRIED_BITS) for one in state_bits])[:, None]
    leak = _array(neuron.a) - np.eye(neuron.num_states)[:, :, None]
    leak *= (unit / unit.T)[:, :, None]
    leak_shift = _leak_shift(leak)
    gain = _integers(_array(neuron.b) * weights.scale * unit)
    return IntegerLayer(
        weight_bits=bits,
        weights=weights.forward,
        recurrent=weights.recurrent,
        weights_shift=weights.forward_shift,
        recurrent_shift=weights.recurrent_shift,
        leak=np.rint(np.ldexp(leak, CARRIED_BITS + leak_shift)).astype(np.int16),
        leak_shift=leak_shift,
        gain=gain,
        bias=_integers(_array(neuron.b) * _array(layer.bias) * unit),
        reset=_integers(_array(neuron.r) * unit),
        threshold=int(_integers(neuron.threshold * unit[0])[0]),
        sum_limit=min(MAX_DRIVE // max(int(np.abs(gain.astype(np.int64)).max()), 1), _INT32_MAX),
        state_bits=state_bits,
    )


def _readout(network: SpikingNetwork) -> IntegerReadout:
    weights = _array(network.readout.weight).T
    scale = max(float(np.abs(weights).max()), 1e-12) / 127.0
    bias = _array(network.readout.bias) / (READOUT_GAIN * scale)
    return IntegerReadout(
        weights=np.rint(weights / scale).astype(np.int8),
        bias=_integers(np.ldexp(bias, READOUT_BIAS_BITS)),
        scale=READOUT_GAIN * scale,
    )


def _room(layer: SpikingLayer, neuron: StateSpace, seen: Peaks) -> _Floats:
    """Return what each state must have room for: what was seen, a reset, and the threshold."""
    offset = np.abs(_array(neuron.b) * _array(layer.bias)) + np.abs(_array(neuron.r))
    room: _Floats = np.maximum(offset.max(axis=1), seen)
    room[0] = max(room[0], neuron.threshold)
    return room


def _fraction_bits(peak: float) -> int:
    """Return the most fraction bits that leave room for a value, and some more."""
    if peak <= 0.0:
        return _MOST_STATE_BITS
    return min(math.floor(math.log2(_STATE_MAX / (_HEADROOM * peak))), _MOST_STATE_BITS)


def _leak_shift(leak: _Floats) -> int:
    """Return the most bits more than a state's own that the leaks of a layer can have."""
    largest = float(np.abs(leak).max())
    if largest == 0.0:
        return MAX_LEAK_SHIFT
    room = math.floor(math.log2((MAX_LEAK + 0.49) / largest)) - CARRIED_BITS
    if room < 0:
        raise IntegerError(
            f"a state takes over {largest:.3g} of another within a step: devices take less than "
            "4. Choose a finer time step"
        )
    return min(room, MAX_LEAK_SHIFT)


def _integers(values: _Floats) -> NDArray[np.int32]:
    rounded = np.rint(values)
    if float(np.abs(rounded).max(initial=0.0)) > _INT32_MAX:
        raise IntegerError(
            "a coefficient exceeds 32 bits: the states seen are far too small for it"
        )
    return rounded.astype(np.int32)


def _array(tensor: torch.Tensor) -> _Floats:
    array: _Floats = tensor.detach().double().numpy()
    return array
