# SPDX-License-Identifier: Apache-2.0
"""What every fading channel promises: any slot in any batch, continuity, unit energy."""

import numpy as np
import pytest
import torch
from scipy import special

from channels import catalog
from channels.scenario import Scenario, load
from channels.scenario_tables import ChannelKind
from tests.channels.scenarios import scenario

SIMULATED = [kind for kind in ChannelKind if kind is not ChannelKind.RECORDED]


def moving(kind: str, **values: object) -> Scenario:
    """Return a scenario of two antennas, 200 ns and 5 to 30 m/s."""
    return scenario(
        {
            "antennas.num_rx_ant": 2,
            "channel.kind": kind,
            "channel.delay_spread_s": 200e-9,
            "channel.min_speed_mps": 5.0,
            "channel.max_speed_mps": 30.0,
            **{f"channel.{key}": value for key, value in values.items()},
        }
    )


@pytest.mark.parametrize("slots_per_drop", [1, 7, 0], ids=["fresh slots", "drops of 7", "one drop"])
@pytest.mark.parametrize("kind", SIMULATED)
def test_slot_is_bit_for_bit_the_same_in_any_batch_and_order(
    kind: str, slots_per_drop: int
) -> None:
    chosen = moving(kind, slots_per_drop=slots_per_drop, power_control=True)
    whole = catalog.build(chosen, seed=1).response(0, 70)

    channel = catalog.build(chosen, seed=1)
    batches = [(69, 1), (3, 5), (60, 10), (0, 1), (17, 33)]

    for first, count in batches:
        assert torch.equal(channel.response(first, count), whole[first : first + count])


def test_drifting_slot_is_bit_for_bit_the_same_in_any_batch_and_order() -> None:
    drift = [
        {
            "target": "channel.max_speed_mps",
            "kind": "ramp",
            "first_slot": 3,
            "last_slot": 50,
            "to": 90,
        },
        {"target": "channel.delay_spread_s", "kind": "step", "slot": 20, "to": 1e-6},
        {
            "target": "channel.min_speed_mps",
            "kind": "random-walk",
            "max_step": 2.0,
            "min_interval_slots": 1,
            "max_interval_slots": 4,
            "low": 0.0,
            "high": 10.0,
        },
    ]
    chosen = scenario({"channel.kind": "tdl-c", "channel.slots_per_drop": 0}, *drift)
    chosen = chosen.with_values({"channel.max_speed_mps": 30.0, "channel.delay_spread_s": 1e-7})
    whole = catalog.build(chosen, seed=1).response(0, 70)

    channel = catalog.build(chosen, seed=1)

    for first, count in [(69, 1), (3, 5), (60, 10), (0, 1), (17, 33)]:
        assert torch.equal(channel.response(first, count), whole[first : first + count])


def test_result_does_not_depend_on_the_number_of_threads() -> None:
    channel = catalog.build(moving("cdl-c", power_control=True), seed=2)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = channel.response(0, 40)
        torch.set_num_threads(2)
        together = channel.response(0, 40)
    finally:
        torch.set_num_threads(threads)

    assert torch.equal(alone, together)


def test_there_is_no_slot_before_the_first() -> None:
    with pytest.raises(ValueError, match="there is no slot -1; the first is slot 0"):
        catalog.build(moving("tdl-a"), seed=1).response(-1, 1)


def test_another_seed_is_another_channel() -> None:
    chosen = moving("tdl-a")

    first = catalog.build(chosen, seed=1).response(0, 1)
    second = catalog.build(chosen, seed=2).response(0, 1)

    assert not torch.allclose(first, second)


def test_users_fade_independently_and_one_user_is_the_same_among_many() -> None:
    alone = moving("tdl-a")
    among = alone.with_values({"antennas.num_tx": 3})

    h = catalog.build(among, seed=1).response(0, 4)

    assert torch.equal(h[:, :, :1], catalog.build(alone, seed=1).response(0, 4))
    assert not torch.allclose(h[:, :, 0], h[:, :, 1])


