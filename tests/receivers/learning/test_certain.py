# SPDX-License-Identifier: Apache-2.0
"""Certain pilots: hardly a false one among them, and no symbol more often than another."""

import pytest
import torch

from receivers.learning.events import History
from receivers.learning.screened import Sieve
from receivers.learning.screening import P_DOUBTED, Screened, screen
from sim.slot import Slot
from tests.receivers.learning.screened_slots import DESIGNS, slots

FAULTS = ("pilot_wrong_share", "pilot_missing_share", "pilot_saturated_share")


def _broken(fault: str, num_slots: int = 160) -> tuple[Slot, torch.Tensor]:
    """Return slots of which a fifth of the pilots is broken, and which of them cannot be missed.

    These change y by more than three standard deviations of the noise on both antennas together.
    """
    slot = slots({f"impairments.{fault}": 0.2}, num_slots=num_slots)
    whole = slots(num_slots=num_slots)
    changed = (slot.observation.y - whole.observation.y).abs().square().sum(1, keepdim=True)
    noise = slot.observation.no[:, None, None, None]
    return slot, slot.observation.learning_mask & (changed > 9.0 * noise)


@pytest.mark.parametrize("fault", FAULTS)
def test_hardly_a_certain_pilot_is_false(fault: str) -> None:
    slot, false = _broken(fault)

    found = screen(slot.observation)

    among_trusted = float(false[found.trusted].float().mean())
    among_certain = float(false[found.certain].float().mean())
    assert among_trusted > 0.003  # else there is nothing to show
    assert among_certain < 0.0025
    assert among_certain < among_trusted / 4


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fifth_of_the_pilots_and_more_stays_certain(fault: str) -> None:
    slot, _ = _broken(fault, num_slots=32)

    found = screen(slot.observation)

    assert not (found.certain & ~found.trusted).any()
    assert float(found.certain[slot.observation.learning_mask].float().mean()) > 0.2


@pytest.mark.parametrize("design", DESIGNS)
def test_certainty_does_not_choose_among_symbols(design: str) -> None:
    slot = slots({"link.dmrs": DESIGNS[design]}, num_slots=160)
    learning = slot.observation.learning_mask

    certain = screen(slot.observation).certain

    energy = slot.observation.pilots.abs().square()
    outer = (energy[learning] > 1.5).float()
    is_certain = certain[learning]
    mean, num = float(outer.mean()), int(is_certain.sum())
    # Slots share their symbols in groups of 16: places are what is random, not symbols.
    deviation = (mean * (1 - mean) * (1 / num + 1 / len(outer))) ** 0.5
    assert num > 1000
    assert abs(float(outer[is_certain].mean()) - mean) < 4 * deviation


def test_true_pilots_that_the_others_know_well_are_doubted_as_often_as_the_bound_says() -> None:
    # At -5 dB noise rules, and the others know the channel better than any pilot does.
    observation = slots(snr_db=-5.0, num_slots=96).observation

    certain = screen(observation).certain[observation.learning_mask]

    # 12,288 pilots, deviation 0.003.
    assert 1.0 - float(certain.float().mean()) == pytest.approx(P_DOUBTED, abs=0.014)


def _sifted(slot: Slot) -> tuple[torch.Tensor, Screened]:
    observation = slot.observation
    sifted = Sieve(History(), is_on=True).sift(observation)
    assert sifted is not None
    found = screen(observation)
    cleaned = sifted.cleaned
    assert torch.equal(cleaned.learning_mask, (sifted.labels & found.trusted)[sifted.is_left])
    assert torch.equal(
        cleaned.pilot_mask,
        (observation.pilot_mask & ~(observation.learning_mask & ~found.trusted))[sifted.is_left],
    )
    return sifted.labels, found


def test_all_that_can_be_true_are_labels_while_nothing_is_broken() -> None:
    labels, found = _sifted(slots(num_slots=16))

    assert torch.equal(labels, found.trusted)


@pytest.mark.parametrize("fault", FAULTS)
def test_only_certain_pilots_are_labels_where_some_are_broken(fault: str) -> None:
    labels, found = _sifted(_broken(fault, num_slots=16)[0])

    assert torch.equal(labels, found.certain)
    assert labels.any()
