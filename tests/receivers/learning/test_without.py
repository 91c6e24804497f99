# SPDX-License-Identifier: Apache-2.0
"""Taking pilots out of an observation, and screening what is left."""

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from receivers.learning.masking import masked
from receivers.learning.screening import screen, without
from tests.receivers.learning.screened_slots import DESIGNS, slots


@settings(max_examples=25, deadline=None, derandomize=True)
@given(num_pilots=st.integers(0, 128), seed=st.integers(0, 100))
def test_any_number_of_pilots_can_be_screened(num_pilots: int, seed: int) -> None:
    observation = slots(num_slots=4).observation
    order = torch.from_numpy(np.random.default_rng(seed).random((4, 1, 14, 64)))
    order = order.masked_fill(~observation.pilot_mask, 2.0).flatten(1)
    limits = torch.tensor([num_pilots, 128, num_pilots // 2, 3])[:, None]
    stays = (order.argsort(1).argsort(1) < limits).view_as(observation.pilot_mask)

    found = screen(without(observation, stays))

    assert not (found.trusted & ~stays).any()
    assert (found.num_excluded <= 0.25 * limits[:, 0] + 1).all()
    assert int(found.num_excluded[3]) == 0  # three pilots contradict nobody


def test_a_wrong_pilot_in_the_first_element_is_found_beside_fuller_slots() -> None:
    dmrs = {"kind": "additional", "symbols": [0], "num_learning": 100}
    observation = slots({"link.dmrs": dmrs}, num_slots=2).observation
    learning, pilots = observation.learning_mask.clone(), observation.pilots.clone()
    learning[0, 0, 0, 0] = True
    pilots[0, 0, 0, 0] *= -1
    stays = learning.clone()
    stays[0, 0, 7:] = False

    found = screen(without(replace(observation, pilots=pilots, learning_mask=learning), stays))

    assert not found.trusted[0, 0, 0, 0]
    assert int(found.num_excluded[0]) >= 1


def test_an_observation_without_pilots_has_nothing_to_screen() -> None:
    observation = slots(num_slots=2).observation

    found = screen(without(observation, torch.zeros_like(observation.learning_mask)))

    assert found.num_excluded.tolist() == [0, 0]
    assert not found.rejected.any()
    assert not found.trusted.any()


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    design=st.sampled_from(sorted(DESIGNS)),
    share=st.floats(0.0, 1.0),
    seed=st.integers(0, 1000),
)
def test_what_is_not_trusted_never_stood_there(design: str, share: float, seed: int) -> None:
    observation = slots({"link.dmrs": DESIGNS[design]}, num_slots=2).observation
    rng = np.random.default_rng(seed)
    drawn = torch.from_numpy(rng.random(tuple(observation.pilot_mask.shape)) < share)
    trusted = observation.learning_mask & drawn

    left = without(observation, trusted)

    usual = observation.pilot_mask & ~observation.learning_mask
    assert torch.equal(left.learning_mask, trusted)
    assert torch.equal(left.pilot_mask, usual | trusted)
    assert torch.equal(left.pilots != 0, left.pilot_mask)
    assert torch.equal(left.pilots[left.pilot_mask], observation.pilots[left.pilot_mask])
    for name in ("y", "data_mask", "no"):
        assert getattr(left, name) is getattr(observation, name)
    view = masked(left, share=0.5, rng=rng)
    assert not (view.labelled & ~trusted[:, 0]).any()


def test_without_anything_excluded_nothing_changes() -> None:
    observation = slots(num_slots=2).observation

    left = without(observation, observation.learning_mask)

    for name in ("pilots", "pilot_mask", "learning_mask"):
        assert torch.equal(getattr(left, name), getattr(observation, name))
