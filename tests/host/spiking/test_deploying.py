# SPDX-License-Identifier: Apache-2.0
"""Spiking networks on boards: board, twin and NumPy tell the same, and figures add up."""

from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from boards import cost as cost_model
from boards.board import Board
from host.elsewhere import on_each
from host.launcher import open_device
from host.spiking.deploying import elsewhere, spiking_record
from host.spiking.deployment_record import Origin, SpikingDeploymentRecord
from host.spiking.preparing import Parts, Prepared, divided, prepare
from host.spiking.showing import Showing, show
from host.windows import TwinWindows, WindowRun, mean_known
from snn.errors import SpikingError
from snn.integer import reference
from snn.integer.network import WeightBits
from tests.host.built_firmware import built
from tests.host.spiking.small_network import small_network
from tests.snn.recordings import sweeps

ORIGIN = Origin(file="mine.snn.npz", sha256="a" * 64, mappings=())


def prepared(*, bits: WeightBits = 8, is_recurrent: bool = False, num_shown: int = 5) -> Prepared:
    parts = divided(sweeps(16, seed=1), num_shown=num_shown)
    network = small_network(is_recurrent=is_recurrent)
    return prepare(network, parts, weight_bits=bits, name="mine")


def shown_on(board: Board, what: Prepared, **options: Any) -> Showing:
    with open_device(board, timeout_s=60.0) as device:
        return show(board, device, what, **options)


def record_of(board: Board, what: Prepared, showing: Showing) -> SpikingDeploymentRecord:
    return spiking_record(board, what, showing, origin=ORIGIN, splits=(None, None))


