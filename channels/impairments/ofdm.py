# SPDX-License-Identifier: Apache-2.0
"""OFDM symbols between subcarriers and samples: where most impairments act."""

import numpy as np
from numpy.typing import NDArray


def to_samples(x: NDArray[np.complex64], *, oversampling: int = 1) -> NDArray[np.complex64]:
    """Turn subcarriers into the samples of each symbol, without cyclic prefix.

    The transform is unitary: subcarriers of mean energy 1 become samples of mean power
    1 / oversampling (the same waveform, its spectrum padded with zeros on both sides).

    Parameters
    ----------
    x : complex64 [..., num_subcarriers]
        Lowest frequency first; the carrier is at index num_subcarriers // 2.
    oversampling : int
        Samples per Nyquist sample.

    Returns
    -------
    complex64 [..., num_samples]
    """
    num_subcarriers = x.shape[-1]
    num_samples = oversampling * num_subcarriers
    first = num_samples // 2 - num_subcarriers // 2
    spectrum = np.zeros((*x.shape[:-1], num_samples), dtype=np.complex64)
    spectrum[..., first : first + num_subcarriers] = x
    return np.fft.ifft(np.fft.ifftshift(spectrum, axes=-1), norm="ortho").astype(np.complex64)


def to_subcarriers(
    samples: NDArray[np.complex64], *, oversampling: int = 1
) -> NDArray[np.complex64]:
    """Turn the samples of each symbol back into its subcarriers; the inverse of `to_samples`.

    What lies outside the subcarriers (spectral regrowth) is left behind, as by a receiver's filter.
    """
    num_samples = samples.shape[-1]
    num_subcarriers = num_samples // oversampling
    first = num_samples // 2 - num_subcarriers // 2
    spectrum = np.fft.fftshift(np.fft.fft(samples, norm="ortho"), axes=-1)
    return spectrum[..., first : first + num_subcarriers].astype(np.complex64)
