# SPDX-License-Identifier: Apache-2.0
"""Which recordings a network is quantized with, which a board is shown, and what is refused."""

import numpy as np
import pytest

from host.spiking.devices import NUM_CALIBRATED
from host.spiking.preparing import divided, drawn, prepare
from snn.errors import DataError, SpikingError
from snn.evaluation import evaluate
from snn.events.binning import counts
from snn.events.event_set import EventSet
from snn.integer.quantizing import quantize
from tests.host.spiking.small_network import DT_US, small_network
from tests.snn.recordings import sweeps


def names(events: EventSet) -> set[bytes]:
    """Return what tells recordings apart."""
    return {one.times_us.tobytes() for one in events}


def test_recordings_are_drawn_from_both_splits_and_always_the_same() -> None:
    training, test = sweeps(300, seed=1), sweeps(40, seed=2)

    parts, again = (drawn(training, test, num_shown=7) for _ in range(2))

    assert len(parts.quantized_with) == NUM_CALIBRATED
    assert len(parts.shown) == 7
    assert names(parts.quantized_with) < names(training)
    assert names(parts.shown) < names(test)
    assert parts.shown.digest() == again.shown.digest()
    assert set(parts.shown.labels) == {0, 1}


def test_more_recordings_hold_the_fewer_ones() -> None:
    events = sweeps(40, seed=2)

    few, many = (drawn(events, events, num_shown=n).shown for n in (5, 12))

    assert names(few) < names(many)


def test_all_recordings_are_shown_where_there_are_no_more() -> None:
    assert len(drawn(sweeps(9, seed=1), sweeps(4, seed=2), num_shown=20).shown) == 4


def test_one_set_is_divided_into_what_is_shown_and_what_is_not() -> None:
    events = sweeps(10, seed=1)

    parts = divided(events, num_shown=3)

    assert (len(parts.shown), len(parts.quantized_with)) == (3, 7)
    assert names(parts.shown) | names(parts.quantized_with) == names(events)


def test_half_of_one_set_is_shown_at_most() -> None:
    parts = divided(sweeps(10, seed=1), num_shown=20)

    assert (len(parts.shown), len(parts.quantized_with)) == (5, 5)


def test_sets_that_are_too_small_are_refused_in_words() -> None:
    with pytest.raises(DataError, match=r"sweeps holds 1 recordings: .* Name a set of two or more"):
        divided(sweeps(1, seed=1), num_shown=1)
    with pytest.raises(DataError, match="sweeps: there are no recordings in it"):
        drawn(sweeps(3, seed=1), sweeps(3, seed=1).chosen([]), num_shown=1)


def test_the_network_is_quantized_with_one_part_and_judged_by_the_other() -> None:
    network, parts = small_network(), divided(sweeps(10, seed=1), num_shown=4)

    prepared = prepare(network, parts, weight_bits=4, name="mine")

    expected = quantize(network, counts(parts.quantized_with, dt_us=DT_US), weight_bits=4)
    assert prepared.image.name == "mine"
    assert prepared.integers.max_events == expected.max_events
    for found, wanted in zip(prepared.integers.layers, expected.layers, strict=True):
        np.testing.assert_array_equal(found.weights, wanted.weights)
        np.testing.assert_array_equal(found.gain, wanted.gain)
    np.testing.assert_array_equal(prepared.counts, counts(parts.shown, dt_us=DT_US))
    np.testing.assert_array_equal(
        prepared.by_float.predicted, evaluate(network, parts.shown).predicted
    )
    assert prepared.duration_us == 100_000


@pytest.mark.parametrize(
    ("num_inputs", "num_classes", "words"),
    [
        (11, 2, "sweeps has 12 channels, and the network takes 11"),
        (12, 1, "sweeps has 2 classes, and the network tells 1 apart"),
    ],
)
def test_recordings_of_another_kind_are_refused_in_words(
    num_inputs: int, num_classes: int, words: str
) -> None:
    network = small_network(num_inputs=num_inputs, num_classes=num_classes)

    with pytest.raises(SpikingError, match=words):
        prepare(network, divided(sweeps(4, seed=1), num_shown=2), weight_bits=8, name="mine")
