# SPDX-License-Identifier: Apache-2.0
"""Sound to spikes, as in the inner ear: gammatone filters, and a leaky integrator behind each.

Filter centres are evenly spaced in the number of equivalent rectangular bandwidths,
ERB-number(f) = 21.4 log10(1 + 0.00437 f) (Glasberg and Moore, "Derivation of auditory filter
shapes from notched-noise data", 1990). The output is half-wave rectified, averaged over 1 ms and
its square root taken, which stands for the compression of the ear, and drives
    v <- exp(-1 ms / tau) v + input;  v > threshold: a spike, v <- 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from snn.events.event_set import Recording

TICK_US = 1000
_ERB_SCALE = 21.4
_ERB_SLOPE = 0.00437


@dataclass(frozen=True, slots=True, kw_only=True)
class Cochlea:
    """The settings of the ear.

    Parameters
    ----------
    num_channels : int
    lowest_hz, highest_hz : float [Hz]
        Centres of the outermost filters.
    tau_s : float [s]
        Time constant of the integrators.
    threshold : float
        In the unit of the input: sound of root mean square 1.
    refractory_ticks : int
        Spikes of one channel are at least so many milliseconds apart.
    """

    num_channels: int = 64
    lowest_hz: float = 80.0
    highest_hz: float = 3600.0
    tau_s: float = 0.01
    threshold: float = 1.2
    refractory_ticks: int = 2


def centres_hz(cochlea: Cochlea) -> NDArray[np.float64]:
    """Return the centre of each filter [Hz]: float64 [num_channels], rising."""
    low, high = (
        _ERB_SCALE * np.log10(1.0 + _ERB_SLOPE * edge)
        for edge in (cochlea.lowest_hz, cochlea.highest_hz)
    )
    numbers = np.linspace(low, high, cochlea.num_channels)
    return (10.0 ** (numbers / _ERB_SCALE) - 1.0) / _ERB_SLOPE


def drive(sound: NDArray[np.float64], *, rate_hz: int, cochlea: Cochlea) -> NDArray[np.float64]:
    """Return what each channel hears: float64 [num_ticks, num_channels], one tick a millisecond.

    Parameters
    ----------
    sound : float64 [num_samples]
        Brought to root mean square 1 here; silence stays silence.
    rate_hz : int [Hz]
        Must be a multiple of 1000 and above twice the highest centre.
    """
    per_tick = rate_hz // 1000
    num_ticks = -(-len(sound) // per_tick)
    level = float(np.sqrt(np.mean(np.square(sound)))) if len(sound) else 0.0
    padded = np.zeros(num_ticks * per_tick)
    padded[: len(sound)] = sound / level if level > 0.0 else sound
    heard = np.empty((num_ticks, cochlea.num_channels))
    for i_channel, centre in enumerate(centres_hz(cochlea)):
        numerator, denominator = _gammatone(float(centre), rate_hz)
        filtered = np.maximum(signal.lfilter(numerator, denominator, padded), 0.0)
        heard[:, i_channel] = np.sqrt(filtered.reshape(num_ticks, per_tick).mean(axis=1))
    return heard


def spikes(heard: NDArray[np.float64], *, cochlea: Cochlea) -> NDArray[np.bool_]:
    """Return which integrators fire at which tick: bool [num_ticks, num_channels]."""
    leak = float(np.exp(-TICK_US * 1e-6 / cochlea.tau_s))
    v = np.zeros(heard.shape[1])
    rest = np.zeros(heard.shape[1], dtype=np.int64)
    fired = np.zeros(heard.shape, dtype=np.bool_)
    for tick, current in enumerate(heard):
        v = leak * v + current
        fired[tick] = (v > cochlea.threshold) & (rest <= 0)
        v[fired[tick]] = 0.0
        rest = np.where(fired[tick], cochlea.refractory_ticks - 1, rest - 1)
    return fired


def spikes_of_all(
    heard: Sequence[NDArray[np.float64]], *, cochlea: Cochlea
) -> list[NDArray[np.bool_]]:
    """Return the spikes of several sounds, the same bits as by `spikes` one by one, but sooner.

    Parameters
    ----------
    heard : sequence of float64 [num_ticks, num_channels]
        Sounds may differ in length.
    """
    longest = max((len(one) for one in heard), default=0)
    beside = np.zeros((longest, len(heard), cochlea.num_channels))
    for i_sound, one in enumerate(heard):
        beside[: len(one), i_sound] = one
    in_a_row = beside.reshape(longest, len(heard) * cochlea.num_channels)
    fired = spikes(in_a_row, cochlea=cochlea).reshape(beside.shape)
    return [fired[: len(one), i_sound] for i_sound, one in enumerate(heard)]


def recording_of(fired: NDArray[np.bool_], *, label: int) -> Recording:
    """Return the events of bool [num_ticks, num_channels], in milliseconds from the first tick."""
    ticks, channels = np.nonzero(fired)
    return Recording(
        times_us=ticks.astype(np.int64) * TICK_US, channels=channels.astype(np.int32), label=label
    )


def listen(sound: NDArray[np.float64], *, rate_hz: int, label: int, cochlea: Cochlea) -> Recording:
    """Return the spikes that a sound makes, in milliseconds from its first sample."""
    fired = spikes(drive(sound, rate_hz=rate_hz, cochlea=cochlea), cochlea=cochlea)
    return recording_of(fired, label=label)


@lru_cache(maxsize=1024)
def _gammatone(centre_hz: float, rate_hz: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    numerator, denominator = signal.gammatone(centre_hz, "iir", fs=rate_hz)
    return numerator, denominator
