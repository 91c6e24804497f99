# SPDX-License-Identifier: Apache-2.0
"""Runs one trial: blocks of slots through a detector until the stopping rule is content.

    Link -> batch of slots -> groups of 8 -> Detector -> LLRs -> Codec -> Counts

A receiver always sees groups of 8 slots that start at a multiple of 8. Batched arithmetic rounds
differently for different shapes; with one shape, batch size and worker count cannot change a bit.
"""

import hashlib
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import torch
from torch import Tensor

from host import merkle, provenance
from host.course import Course
from host.detector import Detector, open_detector
from host.executor import Progress, Watch
from host.expense import Expense
from host.record import Provenance, Record, Run
from host.stopping import StopReason
from host.tally import Counts, count, join, measurements
from host.trial import Trial
from sim.link import Link
from sim.slot import Slot

GROUP = 8
"""Slots that a receiver sees at a time."""

DEFAULT_BATCH = 64
"""Slots that are generated at a time; a matter of speed and memory, not of results."""


def measure(trial: Trial, watch: Watch, *, batch: int = DEFAULT_BATCH) -> Record:
    """Run one trial; this is the `Work` of the executors.

    Parameters
    ----------
    trial : Trial
    watch : callable
        Told the progress after each group of slots.
    batch : int
        Slots generated at a time, a multiple of 8.
    """
    torch.set_num_threads(1)
    started, clock_s = datetime.now(UTC), time.monotonic()
    with open_detector(trial) as detector, torch.no_grad():
        link = Link(trial.scenario, seed=trial.cell.seed)
        passage = _Passage(trial=trial, link=link, detector=detector, watch=watch)
        passage.run_block(batch)
        while (reason := passage.verdict(elapsed_s=time.monotonic() - clock_s)) is None:
            passage.run_block(batch)
        expense = detector.expense()
    run = Run(
        started=started.isoformat(timespec="milliseconds"),
        git_commit=provenance.git_commit(),
        wall_s=round(time.monotonic() - clock_s, 3),
        host=platform.node(),
        worker=os.getpid(),
        link=expense.link,
        learning=expense.learning_time,
    )
    return _record(passage, reason, expense=expense, run=run)


@dataclass(slots=True, kw_only=True)
class _Passage:
    """A trial on its way: what was counted so far, and one hash a block."""

    trial: Trial
    link: Link
    detector: Detector
    watch: Watch
    parts: list[Counts] = field(default_factory=list[Counts])
    leaves: list[bytes] = field(default_factory=list[bytes])

    def run_block(self, batch: int) -> None:
        """Run the slots up to the next decision."""
        first = self.num_slots
        digest = hashlib.sha256()
        for slot in self._groups(first, self.trial.cell.stop.block_after(first), batch):
            llr = self.detector.detect(slot)
            decoded = self.link.codec.decode(llr) if self.trial.cell.coded else None
            truth = slot.truth
            self.parts.append(
                count(coded_bits=truth.coded_bits, llr=llr, bits=truth.bits, decoded=decoded)
            )
            digest.update(_fingerprint(truth.coded_bits, llr))
            self.watch(self.progress())
        self.leaves.append(merkle.leaf(digest.digest()))

    def verdict(self, *, elapsed_s: float) -> StopReason | None:
        """Return why the trial is over, or None."""
        return self.trial.cell.stop.judge(
            num_slots=self.num_slots,
            bit_errors=self.bit_errors,
            block_errors=self.block_errors if self.trial.cell.coded else None,
            elapsed_s=elapsed_s,
        )

    def progress(self) -> Progress:
        """Return how far the trial has come."""
        coded, num_slots, first = self.trial.cell.coded, self.num_slots, self.parts[0]
        return Progress(
            trial_id=self.trial.trial_id,
            num_slots=num_slots,
            max_slots=self.trial.cell.stop.max_slots,
            ber=self.bit_errors / (num_slots * first.num_bits),
            bler=self.block_errors / (num_slots * first.num_blocks) if coded else None,
        )

    @property
    def num_slots(self) -> int:
        """Return the slots so far."""
        return sum(part.num_slots for part in self.parts)

    @property
    def bit_errors(self) -> int:
        """Return the wrong coded bits so far."""
        return sum(int(part.bit_errors.sum()) for part in self.parts)

    @property
    def block_errors(self) -> int:
        """Return the code words not decoded so far; 0 without a code."""
        counted = (part.block_errors for part in self.parts)
        return sum(int(errors.sum()) for errors in counted if errors is not None)

    def _groups(self, first: int, num_slots: int, batch: int) -> Iterator[Slot]:
        snr_db, end = self.trial.cell.snr_db, first + num_slots
        for start in range(first, end, batch):
            slots = self.link.slots(start, min(batch, end - start), snr_db=snr_db)
            for offset in range(0, slots.observation.num_slots, GROUP):
                yield slots.part(start=offset, stop=offset + GROUP)


def _fingerprint(coded_bits: Tensor, llr: Tensor) -> bytes:
    """Return what was sent and what was received, as bytes: bits packed, LLRs in little endian."""
    return np.packbits(coded_bits.numpy(), axis=-1).tobytes() + llr.numpy().astype("<f4").tobytes()


def _record(passage: _Passage, reason: StopReason, *, expense: Expense, run: Run) -> Record:
    trial, counts = passage.trial, join(passage.parts)
    figures = measurements(
        counts,
        slots_per_drop=trial.scenario.channel.slots_per_drop,
        num_bits_per_symbol=trial.scenario.link.num_bits_per_symbol,
        stopped_by=reason,
    )
    return Record(
        trial_id=trial.trial_id,
        cell=trial.cell,
        num_slots=passage.num_slots,
        stopped_by=reason,
        metrics={name: figures[name] for name in trial.cell.metrics if name in figures},
        course=_course(trial, counts),
        cost=expense.cost,
        hardware=expense.hardware,
        learning=expense.learning,
        provenance=Provenance(
            experiment=trial.experiment,
            experiment_hash=trial.experiment_hash,
            scenario_hash=trial.scenario_hash,
            code_version=trial.code_version,
            weights_hash=trial.weights_hash,
            versions=provenance.versions(),
            merkle_root=merkle.root(passage.leaves),
            num_blocks=len(passage.leaves),
        ),
        run=run,
    )


def _course(trial: Trial, counts: Counts) -> Course:
    return Course.packed(
        slots_per_drop=trial.scenario.channel.slots_per_drop,
        slots_per_block=trial.cell.stop.block_size,
        bits_per_slot=counts.num_bits,
        words_per_slot=counts.num_blocks,
        bit_errors=counts.bit_errors,
        wrong_words=counts.wrong_words,
    )
