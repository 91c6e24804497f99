# SPDX-License-Identifier: Apache-2.0
"""Broken pilots: how many, which, what is sent and what is believed, and when it ends."""

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from torch import Tensor

from channels.scenario import Scenario, load
from channels.scenario_tables import PILOT_SHARES
from sim.broken_pilots import CLIPPING_DB
from sim.link import Link
from sim.qam import map_bits
from sim.slot import Slot
from tests.sim.scenarios import scenario

DESIGNS: Mapping[str, dict[str, Any]] = {
    "standard": {"symbols": [2, 11]},
    "scattered": {"num_pilots": 37},
    "random": {"num_pilots": 37},
    "hybrid": {"num_pilots": 37, "num_learning": 15},
    "additional": {"symbols": [2, 11], "num_learning": 13},
}
WRONG, MISSING, SATURATED = PILOT_SHARES
SHIPPED = {
    "pilots-wrong": WRONG,
    "pilots-missing": MISSING,
    "pilots-saturated": SATURATED,
}


def _scenario(
    design: str = "random", shares: Mapping[str, float] | None = None, *, num_tx: int = 1
) -> Scenario:
    return scenario(
        antennas={"num_rx_ant": 2, "num_tx": num_tx},
        link={"num_bits_per_symbol": 4, "dmrs": {"kind": design, **DESIGNS[design]}},
        impairments={**(shares or {})},
    )


def _slots(made: Scenario, first_slot: int = 0, num_slots: int = 4, *, seed: int = 3) -> Slot:
    return Link(made, seed=seed).slots(first_slot, num_slots, snr_db=20.0)


def _kinds(slot: Slot, whole: Slot) -> tuple[Tensor, Tensor, Tensor]:
    """Return which pilots are wrong, missing and saturated, judged from outside by comparison."""
    mask = whole.observation.pilot_mask
    sent, agreed = slot.truth.x, slot.observation.pilots
    missing = mask & (sent == 0)
    wrong = mask & ~missing & (sent != agreed)
    air = torch.einsum("brtsk,btsk->brsk", slot.truth.h, slot.truth.x - whole.truth.x)
    expected = whole.observation.y + air
    clipped = ((slot.observation.y - expected).abs() > 1e-5).any(1, keepdim=True)
    return wrong, missing, mask & clipped


def _all_but(slot: Slot, *fields: str) -> list[Tensor]:
    halves = (slot.observation, slot.truth)
    return [
        getattr(half, name)
        for half in halves
        for name in half.__slots__
        if isinstance(getattr(half, name), Tensor) and name not in fields
    ]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    design=st.sampled_from(sorted(DESIGNS)),
    num_tx=st.sampled_from([1, 3]),
    parts=st.tuples(*[st.floats(0.0, 1.0)] * 4),
    first_slot=st.integers(0, 1000),
)
def test_shares_are_exact_counts_and_no_pilot_breaks_twice(
    design: str, num_tx: int, parts: tuple[float, float, float, float], first_slot: int
) -> None:
    total = sum(parts) or 1.0
    shares = dict(zip(PILOT_SHARES, (part / total for part in parts), strict=False))
    made = _scenario(design, shares, num_tx=num_tx)
    whole = _slots(_scenario(design, num_tx=num_tx), first_slot, 2)
    slot = _slots(made, first_slot, 2)

    wrong, missing, clipped = _kinds(slot, whole)

    num_pilots = int(whole.observation.pilot_mask[0].sum())
    asked = [round(shares[key] * num_pilots) for key in PILOT_SHARES]
    room = num_pilots - asked[0] - asked[1]
    assert wrong.sum((1, 2, 3)).tolist() == [asked[0]] * 2
    assert missing.sum((1, 2, 3)).tolist() == [min(asked[1], num_pilots - asked[0])] * 2
    # Clipping shows only where it changes something.
    assert int(clipped.sum((1, 2, 3)).max()) <= min(asked[2], room)
    for one, other in combinations((wrong, missing, clipped), 2):
        assert not (one & other).any()


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    design=st.sampled_from(sorted(DESIGNS)),
    key=st.sampled_from(PILOT_SHARES),
    share=st.floats(0.05, 1.0),
)
def test_data_and_what_is_believed_stay_as_they_were(design: str, key: str, share: float) -> None:
    slot, whole = _slots(_scenario(design, {key: share})), _slots(_scenario(design))

    for mine, other in zip(_all_but(slot, "y", "x"), _all_but(whole, "y", "x"), strict=True):
        assert torch.equal(mine, other)
    data = whole.observation.data_mask
    assert torch.equal(slot.truth.x[data], whole.truth.x[data])
    heard = data.expand_as(whole.observation.y)
    assert torch.equal(slot.observation.y[heard], whole.observation.y[heard])
    assert torch.equal(slot.observation.pilots, whole.truth.x.masked_fill(data, 0.0))


