# SPDX-License-Identifier: Apache-2.0
"""Memoryless distortion of what one antenna receives, sample by sample: for detector studies.

All scale with the mean power that comes in, and let small or, for one bit, Gaussian signals through
with gain 1, so that the channel matrix stays the linear part of what a receiver sees.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from channels.impairments.amplifier import rapp
from channels.impairments.converter import quantize


class Distortion(Protocol):
    """Distorts samples one by one."""

    def apply(self, v: NDArray[np.complex64], *, mean_power: float) -> NDArray[np.complex64]:
        """Return complex64 of v's shape; mean_power is that of v over its ensemble."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OneBit:
    r"""Converters that keep the sign of each part, at the level of Bussgang gain 1.

    .. math:: v' = c\,(\mathrm{sgn}\,\Re v + j\,\mathrm{sgn}\,\Im v), \qquad
              c = \sqrt{\pi P / 4}

    for mean power P: the part of v' that is linear in a circular Gaussian v is v itself, and the
    rest has power :math:`(\pi/2 - 1) P`.

    Source
    ------
    J. J. Bussgang, MIT Res. Lab. Elec., Tech. Rep. 216, 1952.
    """

    def apply(self, v: NDArray[np.complex64], *, mean_power: float) -> NDArray[np.complex64]:
        """Return the two levels of each part."""
        level = math.sqrt(math.pi * mean_power / 4.0)
        parts = np.ascontiguousarray(v).view(np.float32)
        # One bit of the mid-rise quantizer is a step to half its full scale.
        signs = quantize(
            parts, full_scale=np.asarray([2.0 * level], dtype=np.float32), bits=np.asarray([1])
        )
        return signs.view(np.complex64)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftLimit:
    r"""A front end that saturates each part smoothly.

    .. math:: v' = c \tanh(\Re v / c) + j c \tanh(\Im v / c), \qquad c = \sqrt{P / 2} / d

    Parameters
    ----------
    drive : float > 0
        d, the rms of a part over the level it saturates at.
    """

    drive: float = 1.0

    def apply(self, v: NDArray[np.complex64], *, mean_power: float) -> NDArray[np.complex64]:
        """Return the saturated parts."""
        level = np.float32(math.sqrt(mean_power / 2.0) / self.drive)
        parts = np.ascontiguousarray(v).view(np.float32)
        limited: NDArray[np.float32] = (level * np.tanh(parts / level)).astype(np.float32)
        return limited.view(np.complex64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compression:
    """An amplifier of Rapp's model behind each antenna; see `channels.impairments.amplifier`.

    Parameters
    ----------
    backoff_db : float [dB]
        Saturation power over mean power at its input.
    smoothness : float > 0
        p of the model.
    """

    backoff_db: float = 0.0
    smoothness: float = 2.0

    def apply(self, v: NDArray[np.complex64], *, mean_power: float) -> NDArray[np.complex64]:
        """Return the compressed amplitudes."""
        saturation = math.sqrt(mean_power * 10.0 ** (self.backoff_db / 10.0))
        return rapp(
            v,
            saturation=np.asarray([saturation], dtype=np.float32),
            smoothness=np.asarray([self.smoothness], dtype=np.float32),
        )