@pytest.mark.parametrize("is_recurrent", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("bits", [8, 4])
def test_board_twin_and_numpy_tell_the_same(
    native: Board, bits: WeightBits, *, is_recurrent: bool
) -> None:
    what = prepared(bits=bits, is_recurrent=is_recurrent)
    expected = reference.run(what.integers, what.counts)

    showing = shown_on(native, what)

    assert [one.num_unequal for one in showing.shown] == [0] * 5
    assert sum(one.run.synops for one in showing.shown) > 0
    for i, one in enumerate(showing.shown):
        np.testing.assert_array_equal(one.run.scores, expected.scores[i])
        assert one.num_values == 2 + 3 * 3
        assert [(use.events, use.spikes, use.saturations) for use in one.run.layers] == [
            (int(tally.events[i]), int(tally.spikes[i]), int(tally.saturations[i]))
            for tally in expected.tallies
        ]


@pytest.mark.parametrize("what", ["score", "tally"])
def test_a_score_or_a_tally_that_is_not_the_twins_is_counted(
    native: Board, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    run, calls = TwinWindows.run, 0

    def another(twin: TwinWindows, counts: np.ndarray[Any, Any]) -> WindowRun:
        nonlocal calls
        calls += 1
        found = run(twin, counts)
        if calls != 2:
            return found
        if what == "score":
            return replace(found, scores=found.scores + np.array([0, 1], np.int32))
        first = replace(found.layers[0], saturations=found.layers[0].saturations + 1)
        return replace(found, layers=(first, *found.layers[1:]))

    monkeypatch.setattr(TwinWindows, "run", another)
    prepared_one = prepared()

    showing = shown_on(native, prepared_one)

    assert [one.num_unequal for one in showing.shown] == [0, 1, 0, 0, 0]
    record = record_of(native, prepared_one, showing)
    assert record.num_unequal == 1
    assert record.hardware.agreement is not None
    assert record.hardware.agreement.num_unequal == 1


def test_the_record_tells_means_of_the_recordings_and_who_was_right(native: Board) -> None:
    what = prepared()
    outcome = reference.run(what.integers, what.counts)
    parts, names = what.parts, what.parts.shown.class_names

    record = record_of(native, what, shown_on(native, what, profile=True))

    assert (record.dt_us, record.duration_us, record.weight_bits) == (4000, 100_000, 8)
    assert record.data.quantized_with.digest == parts.quantized_with.digest()
    assert record.data.shown.num_recordings == 5
    assert [one.told for one in record.recordings] == [
        names[k] for k in outcome.scores.argmax(axis=1)
    ]
    assert [one.told_by_float for one in record.recordings] == [
        names[k] for k in what.by_float.predicted
    ]
    assert [one.label for one in record.recordings] == [names[k] for k in parts.shown.labels]
    assert [one.events for one in record.recordings] == what.counts.sum(axis=(0, 2)).tolist()
    first, second, readout = record.layers
    assert (first.num_inputs, first.num_outputs, readout.name) == (12, 9, "read-out")
    assert first.events == fmean(outcome.tallies[0].events)
    assert second.spikes > 0.0
    assert second.synops == pytest.approx(7 * fmean(outcome.tallies[1].events))
    assert record.cost.synops == pytest.approx(sum(one.synops for one in record.layers))
    assert record.arena.image_bytes == len(what.image.data)
    # A process counts no instructions, and is no chip.
    assert first.instructions is None
    assert (record.cost.instructions, record.cost.latency, record.cost.energy) == (None, None, {})
    assert record.cost.real_time_factor(record.duration_us) is None
    assert SpikingDeploymentRecord.model_validate_json(record.model_dump_json()) == record


def test_recordings_without_a_class_are_shown_and_not_counted_right(native: Board) -> None:
    parts = divided(sweeps(16, seed=1), num_shown=5)
    nobody = replace(parts.shown, labels=np.full(5, -1, np.int32))
    parts = Parts(quantized_with=parts.quantized_with, shown=nobody)
    what = prepare(small_network(), parts, weight_bits=8, name="mine")

    record = record_of(native, what, shown_on(native, what))

    assert [one.label for one in record.recordings] == [None] * 5
    assert record.labelled == ()


def test_classes_without_a_name_are_told_by_number(native: Board) -> None:
    parts = divided(sweeps(16, seed=1), num_shown=5)
    what = prepare(small_network(num_classes=9), parts, weight_bits=8, name="mine")

    record = record_of(native, what, shown_on(native, what))

    told = {one.told for one in record.recordings}
    assert told <= {"up", "down", *(f"class {i}" for i in range(2, 9))}
    assert any(name.startswith("class ") for name in told)


def test_progress_is_told_recording_by_recording(native: Board) -> None:
    told: list[tuple[int, int]] = []

    shown_on(native, prepared(num_shown=3), on_progress=lambda n, of: told.append((n, of)))

    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_recording_that_is_busier_than_those_quantized_with_is_refused(native: Board) -> None:
    what = prepared()
    louder = replace(what, counts=np.full_like(what.counts, 200))

    with pytest.raises(SpikingError, match="events, the image has room for"):
        shown_on(native, louder)


def test_a_mean_is_known_where_all_of_it_is() -> None:
    assert mean_known([1, 2, 6]) == 3.0
    assert mean_known([1, None]) is None
    assert mean_known([]) is None


def test_work_that_cannot_be_done_on_a_board_tells_why_and_the_others_go_on(
    native: Board,
) -> None:
    what = prepared()
    memory = native.memory.model_copy(update={"image_slot_bytes": 64})
    small = native.model_copy(update={"memory": memory})

    one, other = on_each((small, native), what.image, lambda board, _: board.name)
    tight, roomy = elsewhere((small, native), what)

    assert (one.found, other.found) == (None, "native")
    assert one.problem is not None
    assert one.problem == tight.problem
    assert one.problem.startswith("the network is too large for native: its image takes ")
    assert (tight.cost, tight.num_unequal) == (None, None)
    assert (roomy.problem, roomy.num_unequal) == (None, 0)


@pytest.mark.qemu
@pytest.mark.parametrize("name", ["mps2-an386", "microbit"])
def test_an_emulated_board_tells_what_layers_and_recordings_take(name: str) -> None:
    board, what = built(name), prepared(bits=4)
    expected = reference.run(what.integers, what.counts)

    showing = shown_on(board, what, profile=True)
    record = record_of(board, what, showing)

    for i, one in enumerate(showing.shown):
        assert one.num_unequal == 0
        np.testing.assert_array_equal(one.run.scores, expected.scores[i])
    counted = [one.instructions for one in record.recordings if one.instructions is not None]
    layers = [one.instructions for one in record.layers if one.instructions is not None]
    assert (len(counted), len(layers)) == (5, 3)
    assert record.cost.instructions == fmean(counted)
    assert record.cost.most_instructions == max(counted)
    assert record.cost.instructions_per_synop == fmean(counted) / record.cost.synops
    assert 0.5 < sum(layers) / fmean(counted) < 1.0
    assert min(layers) > 0.0


@pytest.mark.qemu
def test_time_and_energy_are_modelled_for_the_chip_that_a_board_stands_for() -> None:
    board, what = built("mps2-an386"), prepared(num_shown=2)

    cost = shown_on(board, what).cost

    assert cost.instructions is not None
    latency = cost_model.latency_of(board, round(cost.instructions))
    energy = cost_model.energy_of(board, round(cost.instructions))
    factor = cost.real_time_factor(what.duration_us)
    assert latency is not None
    assert energy is not None
    assert factor is not None
    assert cost.latency is not None
    assert cost.latency.value == latency.value
    assert energy.value in [one.value for one in cost.energy.values()]
    assert (factor.value, factor.low, factor.high) == pytest.approx(
        (latency.value / 0.1, latency.low / 0.1, latency.high / 0.1)
    )


@pytest.mark.qemu
def test_a_board_that_stands_for_no_chip_models_nothing() -> None:
    cost = shown_on(built("microbit"), prepared(num_shown=2)).cost

    assert cost.instructions is not None
    assert (cost.latency, cost.energy) == (None, {})