@pytest.mark.parametrize("design", DESIGNS)
def test_what_arrives_is_what_was_sent_and_not_what_was_agreed(design: str) -> None:
    slot = _slots(_scenario(design, {WRONG: 0.3, MISSING: 0.3}))

    air = torch.einsum("brtsk,btsk->brsk", slot.truth.h, slot.truth.x)

    noise = (slot.observation.y - air).abs().pow(2).mean() / slot.observation.no[0]
    # 14 x 12 x 2 x 4 exponential values, deviation 0.027: 5 sigma.
    assert float(noise) == pytest.approx(1.0, abs=0.14)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_wrong_pilot_is_another_point_of_its_own_alphabet(design: str) -> None:
    slot = _slots(_scenario(design, {WRONG: 1.0}))

    mask, learns = slot.observation.pilot_mask, slot.observation.learning_mask
    assert (slot.truth.x != slot.observation.pilots)[mask].all()
    for among, num_bits in ((mask & ~learns, 2), (learns, 4)):
        labels = torch.arange(2**num_bits)[:, None] >> torch.arange(num_bits - 1, -1, -1) & 1
        points = map_bits(labels.to(torch.uint8), num_bits_per_symbol=num_bits)
        distance = (slot.truth.x[among][:, None] - points.flatten()).abs()
        assert (distance.amin(1) == 0).all()


def test_wrong_symbols_are_uniform_over_the_others() -> None:
    slot = _slots(_scenario("random", {WRONG: 1.0}), num_slots=100)
    mask = slot.observation.pilot_mask

    pairs = torch.stack([slot.observation.pilots[mask], slot.truth.x[mask]], dim=1)
    _, counts = torch.unique(torch.view_as_real(pairs), dim=0, return_counts=True)

    # 3700 pairs over 16 x 15 cells; false alarm 1e-4.
    assert counts.numel() == 240
    expected = 3700 / 240
    statistic = float(((counts - expected) ** 2 / expected).sum())
    assert statistic < chi2.isf(1e-4, 239)


def test_broken_pilots_are_anywhere() -> None:
    slot = _slots(_scenario("standard", {MISSING: 0.25}), num_slots=400)

    hits = (slot.observation.pilot_mask & (slot.truth.x == 0)).sum((0, 1))[[2, 11]].flatten()

    # 400 slots, 6 of 24 pilots each; drawn without replacement, which only narrows the statistic.
    assert int(hits.sum()) == 2400
    statistic = float(((hits - 100.0) ** 2 / (100.0 * 0.75)).sum()) * 23 / 24
    assert chi2.isf(1 - 1e-4, 23) < statistic < chi2.isf(1e-4, 23)


def test_a_larger_share_breaks_the_pilots_of_a_smaller_one_alike() -> None:
    small, large = (_slots(_scenario("random", {WRONG: share})) for share in (0.1, 0.4))

    broken = small.truth.x != _slots(_scenario()).truth.x
    assert broken.any()
    assert torch.equal(large.truth.x[broken], small.truth.x[broken])


def test_users_break_together() -> None:
    slot = _slots(_scenario("random", {MISSING: 0.5}, num_tx=3), num_slots=30)

    missing = (slot.observation.pilot_mask & (slot.truth.x == 0)).sum((2, 3))

    assert (missing.sum(1) == round(18.5)).all()
    assert len(missing[:, 0].unique()) > 1


