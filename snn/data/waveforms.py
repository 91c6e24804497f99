# SPDX-License-Identifier: Apache-2.0
"""What transmitters may send: single carriers of several orders, OFDM, and a tone that disturbs.

Each is complex64 [num_samples], one slot of a grid at the Nyquist rate and without cyclic prefixes,
of mean power 1, drawn from the generator that is passed in.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from channels.grid import Grid
from channels.impairments.ofdm import to_samples
from sim.qam import map_bits

SAMPLES_PER_SYMBOL = 8  # of a single carrier; pulses are rectangles
Waveform = Callable[[Grid, np.random.Generator], NDArray[np.complex64]]


def single_carrier(
    grid: Grid, rng: np.random.Generator, *, num_bits_per_symbol: int
) -> NDArray[np.complex64]:
    """Return symbols of BPSK (1 bit) or Gray-mapped QAM, each held for eight samples."""
    num_samples = grid.num_resource_elements
    num_symbols = -(-num_samples // SAMPLES_PER_SYMBOL)
    if num_bits_per_symbol == 1:
        symbols = (1.0 - 2.0 * rng.integers(0, 2, num_symbols)).astype(np.complex64)
    else:
        symbols = _qam(rng, num_symbols, num_bits_per_symbol)
    return np.repeat(symbols, SAMPLES_PER_SYMBOL)[:num_samples]


def ofdm(grid: Grid, rng: np.random.Generator) -> NDArray[np.complex64]:
    """Return OFDM with QPSK on every subcarrier, without cyclic prefix."""
    symbols = _qam(rng, grid.num_resource_elements, 2)
    return to_samples(symbols.reshape(grid.num_symbols, grid.num_subcarriers)).reshape(-1)


def tone(grid: Grid, rng: np.random.Generator) -> NDArray[np.complex64]:
    """Return one frequency anywhere in the inner half of the band."""
    turns = rng.uniform(-0.25, 0.25) * np.arange(grid.num_resource_elements) + rng.uniform()
    return np.asarray(np.exp(2j * np.pi * turns), dtype=np.complex64)


WAVEFORMS: Mapping[str, Waveform] = {
    "bpsk": partial(single_carrier, num_bits_per_symbol=1),
    "qpsk": partial(single_carrier, num_bits_per_symbol=2),
    "16qam": partial(single_carrier, num_bits_per_symbol=4),
    "64qam": partial(single_carrier, num_bits_per_symbol=6),
    "256qam": partial(single_carrier, num_bits_per_symbol=8),
    "ofdm": ofdm,
    "tone": tone,
}


def _qam(
    rng: np.random.Generator, num_symbols: int, num_bits_per_symbol: int
) -> NDArray[np.complex64]:
    bits = torch.from_numpy(rng.integers(0, 2, num_symbols * num_bits_per_symbol, np.uint8))
    symbols: NDArray[np.complex64] = map_bits(bits, num_bits_per_symbol=num_bits_per_symbol).numpy()
    return symbols
