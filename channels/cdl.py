# SPDX-License-Identifier: Apache-2.0
"""Clustered delay lines CDL-A..E of 3GPP TR 38.901: Sionna's tables and ray gains, our own randomness.

Uplink: the user has one vertically polarised antenna and moves; the base station has one antenna, or a row
of dual-polarised (vertical and horizontal) pairs half a wavelength apart.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.channel import Channel
from channels.rays import RayChannel, Rays, with_los
from channels.scenario import Scenario

if TYPE_CHECKING:
    from sionna.phy.channel.tr38901 import CDL, PanelArray
    from sionna.phy.channel.tr38901.channel_coefficients import Topology
    from sionna.phy.channel.tr38901.rays import Rays as SionnaRays

NUM_RAYS = 20  # rays per cluster, TR 38.901 clause 7.7.1
NUM_COUPLED = 4  # angles whose rays are coupled at random: arrival and departure, azimuth and zenith
NUM_PHASES = 4  # initial phases of a ray, one for each pair of polarisations


class ClusteredDelayLine:
    r"""Clusters of 20 rays with angles, so that antennas, polarisation and Doppler belong together.

    Each drop draws the coupling of the rays within each cluster (step 8 of clause 7.5), their initial phases
    (step 10), and a direction of travel uniform in azimuth and zenith; the gain of each ray is then the
    field, phase and array term of equation (7.5-28), and its Doppler cosine the component of the direction
    of travel along it. CDL-D and E add the line of sight of equations (7.5-29) and (7.5-30).

    Source
    ------
    3GPP TR 38.901 clause 7.7.1, tables 7.7.1-1..5 in the release of the scenario, as loaded by Sionna, whose
    coefficient generator evaluates the equations.
    """

    def __init__(self, profile: str, *, release: str, num_rx_ant: int, carrier_hz: float) -> None:
        from sionna.phy.channel.tr38901 import CDL

        # A delay spread of one second leaves the normalised delays of the table.
        self._cdl: CDL = CDL(
            profile, 1.0, carrier_hz, _user_antenna(carrier_hz), _base_station(num_rx_ant, carrier_hz),
            "uplink", spec_version=release, precision="single", device="cpu",
        )
        self._num_rx_ant = num_rx_ant
        self._has_los = bool(self._cdl._has_los)

    @property
    def delays(self) -> NDArray[np.float64]:
        """Return float64 [num_paths]: delay of each cluster over the rms delay spread."""
        return self._cdl._delays.numpy().astype(np.float64)

    @property
    def num_uniforms(self) -> int:
        """Return how many random numbers one drop consumes."""
        return 2 + self._cdl._num_clusters * NUM_RAYS * (NUM_COUPLED + NUM_PHASES)

    def rays(self, uniforms: NDArray[np.float32]) -> Rays:
        """Return the rays of as many drops as there are rows in float32 [num_drops, num_uniforms]."""
        topology, rays = self.sionna_inputs(uniforms)
        generator = self._cdl._cir_gen
        angles = (rays.aoa, rays.aod, rays.zoa, rays.zod)
        field = generator._step_11_field_matrix(
            topology, *angles, generator._step_11_phase_matrix(rays.phases, rays)
        )
        amplitude = torch.sqrt(rays.powers / NUM_RAYS / (1 + self._cdl._k_factor))
        gains = field * generator._step_11_array_offsets(topology, *angles) * amplitude[..., None, None, None]
        scattered = Rays(
            gains=_by_antenna(gains), cosines=_cosines(topology, zenith=rays.zod, azimuth=rays.aod)
        )
        return self._with_los(scattered, topology) if self._has_los else scattered

    def weights(self, k_factor: NDArray[np.float64]) -> None:
        """Return None: the standard fixes the Rician factor of each profile."""
        return None

    def sionna_inputs(self, uniforms: NDArray[np.float32]) -> tuple["Topology", "SionnaRays"]:
        """Return the drops as Sionna's own topology (at a speed of 1 m/s) and rays, phases included."""
        from sionna.phy.channel.tr38901.rays import Rays as SionnaRays

        num_drops, num_clusters = uniforms.shape[0], self._cdl._num_clusters
        u = torch.from_numpy(uniforms)
        topology = self._cdl._create_topology(num_drops, _direction(u[:, 0], u[:, 1]))
        shape = (num_drops, NUM_COUPLED + NUM_PHASES, 1, 1, num_clusters, NUM_RAYS)
        u = u[:, 2:].reshape(shape)
        order = torch.argsort(u[:, :NUM_COUPLED], dim=-1, stable=True)
        table = torch.stack([self._cdl._aoa, self._cdl._aod, self._cdl._zoa, self._cdl._zod])
        table = table[None, :, None, None].expand(num_drops, -1, -1, -1, -1, -1)
        aoa, aod, zoa, zod = torch.gather(table, -1, order).unbind(1)
        clusters = (num_drops, 1, 1, num_clusters)
        return topology, SionnaRays(
            delays=self._cdl._delays.expand(clusters), powers=self._cdl._powers.expand(clusters),
            aoa=aoa, aod=aod, zoa=zoa, zod=zod, xpr=self._cdl._xpr.expand(*clusters, NUM_RAYS),
            phases=(2 * torch.pi * u[:, NUM_COUPLED:] - torch.pi).movedim(1, -1),
        )  # fmt: skip

    def _with_los(self, scattered: Rays, topology: "Topology") -> Rays:
        k_factor = self._cdl._k_factor
        # At time zero the Doppler term is one: what is left is field, array and delay.
        los = self._cdl._cir_gen._step_11_los(topology, torch.zeros(1)) * torch.sqrt(k_factor / (1 + k_factor))
        cosines = _cosines(topology, zenith=topology.los_zod, azimuth=topology.los_aod)
        return with_los(scattered, gains=los[:, 0, 0, 0, :, 0, 0].numpy(), cosines=cosines[:, 0])


