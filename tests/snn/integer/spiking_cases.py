# SPDX-License-Identifier: Apache-2.0
"""Small spiking networks drawn at random, float and in integers, and events for them."""

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from snn.integer.network import (
    MAX_DRIVE,
    IntegerLayer,
    IntegerNetwork,
    IntegerReadout,
    WeightBits,
)
from snn.network import NetworkSettings, SpikingNetwork

DT_US = 8000
NUM_INPUTS, NUM_CLASSES, HIDDEN = 30, 7, (45, 21)
NUM_STEPS, NUM_RECORDINGS = 40, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What kind of network is drawn."""

    name: str
    bits: WeightBits = 8
    num_states: int = 2
    is_recurrent: bool = False
    shifts: tuple[int, int] = (0, 0)
    sizes: tuple[int, ...] = (30, 45, 21)
    rate: float = 0.5
    sum_limit: int = 2000


CASES = (
    Case(name="two states"),
    Case(name="two states, 4 bits", bits=4),
    Case(name="one state", num_states=1),
    Case(name="one state, recurrent, 4 bits", num_states=1, is_recurrent=True, bits=4),
    Case(name="recurrent, inputs larger", is_recurrent=True, shifts=(3, 0)),
    Case(name="recurrent, inputs smaller, 4 bits", is_recurrent=True, shifts=(0, 2), bits=4),
    Case(name="sums at their limit", sum_limit=90),
    Case(name="more events than a field holds", sizes=(300, 33, 5), rate=1.2),
    Case(name="more events than a nibble's field holds", sizes=(70, 24, 5), rate=1.5, bits=4),
    Case(name="one neuron", sizes=(1, 1, 1), rate=2.0),
)


def drawn(case: Case, *, seed: int = 0) -> IntegerNetwork:
    """Return a network of integers whose neurons fire, and some of whose states saturate."""
    rng = np.random.default_rng(seed)
    layers = tuple(
        _layer(case, num_in, num_out, rng) for num_in, num_out in itertools.pairwise(case.sizes)
    )
    readout = IntegerReadout(
        weights=rng.integers(-127, 128, (case.sizes[-1], NUM_CLASSES), dtype=np.int8),
        bias=rng.integers(-100_000, 100_000, NUM_CLASSES, dtype=np.int32),
        scale=0.01,
    )
    return IntegerNetwork(
        name="drawn",
        layers=layers,
        readout=readout,
        dt_us=DT_US,
        max_events=int(4 * case.rate * case.sizes[0]) + 8,
    )


def _layer(case: Case, num_in: int, num_out: int, rng: np.random.Generator) -> IntegerLayer:
    most = (1 << (case.bits - 1)) - 1
    leak = rng.integers(-6000, 6000, (case.num_states, case.num_states, num_out))
    for i in range(case.num_states):
        leak[i, i] = rng.integers(-16000, -1000, num_out)
    shape = (case.num_states, num_out)
    loudest = MAX_DRIVE // case.sum_limit
    recurrent = rng.integers(-most, most + 1, (num_out, num_out), dtype=np.int8)
    return IntegerLayer(
        weight_bits=case.bits,
        weights=rng.integers(-most, most + 1, (num_in, num_out), dtype=np.int8),
        recurrent=recurrent if case.is_recurrent else None,
        weights_shift=case.shifts[0],
        recurrent_shift=case.shifts[1],
        leak=leak.astype(np.int16),
        leak_shift=int(rng.integers(0, 4)),
        gain=rng.integers(-loudest, loudest + 1, shape, dtype=np.int32),
        bias=rng.integers(1 << 18, 1 << 22, shape, dtype=np.int32),
        reset=rng.integers(-(1 << 27), 0, shape, dtype=np.int32),
        threshold=1 << 22,
        sum_limit=case.sum_limit,
        state_bits=(10,) * case.num_states,
    )


def events(case: Case, *, seed: int = 1, num_steps: int = NUM_STEPS) -> NDArray[np.uint8]:
    """Return counts, uint8 [num_steps, NUM_RECORDINGS, num_inputs]."""
    rng = np.random.default_rng(seed)
    return rng.poisson(case.rate, (num_steps, NUM_RECORDINGS, case.sizes[0])).astype(np.uint8)


def float_network(
    *, neuron: str = "adlif", is_recurrent: bool = False, dt_us: int = DT_US
) -> SpikingNetwork:
    """Return a network whose weights are large enough for all layers to fire."""
    settings = NetworkSettings(
        num_inputs=NUM_INPUTS,
        num_classes=NUM_CLASSES,
        hidden=HIDDEN,
        neuron=neuron,
        is_recurrent=is_recurrent,
    )
    network = SpikingNetwork(settings, dt_us=dt_us, rng=torch.Generator().manual_seed(1)).eval()
    with torch.no_grad():
        for layer in network.spiking_layers():
            layer.weights.mul_(6.0)
    return network


def float_events(*, seed: int = 1, num_steps: int = 100) -> NDArray[np.uint8]:
    """Return counts for it, uint8 [num_steps, NUM_RECORDINGS, NUM_INPUTS]."""
    rng = np.random.default_rng(seed)
    return rng.poisson(0.5, (num_steps, NUM_RECORDINGS, NUM_INPUTS)).astype(np.uint8)
