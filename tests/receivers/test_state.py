# SPDX-License-Identifier: Apache-2.0
"""What remembers: everything is kept, nothing is shared, and what cannot be kept says so."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from channels.randomness import generator
from receivers.state import Kept, State, copied, fields_of


class Inner(Kept):
    def __init__(self) -> None:
        self.count = 0


@dataclass(slots=True)
class Slotted(Kept):
    values: list[float] = field(default_factory=list[float])
    best: float | None = None


class Outer(Kept):
    fixed = ("settings",)

    def __init__(self) -> None:
        self.settings = object()
        self.network = nn.Linear(2, 2)
        self.rng = generator(seed=1, stream="test", index=0)
        self.inner, self.slotted = Inner(), Slotted()
        self.mean: Tensor | None = None
        self.name = "begin"


def changed() -> Outer:
    outer = Outer()
    outer.rng.random(5)
    outer.rng.integers(3)  # leaves half a word behind
    outer.inner.count, outer.name = 7, "end"
    outer.slotted.values, outer.slotted.best = [1.0, 2.5], 2.5
    outer.mean = torch.ones(3)
    nn.init.constant_(outer.network.weight, 4.0)
    return outer


def test_a_restored_object_goes_on_as_the_first_one_does() -> None:
    first, second = changed(), Outer()
    settings = second.settings

    second.restore(first.state())

    assert np.array_equal(first.rng.random(9), second.rng.random(9))
    assert (second.inner.count, second.name) == (7, "end")
    assert second.slotted == first.slotted
    assert second.mean is not None
    assert torch.equal(second.mean, torch.ones(3))
    assert torch.equal(second.network.weight, first.network.weight)
    assert second.settings is settings


def test_a_state_shares_no_memory_with_its_object() -> None:
    outer = changed()

    state = outer.state()
    assert outer.mean is not None
    outer.mean.zero_()
    outer.slotted.values.append(9.0)
    nn.init.zeros_(outer.network.weight)
    outer.rng.random(100)

    again = changed()
    assert torch.equal(state["mean"], torch.ones(3))
    assert state["slotted"]["values"] == [1.0, 2.5]
    assert torch.equal(state["network"]["weight"], again.network.weight)
    assert state["rng"] == again.state()["rng"]


def test_two_objects_restored_from_one_state_share_nothing() -> None:
    state, one, other = changed().state(), Outer(), Outer()
    one.restore(state)
    other.restore(state)

    assert one.mean is not None
    one.mean.zero_()
    one.slotted.values.append(9.0)

    assert other.mean is not None
    assert torch.equal(other.mean, torch.ones(3))
    assert other.slotted.values == [1.0, 2.5]


def test_whoever_shares_a_generator_sees_it_restored() -> None:
    outer = Outer()
    shared = outer.rng

    outer.restore(changed().state())

    assert outer.rng is shared


def test_a_member_that_cannot_be_kept_is_an_error_and_no_gap() -> None:
    outer = Outer()
    outer.name = object()  # type: ignore[assignment]  # what a careless author might do

    with pytest.raises(TypeError, match="object cannot be kept"):
        outer.state()


@pytest.mark.parametrize("change", [{"more": 1}, {"inner": None}], ids=["more", "fewer"])
def test_the_state_of_another_form_is_refused(change: State) -> None:
    state = {**changed().state(), **change}
    state = {name: value for name, value in state.items() if value is not None}

    with pytest.raises(ValueError, match="Outer keeps"):
        Outer().restore(state)


def test_fields_are_plain_down_to_the_last() -> None:
    @dataclass(frozen=True)
    class Point:
        x: object

    arrays = fields_of(Point(Point(np.arange(3, dtype=np.int16))))

    assert torch.equal(arrays["x"]["x"], torch.arange(3, dtype=torch.int16))
    with pytest.raises(TypeError, match="int is no dataclass"):
        fields_of(3)


def test_a_copy_keeps_the_strides_that_arithmetic_depends_on() -> None:
    weights = torch.zeros(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)

    assert copied(weights).stride() == weights.stride()
