# SPDX-License-Identifier: Apache-2.0
"""What a spiking network of integers computes: the twin, in NumPy, of `firmware/kernels`.

The equations are those of `snn.integer.network`; `firmware/kernels/spiking_neurons.h`,
`spiking_synapses.h` and `spike_readout.h` compute the same bits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snn.integer.network import (
    CARRIED_BITS,
    READOUT_BIAS_BITS,
    STATE_LIMIT,
    IntegerLayer,
    IntegerNetwork,
    IntegerReadout,
)

_INT32 = np.iinfo(np.int32)
_Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one layer did in a window, of each recording.

    Parameters
    ----------
    events : int64 [num_recordings]
        Rows of weights that were added up: events that came in, and recurrent spikes.
    spikes : int64 [num_recordings]
        That went out.
    saturations : int64 [num_recordings]
        Values that a clip changed.
    """

    events: _Integers
    spikes: _Integers
    saturations: _Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a network says of recordings.

    Parameters
    ----------
    scores : int32 [num_recordings, num_classes]
    tallies : tuple of Tally
        Of each layer, the read-out last.
    """

    scores: NDArray[np.int32]
    tallies: tuple[Tally, ...]


def run(network: IntegerNetwork, counts: NDArray[np.uint8]) -> Outcome:
    """Run a network that starts at rest.

    Parameters
    ----------
    network : IntegerNetwork
    counts : uint8 [num_steps, num_recordings, num_inputs]
        Events of each bin of the network's time step.
    """
    tallies: list[Tally] = []
    events: _Integers = counts.astype(np.int64)
    for layer in network.layers:
        events, tally = run_layer(layer, events)
        tallies.append(tally)
    came = events.sum(axis=(0, 2))
    nothing = np.zeros_like(came)
    tallies.append(Tally(events=came, spikes=nothing, saturations=nothing))
    return Outcome(scores=scores(network.readout, events), tallies=tuple(tallies))


def run_layer(layer: IntegerLayer, events: _Integers) -> tuple[_Integers, Tally]:
    """Return the spikes of a layer, int64 [num_steps, num_recordings, num_neurons], and its tally.

    `events` is int64 [num_steps, num_recordings, num_inputs].
    """
    num_recordings = events.shape[1]
    z = np.zeros((layer.num_states, num_recordings, layer.num_neurons), dtype=np.int64)
    fired = np.zeros(z.shape[1:], dtype=bool)
    spikes = np.zeros((*events.shape[:2], layer.num_neurons), dtype=np.int64)
    saturations = np.zeros(num_recordings, dtype=np.int64)
    own = np.zeros(num_recordings, dtype=np.int64)
    sums = _weighted(events, layer.weights) << layer.weights_shift
    for i_step, forward in enumerate(sums):
        total = forward
        if layer.recurrent is not None:
            total = forward + (_weighted(fired, layer.recurrent) << layer.recurrent_shift)
            own += fired.sum(axis=1)
        z, fired, clipped = step(layer, z, fired, total)
        saturations += clipped
        spikes[i_step] = fired
    came, went = events.sum(axis=(0, 2)) + own, spikes.sum(axis=(0, 2))
    return spikes, Tally(events=came, spikes=went, saturations=saturations)


def step(
    layer: IntegerLayer, z: _Integers, fired: NDArray[np.bool_], sum_: _Integers
) -> tuple[_Integers, NDArray[np.bool_], _Integers]:
    """Return the states and spikes after a step, and how many values were clipped.

    Parameters
    ----------
    z : int64 [num_states, num_recordings, num_neurons]
    fired : bool [num_recordings, num_neurons]
        In the step before.
    sum_ : int64 [num_recordings, num_neurons]
        The weights of the events.
    """
    x = z >> CARRIED_BITS
    clipped_sum = np.clip(sum_, -layer.sum_limit, layer.sum_limit)
    leak = np.einsum("ijn,jrn->irn", layer.leak.astype(np.int64), x) >> layer.leak_shift
    gain, bias, reset = (
        one[:, None].astype(np.int64) for one in (layer.gain, layer.bias, layer.reset)
    )
    free = z + leak + gain * clipped_sum + bias + fired * reset
    kept = np.clip(free, -STATE_LIMIT, STATE_LIMIT - 1)
    num_clipped = (free != kept).sum(axis=(0, 2)) + (sum_ != clipped_sum).sum(axis=1)
    return kept, kept[0] > layer.threshold, num_clipped


def scores(readout: IntegerReadout, spikes: _Integers) -> NDArray[np.int32]:
    """Return int32 [num_recordings, num_classes] of spikes [num_steps, num_recordings, neurons]."""
    counted = spikes.sum(axis=0)
    offset = (readout.bias.astype(np.int64) * len(spikes)) >> READOUT_BIAS_BITS
    total = counted @ readout.weights.astype(np.int64) + offset
    clipped: NDArray[np.int32] = np.clip(total, _INT32.min, _INT32.max).astype(np.int32)
    return clipped


def _weighted(events: NDArray[np.generic], weights: NDArray[np.int8]) -> _Integers:
    """Return events @ weights; floats hold such sums exactly, and are multiplied much faster."""
    return (events.astype(np.float64) @ weights.astype(np.float64)).astype(np.int64)
