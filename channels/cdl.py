# SPDX-License-Identifier: Apache-2.0
"""Clustered delay lines CDL-A..E of 3GPP TR 38.901: Sionna's tables and ray gains, our randomness.

Uplink: the user has one vertically polarised antenna and moves; the base station has one antenna,
or a row of dual-polarised (vertical and horizontal) pairs half a wavelength apart.
"""

# Sionna publishes sums over rays, not the rays. Its version is pinned, and a test compares the
# whole with Sionna's own call on the same rays.
# pyright: reportPrivateUsage=false

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.channel import Channel
from channels.rays import RayChannel, Rays, with_los
from channels.scenario import Scenario

if TYPE_CHECKING:
    from sionna.phy.channel.tr38901 import PanelArray
    from sionna.phy.channel.tr38901.channel_coefficients import Topology
    from sionna.phy.channel.tr38901.rays import Rays as SionnaRays

NUM_RAYS = 20  # rays per cluster, TR 38.901 clause 7.7.1
NUM_COUPLED = 4  # angles coupled at random: of arrival and departure, in azimuth and zenith
NUM_PHASES = 4  # initial phases of a ray, one for each pair of polarisations


class ClusteredDelayLine:
    r"""Clusters of 20 rays with angles, so that antennas, polarisation and Doppler belong together.

    Each drop draws the coupling of the rays within each cluster (step 8 of clause 7.5), their
    initial phases (step 10), and a direction of travel uniform in azimuth and in zenith angle. The
    gain of a ray is the field, phase and array term of equation (7.5-28); its Doppler cosine is the
    component of the direction of travel along it. CDL-D and E add the line of sight of equations
    (7.5-29) and (7.5-30).

    Source
    ------
    3GPP TR 38.901 clause 7.7.1, tables 7.7.1-1..5 in the release of the scenario, as loaded by
    Sionna, whose coefficient generator evaluates the equations.
    """

    def __init__(self, profile: str, *, release: str, num_rx_ant: int, carrier_hz: float) -> None:
        from sionna.phy.channel.tr38901 import CDL

        self._cdl = CDL(
            profile,
            1.0,  # a delay spread of one second leaves the normalised delays of the table
            carrier_hz,
            _user_antenna(carrier_hz),
            _base_station(num_rx_ant, carrier_hz),
            "uplink",
            spec_version=release,
            precision="single",
            device="cpu",
        )
        self._num_clusters = int(self._cdl._num_clusters)
        self._k_factor = float(self._cdl.get_buffer("_k_factor"))

    @property
    def delays(self) -> NDArray[np.float64]:
        """Return float64 [num_paths]: delay of each cluster over the rms delay spread."""
        return np.asarray(self._cdl._delays.numpy(), dtype=np.float64)

    @property
    def num_uniforms(self) -> int:
        """Return how many random numbers one drop consumes."""
        return 2 + self._num_clusters * NUM_RAYS * (NUM_COUPLED + NUM_PHASES)

    def rays(self, uniforms: NDArray[np.float32]) -> Rays:
        """Return one drop for each row of float32 [num_drops, num_uniforms]."""
        topology, rays, phases = self.sionna_inputs(uniforms)
        generator = self._cdl._cir_gen
        angles = (rays.aoa, rays.aod, rays.zoa, rays.zod)
        phase = generator._step_11_phase_matrix(phases, rays)
        field = generator._step_11_field_matrix(topology, *angles, phase)
        array = generator._step_11_array_offsets(topology, *angles)
        amplitude = torch.sqrt(rays.powers / NUM_RAYS / (1 + self._k_factor))
        scattered = Rays(
            gains=_by_antenna(field * array * amplitude[..., None, None, None]),
            cosines=_cosines(topology, zenith=rays.zod, azimuth=rays.aod),
        )
        return self._with_los(scattered, topology) if self._k_factor else scattered

    def weights(self, k_factor: NDArray[np.float64]) -> None:
        """Return nothing: the standard fixes the Rician factor of each profile."""

    def sionna_inputs(
        self, uniforms: NDArray[np.float32]
    ) -> tuple["Topology", "SionnaRays", Tensor]:
        """Return the drops in Sionna's own words.

        Parameters
        ----------
        uniforms : float32 [num_drops, num_uniforms]

        Returns
        -------
        Topology
            The user moving at 1 m/s.
        Rays
            Coupled angles, powers and normalised delays.
        float32 [num_drops, 1, 1, num_clusters, num_rays, 4]
            Initial phases [rad].
        """
        from sionna.phy.channel.tr38901.rays import Rays as SionnaRays

        num_drops, cdl = uniforms.shape[0], self._cdl
        clusters = (num_drops, 1, 1, self._num_clusters)
        u = torch.from_numpy(uniforms)
        travel = _unit_vector(zenith=torch.pi * u[:, 1], azimuth=2 * torch.pi * u[:, 0])
        u = u[:, 2:].reshape(num_drops, NUM_COUPLED + NUM_PHASES, *clusters[1:], NUM_RAYS)
        order = torch.argsort(u[:, :NUM_COUPLED], dim=-1, stable=True)
        table = torch.stack([cdl._aoa, cdl._aod, cdl._zoa, cdl._zod])[None, :, None, None]
        aoa, aod, zoa, zod = torch.gather(table.expand_as(order), -1, order).unbind(1)
        rays = SionnaRays(
            delays=cdl._delays.expand(clusters),
            powers=cdl._powers.expand(clusters),
            aoa=aoa,
            aod=aod,
            zoa=zoa,
            zod=zod,
            xpr=cdl._xpr.expand(*clusters, NUM_RAYS),
        )
        phases = torch.pi * (2 * u[:, NUM_COUPLED:].movedim(1, -1) - 1)
        return cdl._create_topology(num_drops, travel), rays, phases

    def _with_los(self, scattered: Rays, topology: "Topology") -> Rays:
        # At time zero the Doppler term is 1: what is left is field, array and delay.
        los = self._cdl._cir_gen._step_11_los(topology, torch.zeros(1))[:, 0, 0, 0, :, 0, 0]
        share = (self._k_factor / (1 + self._k_factor)) ** 0.5
        cosines = _cosines(topology, zenith=topology.los_zod, azimuth=topology.los_aod)
        return with_los(scattered, gains=(share * los).numpy(), cosines=cosines)


