# SPDX-License-Identifier: Apache-2.0
"""The integers of a step and of scores against sums done by hand."""

import numpy as np
import pytest

from snn.errors import IntegerError
from snn.integer import reference
from snn.integer.network import STATE_LIMIT, IntegerLayer, IntegerReadout
from tests.snn.integer.spiking_cases import Case, drawn, events


def _neuron(
    *,
    leak: int = -4096,
    gain: int = 1 << 20,
    bias: int = 0,
    reset: int = -(1 << 20),
    threshold: int = 3 << 20,
    weights: tuple[int, ...] = (1, 2),
    recurrent: int | None = None,
) -> IntegerLayer:
    """Return one neuron of one state, which leaks half of it in a step."""
    shape = (1, 1)
    return IntegerLayer(
        weight_bits=8,
        weights=np.array(weights, np.int8)[:, None],
        recurrent=None if recurrent is None else np.full(shape, recurrent, np.int8),
        weights_shift=0,
        recurrent_shift=1,
        leak=np.full((1, 1, 1), leak, np.int16),
        leak_shift=0,
        gain=np.full(shape, gain, np.int32),
        bias=np.full(shape, bias, np.int32),
        reset=np.full(shape, reset, np.int32),
        threshold=threshold,
        sum_limit=511,
        state_bits=(7,),
    )


def _stepped(
    layer: IntegerLayer, z: int, sum_: int, *, fired: bool = False
) -> tuple[int, bool, int]:
    after, spikes, clipped = reference.step(
        layer, np.array([[[z]]]), np.array([[fired]]), np.array([[sum_]])
    )
    return int(after[0, 0, 0]), bool(spikes[0, 0]), int(clipped[0])


def test_a_step_leaks_what_products_see_and_carries_the_rest() -> None:
    z = (5 << 13) + 8191  # 5, and all the bits that no product sees

    after, has_fired, clipped = _stepped(_neuron(), z, 0)

    assert after == z - 5 * 4096
    assert (has_fired, clipped) == (False, 0)


def test_products_are_rounded_down() -> None:
    layer = _neuron(leak=-1)

    after, _, _ = _stepped(layer, -1, 0)

    assert after == -1 + 1  # floor(-1 / 2^13) = -1, times -1


def test_a_leak_of_far_less_than_a_unit_a_step_empties_a_state() -> None:
    """One in 4096: a state of 16 bits alone would stay where it is, at 2048 and below."""
    layer = _neuron(leak=-2)
    z, _, _ = _stepped(layer, 1000 << 13, 0)

    for _ in range(20 * 4096):
        z, _, _ = _stepped(layer, z, 0)

    assert z >> 13 <= 1


def test_an_event_adds_its_weight_times_the_gain() -> None:
    after, has_fired, _ = _stepped(_neuron(), 0, 3)

    assert after == 3 << 20
    assert not has_fired  # at the threshold is not above it


def test_a_neuron_above_its_threshold_fires_and_is_reset_a_step_later() -> None:
    above, has_fired, _ = _stepped(_neuron(), 0, 4)
    after, _, _ = _stepped(_neuron(), above, 0, fired=has_fired)

    assert has_fired
    assert after == above - above // 2 - (1 << 20)


def test_a_sum_and_a_state_beyond_their_limits_are_clipped_and_counted() -> None:
    after, has_fired, clipped = _stepped(_neuron(), STATE_LIMIT - 1, 600)

    assert after == STATE_LIMIT - 1
    assert has_fired
    assert clipped == 2


def test_recurrent_weights_arrive_a_step_later_and_shifted() -> None:
    layer = _neuron(weights=(4,), leak=0, reset=0, threshold=3 << 20, recurrent=-2)
    came = np.array([1, 0, 0], np.int64)[:, None, None]

    spikes, tally = reference.run_layer(layer, came)

    assert spikes[:, 0, 0].tolist() == [1, 0, 0]  # 4, then 4 - 2 * 2 = 0
    assert (int(tally.events[0]), int(tally.spikes[0])) == (2, 1)


def test_scores_are_weights_of_spikes_and_a_bias_for_every_step() -> None:
    readout = IntegerReadout(
        weights=np.array([[3, -3]], np.int8), bias=np.array([128, -1], np.int32), scale=1.0
    )
    spikes = np.array([1, 0, 1], np.int64)[:, None, None]

    assert reference.scores(readout, spikes).tolist() == [[2 * 3 + 1, 2 * -3 - 1]]


def test_scores_stop_at_the_limits_of_int32() -> None:
    readout = IntegerReadout(
        weights=np.array([[0]], np.int8), bias=np.array([(1 << 31) - 1], np.int32), scale=1.0
    )

    scores = reference.scores(readout, np.zeros((1000, 1, 1), np.int64))

    assert scores.tolist() == [[(1 << 31) - 1]]


def test_the_longest_window_cannot_overflow_the_sums() -> None:
    for num_neurons in (1, 128, 1000, 30_000):
        readout = IntegerReadout(
            weights=np.zeros((num_neurons, 2), np.int8), bias=np.zeros(2, np.int32), scale=1.0
        )

        assert readout.max_steps * num_neurons * 128 < 1 << 31


def test_tallies_count_events_and_spikes() -> None:
    case = Case(name="")
    counts = events(case)

    outcome = reference.run(drawn(case), counts)

    first, second, readout = outcome.tallies
    np.testing.assert_array_equal(first.events, counts.sum(axis=(0, 2)))
    np.testing.assert_array_equal(second.events, first.spikes)
    np.testing.assert_array_equal(readout.events, second.spikes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"leak": 3 * 8192 + 1}, "leaks too much"),
        ({"gain": 1 << 21}, "driven too hard"),
        ({"reset": -(1 << 28), "bias": 1}, "bias and a reset"),
    ],
    ids=["leak", "gain", "reset"],
)
def test_what_could_overflow_is_refused(change: dict[str, int], words: str) -> None:
    with pytest.raises(IntegerError, match=words):
        _neuron(**change)  # type: ignore[arg-type]  # all of them are integers
