# SPDX-License-Identifier: Apache-2.0
"""The slot generator: the grid is mapped as it is told, and slot i is one and the same slot."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from channels.drift import value_at
from channels.scenario import load
from channels.scenario_tables import ImpairmentTable
from sim.errors import LinkSettingsError
from sim.link import Link
from sim.qam import map_bits
from tests.sim.scenarios import scenario

FADING: dict[str, Any] = {"kind": "tdl-c", "delay_spread_s": 3e-7, "max_speed_mps": 20.0}


def test_a_slot_is_bit_for_bit_the_same_in_every_batch_and_order() -> None:
    link = Link(scenario(channel=FADING, antennas={"num_rx_ant": 2}), seed=9)

    together = link.slots(10, 6, snr_db=3.0)
    backwards = [link.slots(i, 1, snr_db=3.0) for i in (15, 12)]

    for slot, i in zip(backwards, (5, 2), strict=True):
        assert torch.equal(slot.observation.y[0], together.observation.y[i])
        assert torch.equal(slot.truth.bits[0], together.truth.bits[i])
        assert torch.equal(slot.truth.h[0], together.truth.h[i])


def test_receivers_at_other_snrs_see_the_same_bits_channel_and_noise() -> None:
    link = Link(scenario(channel=FADING), seed=9)

    low, high = link.slots(0, 2, snr_db=0.0), link.slots(0, 2, snr_db=20.0)

    clean = torch.einsum("brtsk,btsk->brsk", low.truth.h, low.truth.x)
    assert torch.equal(low.truth.h, high.truth.h)
    torch.testing.assert_close(
        low.observation.y - clean, 10.0 * (high.observation.y - clean), rtol=1e-3, atol=1e-4
    )


def test_seeds_differ() -> None:
    first, second = (Link(scenario(), seed=seed).slots(0, 1, snr_db=0.0) for seed in (1, 2))

    assert not torch.equal(first.truth.bits, second.truth.bits)
    assert not torch.equal(first.observation.y, second.observation.y)


def test_coded_bits_stand_on_the_data_elements_in_llr_order() -> None:
    link = Link(scenario(link={"num_bits_per_symbol": 4}), seed=1)

    slot = link.slots(0, 2, snr_db=60.0)

    sent = map_bits(slot.truth.coded_bits, num_bits_per_symbol=4)
    received = slot.observation.y[slot.observation.data_mask].reshape(sent.shape)
    torch.testing.assert_close(received, sent, rtol=0, atol=0.02)


@pytest.mark.parametrize(
    "count_overhead", [False, True], ids=["bits alone", "with pilots and prefix"]
)
def test_ebno_is_counted_as_sionna_counts_it(*, count_overhead: bool) -> None:
    from sionna.phy.ofdm import ResourceGrid
    from sionna.phy.utils import ebnodb2no

    made = scenario(
        grid={"num_subcarriers": 64, "cyclic_prefix_length": 6},
        snr={"kind": "ebno_db", "values": [0.0], "count_overhead": count_overhead},
    )
    grid = ResourceGrid(
        14,
        64,
        30e3,
        cyclic_prefix_length=6,
        pilot_pattern="kronecker",
        pilot_ofdm_symbol_indices=[2, 11],
    )

    expected = float(ebnodb2no(3.0, 2, 0.5, grid if count_overhead else None))

    assert Link(made, seed=1).no(3.0) == pytest.approx(expected, rel=1e-6)


def test_noise_has_the_variance_it_is_said_to_have() -> None:
    link = Link(scenario(grid={"num_subcarriers": 128}), seed=4)
    slot = link.slots(0, 40, snr_db=np.linspace(-10.0, 20.0, 40))

    noise = slot.observation.y - torch.einsum("brtsk,btsk->brsk", slot.truth.h, slot.truth.x)
    power = (noise.abs() ** 2).mean((1, 2, 3)) / slot.observation.no

    # 1792 exponential values a slot, deviation 0.024: 5 sigma over 40 slots, false alarm < 1e-4.
    assert float((power - 1.0).abs().max()) < 5.0 / math.sqrt(1792)


def test_pilots_that_leave_no_data_are_refused() -> None:
    everywhere = {"symbols": list(range(14))}

    with pytest.raises(LinkSettingsError, match="leave no resource element"):
        Link(scenario(link={"dmrs": everywhere}), seed=1)


def test_a_transport_block_beyond_one_code_block_is_refused() -> None:
    wide = scenario(grid={"num_subcarriers": 1024}, link={"num_bits_per_symbol": 8})

    with pytest.raises(LinkSettingsError, match="do not make one LDPC code block"):
        Link(wide, seed=1)


@pytest.mark.parametrize("coderate", [0.19, 0.93, 0.999])
def test_a_rate_without_a_code_is_refused(coderate: float) -> None:
    made = scenario(grid={"num_subcarriers": 64}, link={"coderate": coderate})

    with pytest.raises(LinkSettingsError, match="there is no code of rate 0"):
        Link(made, seed=1)


@pytest.mark.parametrize("coderate", [0.201, 0.925], ids=["lowest", "highest"])
def test_rates_at_the_ends_of_the_range_are_encoded_and_decoded(coderate: float) -> None:
    made = scenario(grid={"num_subcarriers": 64}, link={"coderate": coderate})
    link = Link(made, seed=1)

    slot = link.slots(0, 1, snr_db=30.0)

    llr = 20.0 * (2.0 * slot.truth.coded_bits.float() - 1.0)
    assert torch.equal(link.codec.decode(llr), slot.truth.bits)


def test_users_without_a_pilot_are_refused() -> None:
    dmrs = {"kind": "scattered", "num_pilots": 3}
    made = scenario(antennas={"num_rx_ant": 4, "num_tx": 4}, link={"dmrs": dmrs})

    with pytest.raises(LinkSettingsError, match="3 pilots leave some of 4 users without one"):
        Link(made, seed=1)


@pytest.mark.parametrize(
    ("onset", "values"),
    [
        pytest.param(16_000, {}, id="carrier offset"),
        pytest.param(32_000, {"cfo_hz": 300.0}, id="phase noise"),
        pytest.param(48_000, {"cfo_hz": 300.0, "phase_noise_linewidth_hz": 30.0}, id="compression"),
    ],
)
def test_shipped_impairments_set_in_exactly_at_their_slots(
    onset: int, values: dict[str, float]
) -> None:
    made = load("impairment-onset")
    until_then = made.model_copy(
        update={"drift": tuple(entry for entry in made.drift if entry.start < onset)}
    )

    seen, before = (
        Link(one, seed=2).slots(onset - 3, 6, snr_db=20.0).observation.y
        for one in (made, until_then)
    )

    # Without any offset nothing is rotated, not even by zero: two transforms less.
    torch.testing.assert_close(seen[:3], before[:3], rtol=0, atol=2e-5)
    error = (seen - before).abs().pow(2).mean((1, 2, 3))
    assert float(error[3:].min()) > 1e-3
    reached = [value_at(made, f"impairments.{key}", onset - 1) for key in values]
    assert reached == list(values.values())


def test_shipped_impairments_are_none_before_the_first_sets_in() -> None:
    made = load("impairment-onset")
    clean = made.model_copy(update={"drift": (), "impairments": ImpairmentTable()})

    seen, without = (
        Link(one, seed=2).slots(15_990, 10, snr_db=20.0).observation.y for one in (made, clean)
    )

    torch.testing.assert_close(seen, without, rtol=0, atol=2e-5)
