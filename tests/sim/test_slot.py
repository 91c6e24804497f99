# SPDX-License-Identifier: Apache-2.0
"""Batches of slots: cut and joined along the slots alone."""

from dataclasses import fields

from torch import Tensor, equal

from sim.link import Link
from sim.slot import Observation, Truth, join
from tests.sim.scenarios import scenario


def _tensors(half: Observation | Truth) -> dict[str, Tensor]:
    values = {field.name: getattr(half, field.name) for field in fields(half)}
    return {name: value for name, value in values.items() if isinstance(value, Tensor)}


def test_a_part_is_cut_from_every_array() -> None:
    slots = Link(scenario(), seed=1).slots(0, 5, snr_db=0.0)

    part = slots.part(start=1, stop=3)

    for whole, half in ((slots.observation, part.observation), (slots.truth, part.truth)):
        assert len(_tensors(whole)) in {4, 6}
        for name, array in _tensors(whole).items():
            assert equal(getattr(half, name), array[1:3]), name


def test_parts_join_to_the_whole() -> None:
    slots = Link(scenario(), seed=1).slots(0, 5, snr_db=0.0)
    seen, truth = slots.observation, slots.truth

    joined = join([seen.part(start=0, stop=2), seen.part(start=2, stop=5)])

    assert joined.grid == seen.grid
    assert all(equal(getattr(joined, name), array) for name, array in _tensors(seen).items())
    again = join([truth.part(start=0, stop=4), truth.part(start=4, stop=5)])
    assert all(equal(getattr(again, name), array) for name, array in _tensors(truth).items())
