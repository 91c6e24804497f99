# SPDX-License-Identifier: Apache-2.0
r"""Waveforms made into spikes, one sample after the other, as little hardware can do it.

Delta coding (send on delta): a reference r follows the waveform x in steps of delta,

.. math:: x - r \ge \delta: \text{ON},\ r \leftarrow r + \delta; \qquad
          x - r \le -\delta: \text{OFF},\ r \leftarrow r - \delta

at most one step a sample. It begins at 0, so a ramp of slope s < delta a sample fires every
delta / s samples, and a constant waveform not at all once it is reached.

Energy coding: an integrator takes in what the energy is above a floor,

.. math:: v \leftarrow v + \max(|x|^2 - f, 0); \qquad v \ge \theta: \text{a spike},\
          v \leftarrow v - \theta

at most one spike a sample. While no sample brings more than theta, the number of spikes is the
energy above the floor over theta, rounded down.
"""

import numpy as np
from numpy.typing import NDArray


def delta_spikes(waveform: NDArray[np.float64], *, steps: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which comparators fire: bool [num_samples, num_recordings, 2, num_thresholds].

    Parameters
    ----------
    waveform : float64 [num_samples, num_recordings]
    steps : float64 [num_thresholds]
        Each delta, above 0. ON is 0 and OFF 1 on the axis of two.
    """
    num_samples, num_recordings = waveform.shape
    reference = np.zeros((num_recordings, len(steps)))
    fired = np.zeros((num_samples, num_recordings, 2, len(steps)), dtype=np.bool_)
    for i_sample, x in enumerate(waveform):
        distance = x[:, None] - reference
        rises, falls = distance >= steps, distance <= -steps
        fired[i_sample, :, 0], fired[i_sample, :, 1] = rises, falls
        reference += steps * (rises.astype(np.float64) - falls)
    return fired


def energy_spikes(
    energy: NDArray[np.float64], *, floors: NDArray[np.float64], threshold: float
) -> NDArray[np.bool_]:
    """Return which integrators fire: bool [num_samples, num_recordings, num_thresholds].

    Parameters
    ----------
    energy : float64 [num_samples, num_recordings]
        |x|^2 of each sample.
    floors : float64 [num_thresholds]
        Each f, 0 or above.
    threshold : float
        theta, above 0.
    """
    v = np.zeros((energy.shape[1], len(floors)))
    fired = np.zeros((*energy.shape, len(floors)), dtype=np.bool_)
    for i_sample, arriving in enumerate(energy):
        v += np.maximum(arriving[:, None] - floors, 0.0)
        fired[i_sample] = v >= threshold
        v -= threshold * fired[i_sample]
    return fired
