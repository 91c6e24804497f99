# SPDX-License-Identifier: Apache-2.0
"""Trials over a real link: equal for every batch size, and true to the counts."""

from functools import partial
from pathlib import Path

import pytest

from host.catalog import Catalog
from host.executor import Executor, InProcess, Progress
from host.experiment import Experiment, Metric
from host.measurement import measure
from host.record import Record
from host.stopping import StoppingRule, StopReason
from host.trial import Trial, expand

RECEIVERS = ("ls-linear", "lmmse", "perfect-csi")
CATALOG = Catalog(receivers=RECEIVERS, networks={}, boards={})


def trials(**changes: object) -> tuple[Trial, ...]:
    content: dict[str, object] = {
        "name": "small",
        "scenarios": ("urban-slow",),
        "receivers": RECEIVERS,
        "snr": (0.0, 2.5),
        "stop": StoppingRule(min_slots=20, max_slots=76, block_size=32),
    }
    experiment = Experiment.model_validate(content | changes)
    return expand(experiment, file=Path("small.toml"), catalog=CATALOG)


def ignore(_progress: Progress) -> None:
    pass


def contents(executor: Executor[Trial, Record], todo: tuple[Trial, ...]) -> dict[str, object]:
    outcomes = executor.submit(todo, watch=ignore)
    return {r.trial_id: r.without_run() for r in outcomes if isinstance(r, Record)}


@pytest.fixture(scope="module")
def reference() -> dict[str, object]:
    return contents(InProcess(partial(measure, batch=64)), trials())


def test_small_batches_make_the_records_of_large_ones(reference: dict[str, object]) -> None:
    assert contents(InProcess(partial(measure, batch=8)), trials()) == reference


def test_the_stopping_rule_decides_between_blocks_only() -> None:
    todo = trials(snr=(-5.0,), receivers=("ls-linear",))[0]
    seen: list[Progress] = []

    record = measure(todo, seen.append)

    assert record.num_slots == 76  # three blocks of 32, the last one cut
    assert record.course is not None
    assert len(record.course.bit_errors) == 3
    assert record.stopped_by is StopReason.SLOTS
    assert record.provenance.num_blocks == 3
    assert [progress.num_done for progress in seen][:4] == [8, 16, 24, 32]


def test_enough_errors_end_a_trial_after_their_block() -> None:
    stop = StoppingRule(min_slots=8, max_slots=640, block_size=16, target_block_errors=3)

    record = measure(trials(snr=(-8.0,), receivers=("ls-linear",), stop=stop)[0], ignore)

    assert (record.num_slots, record.stopped_by) == (16, StopReason.ERRORS)
    assert record.metrics[Metric.BLER].errors == 16


def test_a_time_limit_marks_its_record() -> None:
    stop = StoppingRule(max_time_s=1e-6, max_slots=640, block_size=16, target_block_errors=None)

    record = measure(trials(snr=(3.0,), receivers=("ls-linear",), stop=stop)[0], ignore)

    assert (record.num_slots, record.stopped_by) == (16, StopReason.TIME)


def test_without_a_code_nothing_is_decoded() -> None:
    todo = trials(coded=False, snr=(3.0,), receivers=("perfect-csi",))[0]

    record = measure(todo, ignore)

    assert set(record.metrics) == {Metric.BER, Metric.RATE}


def test_the_course_adds_up_to_what_was_counted(reference: dict[str, object]) -> None:
    for record in map(_typed, reference.values()):
        assert record.course is not None
        words = record.course.block_errors(record.num_slots)
        assert words is not None
        assert len(words) == record.num_slots
        assert words.sum() == record.metrics[Metric.BLER].errors
        assert sum(record.course.bit_errors) == record.metrics[Metric.BER].errors
        bits = record.course.block_lengths(record.num_slots).sum() * record.course.bits_per_slot
        assert bits == record.metrics[Metric.BER].n


def test_receivers_are_judged_on_the_same_slots(reference: dict[str, object]) -> None:
    """The order of the three is known: perfect CSI, then LMMSE, then least squares."""
    records = [r for r in map(_typed, reference.values()) if r.cell.snr_db == 0.0]

    ber = {r.cell.receiver: r.metrics[Metric.BER].value for r in records}

    assert ber["perfect-csi"] < ber["lmmse"] < ber["ls-linear"]


def _typed(content: object) -> Record:
    run = {"started": "", "wall_s": 0.0, "host": "", "worker": 0}
    assert isinstance(content, dict)
    return Record.model_validate(content | {"run": run})