def _unit_vector(*, zenith: Tensor, azimuth: Tensor) -> Tensor:
    """Return [..., 3] in the global coordinate system, TR 38.901 equation (7.1-6)."""
    across, up = torch.sin(zenith), torch.cos(zenith)
    return torch.stack([across * torch.cos(azimuth), across * torch.sin(azimuth), up], dim=-1)


def _cosines(topology: "Topology", *, zenith: Tensor, azimuth: Tensor) -> NDArray[np.float32]:
    """Return float32 [num_drops, ...]: component of the direction of travel along each ray.

    zenith and azimuth are angles of departure, float32 [num_drops, 1, 1, ...].
    """
    rays = _unit_vector(zenith=zenith[:, 0, 0], azimuth=azimuth[:, 0, 0])
    travel = topology.velocities[:, 0].reshape(-1, *[1] * (rays.dim() - 2), 3)
    return np.asarray((rays * travel).sum(-1).numpy(), dtype=np.float32)


def _by_antenna(gains: Tensor) -> NDArray[np.complex64]:
    """Bring [num_drops, 1, 1, paths, rays, antennas, 1] to [num_drops, antennas, paths, rays]."""
    by_antenna = gains[:, 0, 0, :, :, :, 0].permute(0, 3, 1, 2).contiguous()
    return np.asarray(by_antenna.numpy(), dtype=np.complex64)


def _user_antenna(carrier_hz: float) -> "PanelArray":
    from sionna.phy.channel.tr38901 import AntennaArray

    return AntennaArray(1, 1, "single", "V", "38.901", carrier_hz, device="cpu")


def _base_station(num_rx_ant: int, carrier_hz: float) -> "PanelArray":
    from sionna.phy.channel.tr38901 import AntennaArray

    if num_rx_ant == 1:
        return AntennaArray(1, 1, "single", "V", "omni", carrier_hz, device="cpu")
    return AntennaArray(1, num_rx_ant // 2, "dual", "VH", "38.901", carrier_hz, device="cpu")


def build(scenario: Scenario, *, seed: int) -> Channel:
    """Build the CDL that the scenario's channel.kind names."""
    source = ClusteredDelayLine(
        scenario.channel.kind[-1].upper(),
        release=scenario.channel.release,
        num_rx_ant=scenario.antennas.num_rx_ant,
        carrier_hz=scenario.grid.carrier_hz,
    )
    return RayChannel(scenario=scenario, seed=seed, source=source)
