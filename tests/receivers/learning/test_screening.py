# SPDX-License-Identifier: Apache-2.0
"""Screening: true pilots pass on any air, broken ones do not, and nothing else is touched."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from channels.scenario import load
from receivers.learning.screening import P_FALSE, Screened, screen
from sim.link import Link
from sim.slot import Slot
from tests.receivers.learning.screened_slots import DESIGNS, RANDOM, slots

AIRS = [(20e-9, 3.0), (20e-9, 120.0), (100e-9, 30.0), (500e-9, 3.0), (500e-9, 120.0)]


def _screened(slot: Slot) -> Screened:
    """Screen in mini-batches of 16."""
    observation = slot.observation
    found = [
        screen(observation.part(start=first, stop=first + 16))
        for first in range(0, observation.num_slots, 16)
    ]
    return Screened(
        trusted=torch.cat([f.trusted for f in found]),
        certain=torch.cat([f.certain for f in found]),
        num_excluded=torch.cat([f.num_excluded for f in found]),
        rejected=torch.cat([f.rejected for f in found]),
    )


def _excluded(slot: Slot) -> tuple[Tensor, Tensor]:
    """Return which pilots are excluded of those that are judged, and which are judged."""
    found = _screened(slot)
    judged = slot.observation.learning_mask & ~found.rejected[:, None, None, None]
    return judged & ~found.trusted, judged


def _changes(slot: Slot) -> Tensor:
    """Return the energy of what a wrong or missing pilot changes in y, over noise and antennas."""
    air = torch.einsum("brtsk,btsk->brsk", slot.truth.h, slot.truth.x - slot.observation.pilots)
    noise = slot.observation.no * slot.observation.y.shape[1]
    return (air.abs().square().sum(1) / noise[:, None, None])[:, None]


def _share(of: Tensor, among: Tensor) -> float:
    return float(of[among].float().mean())


@pytest.mark.parametrize("snr_db", [10.0, 25.0])
@pytest.mark.parametrize(("delay_spread_s", "speed_mps"), AIRS)
def test_true_pilots_pass_on_any_air(
    delay_spread_s: float, speed_mps: float, snr_db: float
) -> None:
    slot = slots(delay_spread_s=delay_spread_s, speed_mps=speed_mps, snr_db=snr_db)

    excluded, judged = _excluded(slot)

    # 4096 pilots, 20 of them expected: at most twice the nominal share.
    assert int(judged.sum()) == 32 * 128
    assert _share(excluded, judged) <= 2 * P_FALSE


def test_excluded_true_pilots_are_as_many_as_the_bound_says_where_the_model_is_exact() -> None:
    # At -5 dB noise rules: distances are Gamma(2, 1) but for the width of the estimate.
    excluded, judged = _excluded(slots(snr_db=-5.0, num_slots=96))

    # 12,288 pilots, 61 expected, deviation 8.
    assert _share(excluded, judged) == pytest.approx(P_FALSE, abs=0.0033)


@pytest.mark.parametrize("share", [0.05, 0.2])
@pytest.mark.parametrize("snr_db", [10.0, 25.0])
@pytest.mark.parametrize(("delay_spread_s", "speed_mps"), AIRS)
def test_wrong_symbols_that_noise_does_not_hide_are_found(
    delay_spread_s: float, speed_mps: float, snr_db: float, share: float
) -> None:
    slot = slots(
        {"impairments.pilot_wrong_share": share},
        delay_spread_s=delay_spread_s,
        speed_mps=speed_mps,
        snr_db=snr_db,
    )

    excluded, judged = _excluded(slot)

    wrong = judged & (slot.truth.x != slot.observation.pilots)
    plain = wrong & (_changes(slot) > 9.0)  # three standard deviations on each antenna
    assert int(plain.sum()) > 50
    assert _share(excluded, plain) >= 0.9
    assert _share(excluded, judged & ~wrong) <= 0.02


@pytest.mark.parametrize(("snr_db", "found"), [(15.0, 0.85), (25.0, 0.95)])
def test_missing_pilots_are_found(snr_db: float, found: float) -> None:
    slot = slots({"impairments.pilot_missing_share": 0.2}, snr_db=snr_db)

    excluded, judged = _excluded(slot)

    missing = judged & (slot.truth.x == 0)
    assert _share(excluded, missing & (_changes(slot) > 9.0)) >= found
    assert _share(excluded, judged & ~missing) <= 0.03


def test_saturated_pilots_are_found() -> None:
    values = {"impairments.pilot_saturated_share": 0.2}
    slot, whole = slots(values, snr_db=25.0), slots(snr_db=25.0)

    excluded, judged = _excluded(slot)

    lost = (slot.observation.y - whole.observation.y).abs().square().sum(1, keepdim=True)
    clipped = judged & (lost > 9.0 * 2 * slot.observation.no[:, None, None, None])
    assert int(clipped.sum()) > 400
    assert _share(excluded, clipped) >= 0.9


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_that_teaches_is_screened(design: str) -> None:
    values = {"link.dmrs": DESIGNS[design]}
    slot = slots({**values, "impairments.pilot_wrong_share": 0.15}, delay_spread_s=200e-9)

    excluded, judged = _excluded(slot)

    wrong = judged & (slot.truth.x != slot.observation.pilots)
    assert _share(excluded, wrong & (_changes(slot) > 9.0)) >= 0.9
    assert _share(excluded, judged & ~wrong) <= 0.02


def test_users_are_screened_apart() -> None:
    # Two users, the second of whom sends nothing that was agreed on.
    values = {"antennas.num_tx": 2, "link.dmrs": {**RANDOM, "num_pilots": 240}}
    slot = slots(values, snr_db=25.0, num_slots=16)
    pilots = slot.observation.pilots.clone()
    mask = slot.observation.pilot_mask
    wrong = torch.zeros_like(mask)
    wrong[:, 1, ::2] = mask[:, 1, ::2] & (torch.arange(64) % 4 == 0)
    pilots[wrong] *= -1

    found = screen(replace(slot.observation, pilots=pilots))

    assert not found.rejected.any()
    assert _share(~found.trusted, wrong) > 0.98
    assert _share(~found.trusted, mask & ~wrong) < 0.02


@pytest.mark.parametrize("share", [0.3, 0.4, 0.5, 0.7, 1.0])
def test_a_slot_with_too_many_wrong_pilots_teaches_nothing(share: float) -> None:
    found = _screened(slots({"impairments.pilot_wrong_share": share}))

    assert float(found.rejected.float().mean()) >= 0.9
    assert not found.trusted[found.rejected].any()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"channel.delay_spread_s": 2e-6}, id="echoes four times as long"),
        pytest.param({"impairments.phase_noise_linewidth_hz": 300.0}, id="a noisy oscillator"),
        pytest.param({"impairments.pa_backoff_db": 0.0}, id="a compressing amplifier"),
    ],
)
def test_a_slot_that_is_rougher_than_thought_still_teaches(values: dict[str, object]) -> None:
    found = _screened(slots({"channel.max_speed_mps": 120.0, **values}, snr_db=25.0))

    assert not found.rejected.any()
    # What is excluded is what the others explain least.
    assert float(found.num_excluded.float().mean()) <= 0.15 * 128


def test_a_fault_that_begins_amid_a_batch_is_found_from_its_slot_on() -> None:
    slot = Link(load("pilots-wrong"), seed=7).slots(3_192, 16, snr_db=20.0)

    found = screen(slot.observation)

    assert int(found.num_excluded[:8].max()) <= 5
    assert int(found.num_excluded[8:].min()) >= 20


def test_what_is_counted_is_what_is_missing() -> None:
    slot = slots({"impairments.pilot_wrong_share": 0.1})
    found = _screened(slot)

    missing = slot.observation.learning_mask & ~found.trusted

    assert not (found.trusted & ~slot.observation.learning_mask).any()
    assert not found.rejected.any()
    assert torch.equal(missing.sum((1, 2, 3)), found.num_excluded)


def test_a_quarter_of_the_learning_pilots_may_be_excluded_and_no_more() -> None:
    found = _screened(slots({"impairments.pilot_wrong_share": 0.245}, num_slots=64))

    assert torch.equal(found.rejected, found.num_excluded > 32)
    assert 0 < int(found.rejected.sum()) < 64
    assert torch.equal(found.rejected, ~found.trusted.any(3).any(2).any(1))


def test_slots_are_judged_one_by_one() -> None:
    slot = slots({"impairments.pilot_wrong_share": 0.1}, num_slots=16)

    together = screen(slot.observation)

    for i in (0, 7, 15):
        alone = screen(slot.observation.part(start=i, stop=i + 1))
        assert torch.equal(alone.trusted[0], together.trusted[i])
        assert torch.equal(alone.certain[0], together.certain[i])


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    gain=st.sampled_from([2.0**-20, 0.25, 1.0, 2.0**20]),
    turn=st.sampled_from([1, 1j, -1, -1j]),
    swapped=st.booleans(),
)
def test_gain_phase_and_order_of_antennas_do_not_matter(
    gain: float, turn: complex, *, swapped: bool
) -> None:
    observation = slots({"impairments.pilot_wrong_share": 0.1}, num_slots=16).observation
    y = gain * turn * (observation.y.flip(1) if swapped else observation.y)

    other = screen(replace(observation, y=y, no=observation.no * gain**2))

    assert torch.equal(other.trusted, screen(observation).trusted)
