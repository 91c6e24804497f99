# SPDX-License-Identifier: Apache-2.0
r"""Receiver oscillator: residual carrier frequency offset and Wiener phase noise.

.. math:: r'[n] = r[n] e^{j(2 \pi \int f dt + \phi[n])}, \qquad
          \phi[n] - \phi[n-1] \sim \mathcal{N}(0, 2 \pi \Delta\nu / f_s)

Both rotate the samples: each symbol gets a common phase, and subcarriers leak into each other.
"""

import numpy as np
from numpy.typing import NDArray

from channels.grid import Grid
from channels.impairments.ofdm import to_samples, to_subcarriers
from channels.randomness import generator


def rotate(y: NDArray[np.complex64], *, turns: NDArray[np.float64]) -> NDArray[np.complex64]:
    """Rotate the samples of each symbol, all antennas alike: they share the oscillator.

    The samples are at the Nyquist rate, one for each subcarrier, so that what leaks out at one edge
    of the band comes back at the other, as in a receiver without oversampling.

    Parameters
    ----------
    y : complex64 [num_slots, num_rx_ant, num_symbols, num_subcarriers]
    turns : float64 [num_slots, num_symbols, num_subcarriers]
        Phase at each sample after the cyclic prefix [full turns].
    """
    angle = (2 * np.pi * (turns - np.rint(turns))).astype(np.float32)
    phasor = (np.cos(angle) + np.complex64(1j) * np.sin(angle)).astype(np.complex64)
    return to_subcarriers(to_samples(y) * phasor[:, None])


def offset_turns(
    grid: Grid, *, cfo_hz: NDArray[np.float64], before_hz: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return float64 [num_slots, num_symbols, num_subcarriers]: phase of a frequency offset.

    Parameters
    ----------
    cfo_hz : float64 [num_slots]
        Offset in each slot [Hz].
    before_hz : float64 [num_slots]
        Sum of the offset over all slots before each; keeps the phase continuous [Hz].
    """
    start = before_hz * grid.slot_duration_s
    return start[:, None, None] + cfo_hz[:, None, None] * sample_times(grid)


def wiener_turns(
    grid: Grid, *, linewidth_hz: NDArray[np.float64], first_slot: int, seed: int
) -> NDArray[np.float64]:
    """Return float64 [num_slots, num_symbols, num_subcarriers]: phase of a noisy oscillator.

    The phase is 0 when a slot begins (a receiver without memory cannot tell, and slots may be asked
    for in any order) and wanders from there through all samples, prefixes included.

    Parameters
    ----------
    linewidth_hz : float64 [num_slots]
        3 dB width of the oscillator's Lorentzian spectrum [Hz].

    Source
    ------
    A. Demir, A. Mehrotra, J. Roychowdhury, Phase noise in oscillators: a unifying theory and
    numerical methods for characterization, IEEE Trans. Circuits Syst. I 47 (5), 2000.
    """
    per_symbol = grid.cyclic_prefix_length + grid.num_subcarriers
    num_samples = grid.num_symbols * per_symbol
    steps = np.stack(
        [
            generator(seed=seed, stream="phase-noise", index=slot).standard_normal(num_samples)
            for slot in range(first_slot, first_slot + linewidth_hz.size)
        ]
    )
    sigma_turns = np.sqrt(linewidth_hz / (2 * np.pi * sample_rate(grid)))
    wander = np.cumsum(steps, axis=1) * sigma_turns[:, None]
    by_symbol = wander.reshape(-1, grid.num_symbols, per_symbol)
    return by_symbol[:, :, grid.cyclic_prefix_length :]


def sample_rate(grid: Grid) -> float:
    """Return the Nyquist rate of the grid [Hz]."""
    return grid.num_subcarriers * grid.subcarrier_spacing_hz


def sample_times(grid: Grid) -> NDArray[np.float64]:
    """Return float64 [num_symbols, num_subcarriers]: sample times after each prefix [s]."""
    starts = np.arange(grid.num_symbols)[:, None] * grid.symbol_duration_s
    within = (grid.cyclic_prefix_length + np.arange(grid.num_subcarriers)) / sample_rate(grid)
    return starts + within
