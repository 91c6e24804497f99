# SPDX-License-Identifier: Apache-2.0
"""A channel that switches: each slot is that of the plain channel of the kind that rules it."""

import pytest
import torch
from torch import Tensor

from channels import catalog, flat
from channels.channel import Channel
from channels.scenario import Scenario, load
from tests.channels.scenarios import scenario


def _switch(slot: int, to: str) -> dict[str, object]:
    return {"target": "channel.kind", "kind": "switch", "slot": slot, "to": to}


STEP = {"target": "channel.delay_spread_s", "kind": "step", "slot": 11, "to": 3e-7}
VALUES: dict[str, object] = {
    "antennas.num_rx_ant": 2,
    "antennas.num_tx": 2,
    "channel.kind": "tdl-a",
    "channel.delay_spread_s": 1e-7,
    "channel.min_speed_mps": 2.0,
    "channel.max_speed_mps": 30.0,
}
DRIFT = (_switch(4, "cdl-c"), STEP, _switch(9, "awgn"), _switch(13, "rician"), _switch(17, "tdl-a"))
RULERS = ["tdl-a"] * 4 + ["cdl-c"] * 5 + ["awgn"] * 4 + ["rician"] * 4 + ["tdl-a"] * 5


def _made(slots_per_drop: int) -> Scenario:
    values = VALUES | {"channel.slots_per_drop": slots_per_drop}
    return scenario(None, *DRIFT).with_values(values)


def _plain(kind: str, slots_per_drop: int) -> Tensor:
    values = VALUES | {"channel.slots_per_drop": slots_per_drop, "channel.kind": kind}
    plain = scenario(None, STEP).with_values(values)
    return catalog.build(plain, seed=8).response(0, len(RULERS))


@pytest.mark.parametrize("slots_per_drop", [0, 1, 6], ids=["one drop", "every slot", "in between"])
def test_each_slot_is_that_of_the_plain_channel_bit_for_bit(slots_per_drop: int) -> None:
    h = catalog.build(_made(slots_per_drop), seed=8).response(0, len(RULERS))

    plain = {kind: _plain(kind, slots_per_drop) for kind in set(RULERS)}
    for i, kind in enumerate(RULERS):
        assert torch.equal(h[i], plain[kind][i]), f"slot {i} is not that of {kind}"


@pytest.mark.parametrize(("first", "number"), [(0, 3), (3, 2), (5, 1), (8, 10), (21, 1)])
def test_a_slot_is_the_same_in_every_batch(first: int, number: int) -> None:
    whole = catalog.build(_made(1), seed=8).response(0, len(RULERS))

    part = catalog.build(_made(1), seed=8).response(first, number)

    assert torch.equal(part, whole[first : first + number])


def test_the_shipped_change_of_profile_is_made_of_plain_channels() -> None:
    made = load("profile-change")
    switched = catalog.build(made, seed=3)

    for slot, before, after in (
        (16_000, "tdl-a", "tdl-c"),
        (32_000, "tdl-c", "cdl-c"),
        (48_000, "cdl-c", "tdl-a"),
    ):
        h = switched.response(slot - 2, 4)
        for kind, part in ((before, slice(0, 2)), (after, slice(2, 4))):
            plain = made.with_values({"channel.kind": kind}).model_copy(update={"drift": ()})
            expected = catalog.build(plain, seed=3).response(slot - 2, 4)
            assert torch.equal(h[part], expected[part])


def test_a_channel_that_comes_back_is_not_built_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []

    def count(scenario: Scenario, *, seed: int) -> Channel:
        built.append(scenario.channel.kind)
        return flat.awgn(scenario, seed=seed)

    for kind in ("tdl-a", "cdl-c", "rician"):
        monkeypatch.setitem(catalog.CHANNELS, kind, count)

    catalog.build(_made(1), seed=8)

    assert built == ["tdl-a", "cdl-c", "rician"]


def test_a_switch_to_what_it_was_changes_nothing() -> None:
    same = scenario(None, _switch(3, "rayleigh"))

    h = catalog.build(same, seed=1).response(0, 6)

    assert torch.equal(h, catalog.build(scenario(), seed=1).response(0, 6))


def test_time_begins_at_slot_0() -> None:
    with pytest.raises(ValueError, match="there is no slot -1"):
        catalog.build(_made(1), seed=8).response(-1, 2)
