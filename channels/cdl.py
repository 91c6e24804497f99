# SPDX-License-Identifier: Apache-2.0
"""Clustered delay lines CDL-A..E of 3GPP TR 38.901: Sionna's tables and fields, our randomness."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from channels.cdl_tables import NUM_RAYS, CdlTables, from_standard
from channels.channel import Channel
from channels.rays import RayChannel, Rays, unit_phasor, with_los
from channels.scenario import Scenario

NUM_COUPLED = 4  # angles coupled at random: azimuth and zenith, of arrival and departure
NUM_PHASES = 4  # initial phases of a ray, one for each pair of polarisations


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What is random in a drop of a CDL.

    Parameters
    ----------
    order : int64 [num_drops, 4, num_clusters, num_rays]
        Which offset of the standard each ray takes: azimuth and zenith of arrival, of departure.
    turns : float32 [num_drops, 4, num_clusters, num_rays]
        Initial phases of the four pairs of polarisations [full turns].
    travel : float32 [num_drops, 3]
        Unit vector along which the user moves.
    """

    order: NDArray[np.int64]
    turns: NDArray[np.float32]
    travel: NDArray[np.float32]


class ClusteredDelayLine:
    r"""Clusters of 20 rays with angles, so that antennas, polarisation and Doppler belong together.

    Each drop draws the coupling of the rays within each cluster (step 8 of clause 7.5), their
    initial phases (step 10), and a direction of travel uniform in azimuth and in zenith angle. The
    gain of a ray at antenna a is

    .. math:: g_a = \sqrt{P / 20} \; f_a^T
              \begin{pmatrix} e^{j\Phi_{VV}} & e^{j\Phi_{VH}} / \sqrt{\kappa} \\
              e^{j\Phi_{HV}} / \sqrt{\kappa} & e^{j\Phi_{HH}} \end{pmatrix} f_{user}

    with the fields f (which include the phase of each antenna in the array) and the
    cross-polarisation ratio kappa; its Doppler cosine is the component of the direction of travel
    along it. CDL-D and E add the line of sight, which is the same in every drop.

    Source
    ------
    3GPP TR 38.901 clause 7.7.1 with equations (7.5-28) to (7.5-30), tables 7.7.1-1..5 in the
    release of the scenario, as loaded by Sionna.
    """

    def __init__(self, tables: CdlTables) -> None:
        self._tables = tables
        self._num_clusters = int(tables.arrival.shape[0])
        self._num_rx_ant = int(tables.arrival.shape[2])
        self._first_pair = NUM_RAYS**2 * np.arange(self._num_clusters)[:, None]
        self._amplitude = np.sqrt(tables.powers / NUM_RAYS).astype(np.float32)[:, None]

    @property
    def delays(self) -> NDArray[np.float64]:
        """Return float64 [num_paths]: delay of each cluster over the rms delay spread."""
        return self._tables.delays

    @property
    def num_uniforms(self) -> int:
        """Return how many random numbers one drop consumes."""
        return 2 + self._num_clusters * NUM_RAYS * (NUM_COUPLED + NUM_PHASES)

    def rays(self, uniforms: NDArray[np.float32]) -> Rays:
        """Return one drop for each row of float32 [num_drops, num_uniforms]."""
        draw = self.draw(uniforms)
        arriving = self._pair(azimuth=draw.order[:, 0], zenith=draw.order[:, 1])
        departing = self._pair(azimuth=draw.order[:, 2], zenith=draw.order[:, 3])
        directions = self._tables.directions.reshape(-1, 3)[departing]
        scattered = Rays(
            gains=self._gains(draw, arriving=arriving, departing=departing),
            cosines=_along(directions, draw.travel[:, None, None]),
        )
        if not self._tables.k_factor:
            return scattered
        share = np.float32(np.sqrt(self._tables.k_factor / (1 + self._tables.k_factor)))
        los = np.tile(share * self._tables.los_gains, (len(uniforms), 1))
        cosines = _along(self._tables.los_direction, draw.travel)
        return with_los(scattered, gains=los, cosines=cosines)

    def weights(self, k_factor: NDArray[np.float64]) -> None:
        """Return nothing: the standard fixes the Rician factor of each profile."""

    def draw(self, uniforms: NDArray[np.float32]) -> Draw:
        """Turn float32 [num_drops, num_uniforms] into angles and phases."""
        shape = (len(uniforms), NUM_COUPLED + NUM_PHASES, self._num_clusters, NUM_RAYS)
        u = uniforms[:, 2:].reshape(shape)
        azimuth, zenith = unit_phasor(uniforms[:, 0]), unit_phasor(uniforms[:, 1] / np.float32(2))
        travel = [zenith.imag * azimuth.real, zenith.imag * azimuth.imag, zenith.real]
        return Draw(
            order=np.argsort(u[:, :NUM_COUPLED], axis=-1, kind="stable"),
            turns=u[:, NUM_COUPLED:],
            travel=np.stack(travel, axis=-1),
        )

    def _pair(self, *, azimuth: NDArray[np.int64], zenith: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return int64 [num_drops, num_clusters, num_rays]: where each pair is in the tables."""
        return np.asarray(self._first_pair + zenith * NUM_RAYS + azimuth)

    def _gains(
        self, draw: Draw, *, arriving: NDArray[np.int64], departing: NDArray[np.int64]
    ) -> NDArray[np.complex64]:
        phase = unit_phasor(draw.turns)
        phase[:, 1:3] *= np.float32(self._tables.xpr**-0.5)
        left = self._tables.departure.reshape(-1, 2)[departing]
        vertical = phase[:, 0] * left[..., 0] + phase[:, 1] * left[..., 1]
        horizontal = phase[:, 2] * left[..., 0] + phase[:, 3] * left[..., 1]
        received = self._tables.arrival.reshape(-1, self._num_rx_ant, 2)[arriving]
        vertical, horizontal = self._amplitude * vertical, self._amplitude * horizontal
        gains = received[..., 0] * vertical[..., None] + received[..., 1] * horizontal[..., None]
        return np.ascontiguousarray(gains.transpose(0, 3, 1, 2), dtype=np.complex64)


def _along(directions: NDArray[np.float32], travel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the component of the direction of travel along each ray, float32 [num_drops, ...]."""
    x, y, z = (directions[..., axis] * travel[..., axis] for axis in range(3))
    return np.asarray(x + y + z, dtype=np.float32)


def build(scenario: Scenario, *, seed: int) -> Channel:
    """Build the CDL that the scenario's channel.kind names."""
    tables = from_standard(
        scenario.channel.kind[-1].upper(),
        release=scenario.channel.release,
        num_rx_ant=scenario.antennas.num_rx_ant,
        carrier_hz=scenario.grid.carrier_hz,
    )
    return RayChannel(scenario=scenario, seed=seed, source=ClusteredDelayLine(tables))
