# SPDX-License-Identifier: Apache-2.0
"""What Sionna knows of a CDL, evaluated once: fields and directions for each pair of angles.

Within a cluster the 20 azimuths and 20 zeniths are coupled at random, so that 400 pairs cover every
ray that a drop can draw.
"""

# Sionna publishes sums over rays, not the rays. Its version is pinned, and a test compares the
# whole with Sionna's own call on the same rays.
# pyright: reportPrivateUsage=false

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from sionna.phy.channel.tr38901 import ChannelCoefficientsGenerator, PanelArray

NUM_RAYS = 20  # rays per cluster, TR 38.901 clause 7.7.1


@dataclass(frozen=True, slots=True, kw_only=True)
class CdlTables:
    """A profile as seen by the antennas of the uplink.

    The pairs of a cluster are numbered zenith * 20 + azimuth, in the order of the standard's
    offsets.

    Parameters
    ----------
    delays : float64 [num_clusters]
        Delays over the rms delay spread.
    powers : float64 [num_clusters]
        Scattered power of each cluster; sums to 1 / (1 + k_factor).
    xpr : float
        Cross-polarisation power ratio.
    k_factor : float
        Power of the line of sight over the scattered power; 0 where the profile has none.
    arrival : complex64 [num_clusters, 400, num_rx_ant, 2]
        Field of each base station antenna (vertical, horizontal) with its phase in the array.
    departure : complex64 [num_clusters, 400, 2]
        Field of the user's antenna.
    directions : float32 [num_clusters, 400, 3]
        Unit vector of the departing ray.
    los_gains : complex64 [num_rx_ant]
        Line of sight at each antenna, for unit power; unused without one.
    los_direction : float32 [3]
        Unit vector of the departing line of sight.
    """

    delays: NDArray[np.float64]
    powers: NDArray[np.float64]
    xpr: float
    k_factor: float
    arrival: NDArray[np.complex64]
    departure: NDArray[np.complex64]
    directions: NDArray[np.float32]
    los_gains: NDArray[np.complex64]
    los_direction: NDArray[np.float32]


def from_standard(profile: str, *, release: str, num_rx_ant: int, carrier_hz: float) -> CdlTables:
    """Evaluate profile "A".."E" of a release of TR 38.901 with Sionna.

    The user has one vertically polarised antenna, the base station one antenna without direction,
    or a row of dual-polarised (vertical and horizontal) pairs half a wavelength apart, with the
    patterns of the standard.
    """
    from sionna.phy.channel.tr38901 import CDL

    station = _base_station(num_rx_ant, carrier_hz)
    user = _antenna("38.901", carrier_hz)
    # A delay spread of one second leaves the normalised delays of the table.
    cdl = CDL(profile, 1.0, carrier_hz, user, station, "uplink", spec_version=release, device="cpu")
    topology = cdl._create_topology(1, torch.zeros(1, 3))
    zoa, aoa = _pairs(cdl._zoa, cdl._aoa)
    zod, aod = _pairs(cdl._zod, cdl._aod)
    generator, k_factor = cdl._cir_gen, float(cdl.get_buffer("_k_factor"))
    at_station = _field(generator, station, topology.rx_orientations, zenith=zoa, azimuth=aoa)
    at_user = _field(generator, user, topology.tx_orientations, zenith=zod, azimuth=aod)
    phases = generator._step_11_array_offsets(topology, *_like_sionna(aoa, aod, zoa, zod))
    los_direction = _unit_vector(zenith=topology.los_zod, azimuth=topology.los_aod)
    return CdlTables(
        delays=cdl._delays.numpy().astype(np.float64),
        powers=cdl._powers.numpy().astype(np.float64) / (1 + k_factor),
        xpr=float(cdl._xpr),
        k_factor=k_factor,
        arrival=(at_station.movedim(0, -2) * phases[0, 0, 0]).numpy(),
        departure=at_user[0].to(torch.complex64).numpy(),
        directions=_unit_vector(zenith=zod, azimuth=aod).numpy(),
        los_gains=generator._step_11_los(topology, torch.zeros(1)).reshape(-1).numpy(),
        los_direction=los_direction.reshape(-1).numpy(),
    )


def _pairs(zenith: Tensor, azimuth: Tensor) -> tuple[Tensor, Tensor]:
    """Return all pairs of angles of each cluster, float32 [num_clusters, 400] twice."""
    return zenith.repeat_interleave(NUM_RAYS, dim=-1), azimuth.repeat(1, NUM_RAYS)


def _like_sionna(*angles: Tensor) -> tuple[Tensor, ...]:
    """Add Sionna's dimensions for batch, transmitter and receiver."""
    return tuple(angle[None, None, None] for angle in angles)


def _field(
    generator: "ChannelCoefficientsGenerator",
    array: "PanelArray",
    orientation: Tensor,
    *,
    zenith: Tensor,
    azimuth: Tensor,
) -> Tensor:
    """Return float32 [num_rx_ant, num_clusters, 400, 2]: fields, equation (7.1-11)."""
    facing = orientation.reshape(1, 1, 3)
    local_zenith, local_azimuth = generator._gcs_to_lcs(facing, zenith, azimuth)
    elements = (
        [array.ant_pol1, array.ant_pol2] if array.polarization == "dual" else [array.ant_pol1]
    )
    fields = []
    for element in elements:
        local = torch.stack(element.field(local_zenith, local_azimuth), dim=-1)
        fields.append(generator._l2g_response(local, facing, zenith, azimuth)[..., 0])
    which = torch.zeros(array.num_ant, dtype=torch.int64)
    if array.polarization == "dual":
        which[array.ant_ind_pol2] = 1
    return torch.stack(fields)[which]


def _unit_vector(*, zenith: Tensor, azimuth: Tensor) -> Tensor:
    """Return [..., 3] in the global coordinate system, TR 38.901 equation (7.1-6)."""
    across, up = torch.sin(zenith), torch.cos(zenith)
    return torch.stack([across * torch.cos(azimuth), across * torch.sin(azimuth), up], dim=-1)


def _antenna(pattern: str, carrier_hz: float) -> "PanelArray":
    from sionna.phy.channel.tr38901 import AntennaArray

    return AntennaArray(1, 1, "single", "V", pattern, carrier_hz, device="cpu")


def _base_station(num_rx_ant: int, carrier_hz: float) -> "PanelArray":
    from sionna.phy.channel.tr38901 import AntennaArray

    if num_rx_ant == 1:
        return _antenna("omni", carrier_hz)
    return AntennaArray(1, num_rx_ant // 2, "dual", "VH", "38.901", carrier_hz, device="cpu")
