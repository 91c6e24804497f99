# SPDX-License-Identifier: Apache-2.0
r"""IQ imbalance: the two branches of a mixer differ in gain and are not quite at right angles.

.. math:: r' = \mu r + \nu r^*, \qquad
          \mu = \tfrac{1 + g e^{-j\phi}}{2}, \quad \nu = \tfrac{1 - g e^{j\phi}}{2}

so that subcarrier k receives the conjugate of subcarrier -k with a power ratio
(image rejection) of |mu|^2 / |nu|^2 = (1 + 2 g cos(phi) + g^2) / (1 - 2 g cos(phi) + g^2).
"""

import numpy as np
from numpy.typing import NDArray


def add_iq_imbalance(
    x: NDArray[np.complex64], *, gain_db: NDArray[np.float64], phase_rad: NDArray[np.float64]
) -> NDArray[np.complex64]:
    """Mix each subcarrier with the conjugate of its mirror image.

    Exact in the frequency domain, because conjugating the samples of a symbol mirrors its spectrum.
    The imbalance does not depend on frequency. With an even number of subcarriers the lowest one
    has no mirror inside the band and is its own image.

    Parameters
    ----------
    x : complex64 [num_slots, ..., num_subcarriers]
        Lowest frequency first; the carrier is at index num_subcarriers // 2.
    gain_db : float64 [num_slots]
        Gain of the Q branch over the I branch [dB].
    phase_rad : float64 [num_slots]
        Departure from 90 degrees [rad].

    Source
    ------
    T. Schenk, RF Imperfections in High-rate Wireless Systems, Springer 2008, chapter 5.
    """
    gain = (10 ** (gain_db / 20)).reshape(-1, *[1] * (x.ndim - 1))
    phase = np.exp(1j * phase_rad).reshape(gain.shape)
    direct = (1 + gain * phase.conj()).astype(np.complex64) / 2
    image = (1 - gain * phase).astype(np.complex64) / 2
    mirrored = np.conj(x[..., mirror(x.shape[-1])])
    return np.asarray(direct * x + image * mirrored, dtype=np.complex64)


def mirror(num_subcarriers: int) -> NDArray[np.int64]:
    """Return int64 [num_subcarriers]: the index of subcarrier -k for each k."""
    k = np.arange(num_subcarriers) - num_subcarriers // 2
    return (-k + num_subcarriers // 2) % num_subcarriers


def image_rejection_db(*, gain_db: float, phase_rad: float) -> float:
    """Return the power of the wanted signal over that of its image [dB]."""
    gain = 10 ** (gain_db / 20)
    across = 2 * gain * np.cos(phase_rad)
    return float(10 * np.log10((1 + across + gain**2) / (1 - across + gain**2)))
