# SPDX-License-Identifier: Apache-2.0
"""Sound from files, at a rate that the ear takes."""

import math
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.io import wavfile

from snn.audio.cochlea import Cochlea
from snn.errors import DataError, EventError

if TYPE_CHECKING:
    from types import ModuleType

WAV_SUFFIXES = (".wav",)
SUFFIXES = (*WAV_SUFFIXES, ".opus", ".flac", ".ogg")
RATES_HZ = (48_000, 32_000, 16_000, 8_000)
_TICK_HZ = 1000
_UNSIGNED_ZERO = 128.0  # samples of 8 bits are unsigned


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Samples of one microphone, float64 [num_samples] in any unit, and their rate [Hz]."""

    samples: NDArray[np.float64]
    rate_hz: int


def read_sound(path: Path) -> Sound:
    """Return the sound of a file, its microphones averaged.

    `.wav` is read by SciPy, the others by the package soundfile of the extra `audio`.

    Raises
    ------
    EventError
        The file is missing, truncated or no sound.
    DataError
        The package that reads it is not installed.
    """
    if not path.is_file():
        raise EventError(file=str(path), place="", problem="there is no such file; check the name")
    return _read_wav(path) if path.suffix.lower() in WAV_SUFFIXES else _read_compressed(path)


def at_a_rate_for(sound: Sound, cochlea: Cochlea, *, file: str) -> Sound:
    """Return a sound whose rate is a multiple of 1000 Hz and above twice the highest filter.

    A rate that is both is kept. Any other becomes the highest of 48, 32, 16 and 8 kHz that is not
    above it, by a polyphase filter; none is ever raised, for that adds nothing to hear.

    Raises
    ------
    EventError
        No such rate is left: the filters reach beyond what was recorded.
    """
    needed_hz = 2.0 * cochlea.highest_hz
    if sound.rate_hz % _TICK_HZ == 0 and sound.rate_hz > needed_hz:
        return sound
    fitting = [rate for rate in RATES_HZ if needed_hz < rate <= sound.rate_hz]
    if not fitting:
        raise EventError(
            file=file,
            place="",
            problem=f"{sound.rate_hz} Hz are too few for filters up to {cochlea.highest_hz:g} Hz, "
            f"which need more than {needed_hz:g}; record faster, or lower highest_hz",
        )
    shared = math.gcd(fitting[0], sound.rate_hz)
    up, down = fitting[0] // shared, sound.rate_hz // shared
    samples = np.asarray(signal.resample_poly(sound.samples, up, down), dtype=np.float64)
    return Sound(samples=samples, rate_hz=fitting[0])


_UNREADABLE = (
    ValueError,
    EOFError,
    struct.error,
    OSError,
    TypeError,
    ZeroDivisionError,
    UnboundLocalError,  # what SciPy makes of a file that ends before its samples
)


def _read_wav(path: Path) -> Sound:
    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            rate_hz, samples = wavfile.read(path)
    except _UNREADABLE as error:
        raise _no_sound(path, f"this is no sound, or it is truncated ({error})") from None
    if any("EOF" in str(remark.message) for remark in remarks):
        raise _no_sound(path, "it is truncated")
    centred = samples.astype(np.float64)
    if samples.dtype == np.uint8:
        centred -= _UNSIGNED_ZERO
    return _one_microphone(path, centred, rate_hz)


def _read_compressed(path: Path) -> Sound:
    soundfile = _soundfile(path)
    try:
        samples, rate_hz = soundfile.read(str(path), dtype="float64")
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise _no_sound(path, f"this is no sound, or it is truncated ({error})") from None
    return _one_microphone(path, np.asarray(samples, dtype=np.float64), int(rate_hz))


def _soundfile(path: Path) -> "ModuleType":
    try:
        import soundfile
    except ImportError:
        raise DataError(
            f"{path}: reading {path.suffix} takes the package soundfile; install it: "
            'pip install "airloop[audio]", or convert the files to .wav'
        ) from None
    module: ModuleType = soundfile
    return module


def _one_microphone(path: Path, samples: NDArray[np.float64], rate_hz: int) -> Sound:
    mono = samples.mean(axis=1) if samples.ndim > 1 else samples
    if rate_hz < 1 or not np.isfinite(mono).all():
        raise _no_sound(path, f"a rate of {rate_hz} Hz, or samples that are no numbers")
    return Sound(samples=mono, rate_hz=int(rate_hz))


def _no_sound(path: Path, problem: str) -> EventError:
    return EventError(file=str(path), place="", problem=f"{problem}; get the file again")