@pytest.mark.parametrize("kind", ["rician", "tdl-c", "tdl-d", "cdl-c", "cdl-e"])
def test_response_is_continuous_from_slot_to_slot_in_a_drop(kind: str) -> None:
    # A band-limited process of Doppler f_d cannot step by more than 2 pi f_d T times its peak
    # between symbols: the step across the edge of a slot is held against the largest inside slots.
    h = catalog.build(moving(kind, slots_per_drop=0), seed=3).response(1000, 40)[:, :, 0]

    symbols = h.transpose(0, 1).reshape(2, 40 * 14, 64)
    steps = symbols.diff(dim=1).abs().amax(dim=(0, 2))
    at_edges = torch.zeros(len(steps), dtype=torch.bool)
    at_edges[13::14] = True
    assert steps[at_edges].max() < 1.2 * steps[~at_edges].max()
    assert steps.max() < 2 * np.pi * 30 / 299_792_458.0 * 3.5e9 / 30e3 * symbols.abs().max() * 2


def test_followed_air_that_ships_moves_over_a_slot_border_as_between_symbols() -> None:
    # Closed form: E|h(t + T) - h(t)|^2 = 2 (1 - J0(2 pi f_d T)) E|h|^2, here from the last symbol
    # of a slot to the first of the next, at 10 m/s. Each of 300 seeds averages at least 3
    # independent exponential values (2 antennas, and subcarriers beyond the coherence bandwidth): a
    # relative deviation of at most 0.033, and 5 of them; false alarm below 1e-6.
    walk = load("urban-walk")
    steps, energy = [], []
    for seed in range(300):
        h = catalog.build(walk, seed=seed).response(8_999, 2)[:, :, 0]
        steps.append((h[1, :, 0] - h[0, :, -1]).abs().square().mean())
        energy.append(h.abs().square().mean())

    doppler_hz = 10.0 / 299_792_458.0 * walk.grid.carrier_hz
    turn = 2 * np.pi * doppler_hz * walk.grid.symbol_duration_s
    step = float(torch.stack(steps).mean() / torch.stack(energy).mean())
    assert step == pytest.approx(2 * (1 - special.j0(turn)), rel=5 * 0.033)


def test_phase_stays_continuous_when_the_speed_jumps() -> None:
    jump = {"target": "channel.max_speed_mps", "kind": "step", "slot": 10, "to": 40.0}
    jump_low = {**jump, "target": "channel.min_speed_mps"}
    chosen = scenario({"channel.slots_per_drop": 0}, jump, jump_low)
    chosen = chosen.with_values({"channel.min_speed_mps": 1.0, "channel.max_speed_mps": 1.0})

    h = catalog.build(chosen, seed=4).response(0, 20)[:, 0, 0, :, 0].reshape(-1)

    steps = h.diff().abs()
    slow, fast = steps[: 14 * 10], steps[14 * 10 :]
    assert steps[14 * 10 - 1] <= slow.max() * 1.01
    assert fast.max() > 10 * slow.max()


def test_new_drop_is_a_new_channel() -> None:
    h = catalog.build(moving("tdl-c", slots_per_drop=5), seed=5).response(0, 10)[:, 0, 0]

    inside = (h[4, -1] - h[4, -2]).abs().mean()
    across = (h[5, 0] - h[4, -1]).abs().mean()

    assert across > 10 * inside


@pytest.mark.parametrize("kind", ["rayleigh", "tdl-e", "cdl-a"])
def test_power_control_gives_each_slot_and_user_unit_mean_energy(kind: str) -> None:
    chosen = moving(kind, power_control=True).with_values({"antennas.num_tx": 2})

    h = catalog.build(chosen, seed=6).response(0, 20)

    energy = h.abs().square().mean(dim=(1, 3, 4))
    torch.testing.assert_close(energy, torch.ones(20, 2), rtol=0, atol=1e-5)


def test_delay_spread_of_each_drop_lies_in_its_range() -> None:
    # With a width of twice the mean, spreads reach from 0 to 400 ns: the response of some drops is
    # nearly flat over 64 subcarriers, of others it is not.
    chosen = moving("tdl-c", delay_spread_width_s=400e-9)

    h = catalog.build(chosen, seed=7).response(0, 200)[:, 0, 0, 0]

    roughness = h.diff(dim=-1).abs().mean(-1) / h.abs().mean(-1)
    assert roughness.min() < 0.02
    assert roughness.max() > 0.2


def test_user_at_rest_sees_a_constant_channel() -> None:
    values = {"channel.kind": "tdl-c", "channel.slots_per_drop": 0, "channel.delay_spread_s": 1e-7}

    h = catalog.build(scenario(values), seed=8).response(0, 30)

    torch.testing.assert_close(h, h[:1, :, :, :1].expand_as(h), rtol=0, atol=1e-6)
