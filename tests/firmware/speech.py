# SPDX-License-Identifier: Apache-2.0
r"""Speech features as keyword spotting reads them: 49 frames of 10 mel-frequency cepstra.

One second at 16 kHz, Hann windows of 40 ms every 20 ms, magnitudes of a Fourier transform of 1024
points, 40 triangular bands from 20 Hz to 4 kHz on the mel scale, their logarithm, and a cosine
transform of it (type II, scaled by :math:`1 / \sqrt{2 \cdot 40}`) of which ten terms are kept.

Source
------
Input of the keyword spotting task of MLPerf Tiny, Banbury et al., arXiv 2106.07597;
mel(f) = 1127 ln(1 + f / 700 Hz), O'Shaughnessy, Speech Communication: Human and Machine, 1987.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.io import wavfile
from scipy.signal import resample_poly

RATE_HZ = 16_000
NUM_FRAMES, NUM_CEPSTRA = 49, 10
_WINDOW, _STEP, _POINTS = 640, 320, 1024
_NUM_BANDS, _LOWEST_HZ, _HIGHEST_HZ = 40, 20.0, 4_000.0
_SILENCE = 1e-6


def second_of(path: Path) -> NDArray[np.float64]:
    """Return the first second of a recording, float64 [16000], in -1..1.

    Recordings of 8 kHz are resampled to 16 kHz by a polyphase filter, so there is nothing above
    4 kHz, where the features do not look either; short ones end in silence.
    """
    rate_hz, samples = wavfile.read(path)
    audio = resample_poly(samples / 2.0**15, RATE_HZ // 1000, int(rate_hz) // 1000)
    kept = np.zeros(RATE_HZ)
    kept[: len(audio)] = audio[:RATE_HZ]
    return kept


def features(audio: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the features of one second, float32 [49, 10, 1]."""
    frames = np.lib.stride_tricks.sliding_window_view(audio, _WINDOW)[::_STEP]
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(_WINDOW) / _WINDOW)
    magnitudes = np.abs(np.fft.rfft(frames * window, _POINTS))
    bands = np.log(magnitudes @ _mel_bands() + _SILENCE)
    cepstra = dct(bands, type=2, axis=-1)[:, :NUM_CEPSTRA] / np.sqrt(2.0 * _NUM_BANDS)
    single: NDArray[np.float32] = cepstra[..., np.newaxis].astype(np.float32)
    return single


def _mel_bands() -> NDArray[np.float64]:
    """Return the weight of each frequency in each band, float64 [513, 40]: triangles in mel."""
    frequencies = _mel(np.fft.rfftfreq(_POINTS, 1.0 / RATE_HZ).astype(np.float64))
    lowest, highest = _mel(np.array([_LOWEST_HZ, _HIGHEST_HZ]))
    edges = np.linspace(float(lowest), float(highest), _NUM_BANDS + 2)
    rising = (frequencies[:, np.newaxis] - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - frequencies[:, np.newaxis]) / np.diff(edges)[1:]
    weights: NDArray[np.float64] = np.minimum(rising, falling).clip(0.0)
    return weights


def _mel(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    mel: NDArray[np.float64] = 1127.0 * np.log1p(frequency_hz / 700.0)
    return mel
