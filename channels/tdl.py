# SPDX-License-Identifier: Apache-2.0
"""Tapped delay lines TDL-A..E of 3GPP TR 38.901, from the tables that Sionna carries."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from channels.channel import Channel
from channels.rays import RayChannel, Rays, unit_phasor, with_los
from channels.scenario import Scenario

NUM_RAYS = 20  # sinusoids per path, Sionna's default
LOS_COSINE = (
    0.7  # TR 38.901 clause 7.7.2: the line of sight peaks at 0.7 of the maximum Doppler shift
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TappedDelayLine:
    r"""Paths of a standard's table, each a sum of 20 rays of equal amplitude and random phase.

    .. math:: a_p(t) = \sqrt{P_p / 20} \sum_{r=1}^{20} e^{j (2 \pi f_d \cos(\alpha_r) t + \phi_r)},
              \quad \alpha_r \sim U(2 \pi r / 20 \pm \pi / 20), \quad \phi_r \sim U(\pm \pi)

    and, with a line of sight, sqrt(P_los) exp(j(2 pi 0.7 f_d t + phi_0)) added to the first path.
    The antennas share the angles and have independent phases.

    Parameters
    ----------
    delays : float64 [num_paths]
        Delays over the rms delay spread.
    powers : float64 [num_paths]
        Mean power of the scattered part of each path; sums to 1 - los_power.
    los_power : float
        Power of the line of sight; 0 where the profile has none.

    Source
    ------
    3GPP TR 38.901 clause 7.7.2, tables 7.7.2-1..5 in the release of the scenario, as loaded by
    Sionna; C. Xiao, Y. R. Zheng, N. C. Beaulieu, IEEE Trans. Wireless Commun. 5 (12), 2006, eq.
    (6), (7), (11).
    """

    num_rx_ant: int
    delays: NDArray[np.float64]
    powers: NDArray[np.float64]
    los_power: float

    @classmethod
    def from_standard(cls, profile: str, *, release: str, num_rx_ant: int) -> Self:
        """Read profile "A".."E" of a release of TR 38.901 from Sionna's tables."""
        from sionna.phy.channel.tr38901 import TDL

        # One second leaves the normalised delays; the carrier does not enter the table.
        table = TDL(profile, 1.0, 1e9, spec_version=release, precision="double", device="cpu")
        los_power = float(table.mean_power_los) if table.los else 0.0
        powers = table.mean_powers.numpy().copy()
        powers[0] -= los_power
        return cls(
            num_rx_ant=num_rx_ant, delays=table.delays.numpy(), powers=powers, los_power=los_power
        )

    @property
    def num_uniforms(self) -> int:
        """Return how many random numbers one drop consumes."""
        return 1 + NUM_RAYS * self.delays.size * (1 + self.num_rx_ant)

    def rays(self, uniforms: NDArray[np.float32]) -> Rays:
        """Return one drop for each row of float32 [num_drops, num_uniforms]."""
        num_drops, num_paths = uniforms.shape[0], self.delays.size
        u = uniforms[:, 1:].reshape(num_drops, 1 + self.num_rx_ant, num_paths, NUM_RAYS)
        sector = np.arange(1, NUM_RAYS + 1, dtype=np.float32) - np.float32(0.5)
        cosines = np.cos(np.float32(2 * np.pi / NUM_RAYS) * (sector + u[:, 0]))
        amplitude = np.sqrt(self.powers / NUM_RAYS).astype(np.float32)[:, None]
        gains = amplitude * unit_phasor(u[:, 1:])
        scattered = Rays(gains=gains, cosines=cosines)
        if not self.los_power:
            return scattered
        los = np.float32(np.sqrt(self.los_power)) * unit_phasor(uniforms[:, :1])
        los_cosine = np.full(num_drops, LOS_COSINE, dtype=np.float32)
        return with_los(scattered, gains=los.repeat(self.num_rx_ant, axis=1), cosines=los_cosine)

    def weights(self, k_factor: NDArray[np.float64]) -> None:
        """Return nothing: the standard fixes the Rician factor of each profile."""


def build(scenario: Scenario, *, seed: int) -> Channel:
    """Build the TDL that the scenario's channel.kind names."""
    profile = scenario.channel.kind[-1].upper()
    source = TappedDelayLine.from_standard(
        profile, release=scenario.channel.release, num_rx_ant=scenario.antennas.num_rx_ant
    )
    return RayChannel(scenario=scenario, seed=seed, source=source)
