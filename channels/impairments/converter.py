# SPDX-License-Identifier: Apache-2.0
"""Analogue-to-digital conversion: automatic gain, clipping, and a few bits for I and Q each."""

import numpy as np
from numpy.typing import NDArray

from channels.impairments.ofdm import to_samples, to_subcarriers


def quantize(
    v: NDArray[np.float32], *, full_scale: NDArray[np.float32], bits: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Quantize real samples uniformly to 2^bits levels between -full_scale and +full_scale.

    Mid-rise: zero is a threshold, not a level. What lies outside is clipped to the outermost level.

    Parameters
    ----------
    v : float32 [...]
    full_scale : float32, broadcast against v
    bits : int64, broadcast against v
    """
    half = 2.0 ** (bits - 1)
    level = np.clip(np.floor(v / full_scale * half), -half, half - 1) + 0.5
    return (level / half * full_scale).astype(np.float32)


def convert(
    y: NDArray[np.complex64], *, bits: NDArray[np.int64], clipping_db: NDArray[np.float64]
) -> NDArray[np.complex64]:
    """Digitise the samples of each antenna at the Nyquist rate.

    The gain control is ideal and slow: full scale is clipping_db above the rms of one component
    over the whole slot, antenna by antenna. For a Gaussian signal and little clipping the ratio of
    signal to quantization noise is 6.02 bits + 4.77 - clipping_db [dB].

    Parameters
    ----------
    y : complex64 [num_slots, num_rx_ant, num_symbols, num_subcarriers]
    bits : int64 [num_slots]
        Bits of each of the two converters.
    clipping_db : float64 [num_slots]
        Full scale over the rms of one component [dB].

    Source
    ------
    A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, 3rd ed., section 4.8.3.
    """
    samples = np.ascontiguousarray(to_samples(y))
    shape = (*y.shape[:2], 1, 1)
    parts = samples.view(np.float32)  # I and Q side by side
    rms = np.sqrt(np.mean(parts.reshape(*y.shape[:2], -1) ** 2, axis=-1)).reshape(shape)
    full_scale = rms * (10 ** (clipping_db / 20)).astype(np.float32)[:, None, None, None]
    digital = quantize(
        parts,
        full_scale=np.maximum(full_scale, np.finfo(np.float32).tiny),
        bits=bits[:, None, None, None],
    )
    return to_subcarriers(digital.view(np.complex64))