def test_saturation_clips_both_parts_at_half_the_rms_of_the_slot() -> None:
    slot, whole = _slots(_scenario("random", {SATURATED: 1.0})), _slots(_scenario())

    parts, before = (torch.view_as_real(one.observation.y) for one in (slot, whole))
    pilots = slot.observation.pilot_mask[:, 0]
    for i_slot in range(4):
        for i_rx in range(2):
            level = 10 ** (CLIPPING_DB / 20) * float(before[i_slot, i_rx].pow(2).mean().sqrt())
            at_pilots = pilots[i_slot]
            expected = before[i_slot, i_rx][at_pilots].clamp(-level, level)
            torch.testing.assert_close(
                parts[i_slot, i_rx][at_pilots], expected, rtol=1e-5, atol=1e-6
            )
    assert torch.equal(slot.truth.x, whole.truth.x)


def test_most_saturated_pilots_lose_something() -> None:
    # Closed form: a Gaussian part exceeds half of its deviation with probability 2 Q(0.5). At
    # -40 dB what arrives is Gaussian.
    seen, before = (
        Link(_scenario("random", {SATURATED: share}), seed=1)
        .slots(0, 100, snr_db=-40.0)
        .observation
        for share in (1.0, 0.0)
    )

    changed = (seen.y != before.y)[before.pilot_mask.expand_as(before.y)].float().mean()

    beyond = math.erfc(0.5 / math.sqrt(2.0))
    # 7400 values, deviation 0.004: 5 sigma.
    assert float(changed) == pytest.approx(1.0 - (1.0 - beyond) ** 2, abs=0.02)


@pytest.mark.parametrize("first", [0, 6, 13])
@pytest.mark.parametrize("count", [1, 5])
def test_a_broken_slot_is_bit_for_bit_the_same_in_every_batch(first: int, count: int) -> None:
    made = _scenario("hybrid", dict.fromkeys(PILOT_SHARES, 0.2))
    together = _slots(made, 0, 20)

    apart = _slots(made, first, count)

    for one, all_of_them in zip(_all_but(apart), _all_but(together), strict=True):
        assert torch.equal(one, all_of_them[first : first + count])


def test_seeds_break_other_pilots() -> None:
    places = [
        _slots(_scenario("standard", {MISSING: 0.5}), seed=seed).truth.x == 0 for seed in (1, 2)
    ]

    assert not torch.equal(*places)


@pytest.mark.parametrize(("name", "key"), SHIPPED.items())
def test_a_shipped_fault_begins_and_ends_at_its_slots(name: str, key: str) -> None:
    made = load(name)
    clean = made.model_copy(update={"drift": ()})
    constant = clean.with_values({f"impairments.{key}": 0.2})

    for first, faulty in ((3_198, [0, 0, 1, 1]), (19_198, [1, 1, 0, 0])):
        seen = _slots(made, first)
        for i, one in enumerate(faulty):
            expected = _slots(constant if one else clean, first + i, 1)
            for mine, other in zip(
                _all_but(seen.part(start=i, stop=i + 1)), _all_but(expected), strict=True
            ):
                assert torch.equal(mine, other)


def test_a_share_that_drifts_counts_slot_by_slot() -> None:
    ramp = {
        "target": f"impairments.{MISSING}",
        "kind": "ramp",
        "first_slot": 2,
        "last_slot": 12,
        "to": 1.0,
    }
    made = Scenario.model_validate({**_scenario().model_dump(by_alias=True), "drift": [ramp]})

    slot = _slots(made, 0, 14)

    missing = (slot.observation.pilot_mask & (slot.truth.x == 0)).sum((1, 2, 3))
    expected = [0, 0, 0, *(round(3.7 * i) for i in range(1, 10)), 37, 37]
    assert missing.tolist() == expected


def test_the_jump_of_the_air_comes_amid_the_fault() -> None:
    made, still = load("pilots-wrong-step"), load("pilots-wrong")

    before, after = ([_slots(one, first, 1) for one in (made, still)] for first in (6_399, 6_400))

    assert torch.equal(before[0].truth.h, before[1].truth.h)
    assert not torch.equal(after[0].truth.h, after[1].truth.h)
    assert torch.equal(after[0].truth.x, after[1].truth.x)
    assert (
        int(
            (after[0].truth.x != after[0].observation.pilots)[after[0].observation.pilot_mask].sum()
        )
        == 26
    )
