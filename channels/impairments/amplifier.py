# SPDX-License-Identifier: Apache-2.0
r"""The power amplifier: Rapp's model of a solid-state amplifier without phase distortion.

.. math:: v' = v \left(1 + (|v| / A)^{2p}\right)^{-1/(2p)}, \qquad A^2 = 10^{B/10} \cdot E|v|^2

with small-signal gain 1, saturation amplitude A set by the input back-off B, and smoothness p.
"""

import numpy as np
from numpy.typing import NDArray

from channels.impairments.ofdm import to_samples, to_subcarriers

OVERSAMPLING = 4  # holds the third- and fifth-order products without aliasing into the band


def rapp(
    v: NDArray[np.complex64], *, saturation: NDArray[np.float32], smoothness: NDArray[np.float32]
) -> NDArray[np.complex64]:
    """Compress the amplitude of each sample, and keep its phase.

    Parameters
    ----------
    v : complex64 [...]
        Samples.
    saturation, smoothness : float32, broadcast against v
        A and p of the equation above.

    Source
    ------
    C. Rapp, Effects of HPA-nonlinearity on a 4-DPSK/OFDM-signal for a digital sound broadcasting
    system, 2nd European Conference on Satellite Communications, 1991.
    """
    drive = np.abs(v) / saturation
    # Taking the larger of 1 and the drive out of the sum keeps every power below 1.
    larger = np.maximum(drive, np.float32(1))
    rest = larger ** (-2 * smoothness) + (drive / larger) ** (2 * smoothness)
    return np.asarray(v / larger * rest ** (-1 / (2 * smoothness)), dtype=np.complex64)


def amplify(
    x: NDArray[np.complex64], *, backoff_db: NDArray[np.float64], smoothness: NDArray[np.float64]
) -> NDArray[np.complex64]:
    """Send subcarriers of mean energy 1 through the amplifier, symbol by symbol.

    The amplifier acts on samples at four times the Nyquist rate. It has no memory, so that a cyclic
    prefix would be compressed like the end of its symbol and a receiver that discards it sees
    exactly this. Distortion outside the band is not returned. The output is not scaled back: what
    compression costs in power is missing at the receiver too.

    Parameters
    ----------
    x : complex64 [num_slots, num_tx, num_symbols, num_subcarriers]
    backoff_db : float64 [num_slots]
        Saturation power over mean power at the input, for a signal of unit energy [dB].
    smoothness : float64 [num_slots]
        p; a large value is a hard limiter.
    """
    mean_power = 1 / OVERSAMPLING
    saturation = np.sqrt(mean_power * 10 ** (backoff_db / 10)).astype(np.float32)
    samples = rapp(
        to_samples(x, oversampling=OVERSAMPLING),
        saturation=saturation[:, None, None, None],
        smoothness=smoothness.astype(np.float32)[:, None, None, None],
    )
    return to_subcarriers(samples, oversampling=OVERSAMPLING)