def _direction(azimuth: Tensor, zenith: Tensor) -> Tensor:
    """Return unit vectors [num_drops, 3], uniform in azimuth and in zenith angle (as Sionna draws them)."""
    return _unit_vector(zenith=torch.pi * zenith, azimuth=2 * torch.pi * azimuth)


def _unit_vector(*, zenith: Tensor, azimuth: Tensor) -> Tensor:
    """Return [..., 3] in the global coordinate system, TR 38.901 equation (7.1-6)."""
    sin = torch.sin(zenith)
    return torch.stack([sin * torch.cos(azimuth), sin * torch.sin(azimuth), torch.cos(zenith)], dim=-1)


def _cosines(topology: "Topology", *, zenith: Tensor, azimuth: Tensor) -> NDArray[np.float32]:
    """Return float32 [num_drops, ...]: component of the direction of travel along departing rays."""
    rays = _unit_vector(zenith=zenith[:, 0, 0], azimuth=azimuth[:, 0, 0])
    travel = topology.velocities[:, 0].reshape(-1, *[1] * (rays.dim() - 2), 3)
    return (rays * travel).sum(-1).reshape(rays.shape[:-1]).numpy()


def _by_antenna(gains: Tensor) -> NDArray[np.complex64]:
    """Bring [num_drops, 1, 1, paths, rays, antennas, 1] to [num_drops, antennas, paths, rays]."""
    return gains[:, 0, 0, :, :, :, 0].permute(0, 3, 1, 2).contiguous().numpy()


def _user_antenna(carrier_hz: float) -> "PanelArray":
    from sionna.phy.channel.tr38901 import AntennaArray

    return AntennaArray(1, 1, "single", "V", "38.901", carrier_hz, precision="single", device="cpu")


def _base_station(num_rx_ant: int, carrier_hz: float) -> "PanelArray":
    from sionna.phy.channel.tr38901 import AntennaArray

    if num_rx_ant == 1:
        return AntennaArray(1, 1, "single", "V", "omni", carrier_hz, precision="single", device="cpu")
    pairs = num_rx_ant // 2
    return AntennaArray(1, pairs, "dual", "VH", "38.901", carrier_hz, precision="single", device="cpu")


def build(scenario: Scenario, *, seed: int) -> Channel:
    """Build the CDL that the scenario's channel.kind names."""
    source = ClusteredDelayLine(
        scenario.channel.kind[-1].upper(),
        release=scenario.channel.release,
        num_rx_ant=scenario.antennas.num_rx_ant,
        carrier_hz=scenario.grid.carrier_hz,
    )
    return RayChannel(scenario=scenario, seed=seed, source=source)
