# SPDX-License-Identifier: Apache-2.0
"""Clustered delay lines against Sionna's own generator on the same rays."""

# The reference is what Sionna does behind its public call, on rays that we choose.
# pyright: reportPrivateUsage=false

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sionna.phy.channel import cir_to_ofdm_channel, subcarrier_frequencies
from sionna.phy.channel.tr38901 import CDL, AntennaArray
from sionna.phy.channel.tr38901.rays import Rays as SionnaRays

from channels.cdl import ClusteredDelayLine, Draw
from channels.cdl_tables import from_standard
from channels.randomness import generator
from channels.rays import RayChannel
from tests.channels.scenarios import scenario

CARRIER_HZ, SPEED_MPS, SPREAD_S = 3.5e9, 10.0, 100e-9


def source(profile: str, *, num_rx_ant: int) -> ClusteredDelayLine:
    """Return the source of a profile of release 19.2."""
    tables = from_standard(profile, release="19.2", num_rx_ant=num_rx_ant, carrier_hz=CARRIER_HZ)
    return ClusteredDelayLine(tables)


def drops(count: int, line: ClusteredDelayLine) -> NDArray[np.float32]:
    """Return the random numbers of the first drops of seed 8, as the channel draws them."""
    size = 2 + line.num_uniforms
    streams = [generator(seed=8, stream="channel/0", index=i) for i in range(count)]
    return np.stack([stream.random(size, dtype=np.float32) for stream in streams])[:, 2:]


def sionna_rays(model: CDL, draw: Draw) -> SionnaRays:
    """Return these drops as Sionna's rays, angles gathered from its own tables."""
    num_drops = len(draw.travel)
    order = torch.from_numpy(draw.order)
    aoa, zoa, aod, zod = (
        table.expand(num_drops, -1, -1).gather(-1, order[:, i])[:, None, None]
        for i, table in enumerate((model._aoa, model._zoa, model._aod, model._zod))
    )
    clusters = (num_drops, 1, 1, -1)
    return SionnaRays(
        delays=model._delays.expand(clusters),
        powers=model._powers.expand(clusters),
        aoa=aoa,
        aod=aod,
        zoa=zoa,
        zod=zod,
        xpr=model._xpr.expand_as(aoa),
        phases=2 * torch.pi * torch.from_numpy(draw.turns).movedim(1, -1)[:, None, None],
    )


def sionna_response(profile: str, *, num_rx_ant: int, draw: Draw) -> torch.Tensor:
    """Return Sionna's complex64 [num_drops, num_rx_ant, 14, 128] for the rays of these drops."""
    array = (
        AntennaArray(1, 1, "single", "V", "omni", CARRIER_HZ)
        if num_rx_ant == 1
        else AntennaArray(1, num_rx_ant // 2, "dual", "VH", "38.901", CARRIER_HZ)
    )
    user = AntennaArray(1, 1, "single", "V", "38.901", CARRIER_HZ)
    model = CDL(profile, SPREAD_S, CARRIER_HZ, user, array, "uplink", device="cpu")
    num_drops = len(draw.travel)
    topology = model._create_topology(num_drops, SPEED_MPS * torch.from_numpy(draw.travel))
    k_factor = model._get_k_factor(num_drops)
    a, tau = model._cir_gen(14, 30e3, k_factor, sionna_rays(model, draw), topology)
    a, tau = a.permute(0, 2, 4, 1, 5, 3, 6), tau.permute(0, 2, 1, 3)
    h: torch.Tensor = cir_to_ofdm_channel(subcarrier_frequencies(128, 30e3), a, tau, normalize=True)
    return h[:, 0, :, 0, 0]


@pytest.mark.parametrize("profile", "ABCDE")
@pytest.mark.parametrize("num_rx_ant", [1, 2, 4])
def test_response_is_that_of_sionna_for_the_same_rays(profile: str, num_rx_ant: int) -> None:
    # Independent reference: Sionna's coefficient generator and transform, sums over rays included.
    chosen = scenario(
        {
            "grid.num_subcarriers": 128,
            "antennas.num_rx_ant": num_rx_ant,
            "channel.delay_spread_s": SPREAD_S,
            "channel.min_speed_mps": SPEED_MPS,
            "channel.max_speed_mps": SPEED_MPS,
            "channel.power_control": True,
        }
    )
    line = source(profile, num_rx_ant=num_rx_ant)

    h = RayChannel(scenario=chosen, seed=8, source=line).response(0, 4)[:, :, 0]

    draw = line.draw(drops(4, line))
    expected = sionna_response(profile, num_rx_ant=num_rx_ant, draw=draw)
    torch.testing.assert_close(h, expected, rtol=0, atol=1e-5)


def test_rays_of_a_cluster_are_coupled_by_permutations() -> None:
    line = source("C", num_rx_ant=2)

    order = line.draw(drops(3, line)).order

    assert np.array_equal(np.sort(order, axis=-1), np.broadcast_to(np.arange(20), order.shape))
    assert not np.array_equal(order[0], order[1])
    assert not np.array_equal(order[:, 0], order[:, 1])


def test_direction_of_travel_bounds_the_doppler_cosines() -> None:
    line = source("B", num_rx_ant=2)

    cosines = line.rays(drops(64, line)).cosines

    assert np.abs(cosines).max() <= 1 + 1e-6
    assert cosines.min() < -0.5 < 0.5 < cosines.max()


def test_profiles_did_not_change_between_the_releases() -> None:
    # Sionna's note, read and checked: the CDL tables of 16.1 and 19.2 are the same.
    old, new = (
        from_standard("C", release=release, num_rx_ant=2, carrier_hz=CARRIER_HZ)
        for release in ("16.1", "19.2")
    )

    assert np.array_equal(old.delays, new.delays)
    assert np.array_equal(old.powers, new.powers)
    assert np.array_equal(old.arrival, new.arrival)
