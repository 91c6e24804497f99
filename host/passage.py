# SPDX-License-Identifier: Apache-2.0
"""A trial on its way: slots through a detector block by block, and what was counted so far.

    Link -> batch of slots -> groups of 8 -> Detector -> LLRs -> Codec -> Counts

A receiver always sees groups of 8 slots that start at a multiple of 8. Batched arithmetic rounds
differently for different shapes; with one shape, batch size and worker count cannot change a bit.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from host import merkle
from host.detector import Detector
from host.executor import Progress, Watch
from host.stopping import StopReason
from host.tally import Counts, count, join
from host.trial import Trial
from receivers.state import State, fields_of
from sim.link import Link
from sim.slot import Slot

GROUP = 8
"""Slots that a receiver sees at a time."""

_LEAF_BYTES = 32


@dataclass(slots=True, kw_only=True)
class Passage:
    """A trial between its first slot and its verdict.

    Parameters
    ----------
    trial : Trial
    link : Link
    detector : Detector
    watch : callable
        Told the progress after each group of slots.
    """

    trial: Trial
    link: Link
    detector: Detector
    watch: Watch
    num_slots: int = field(default=0, init=False)
    bit_errors: int = field(default=0, init=False)
    block_errors: int = field(default=0, init=False)
    leaves: list[bytes] = field(default_factory=list[bytes], init=False)
    _parts: list[Counts] = field(default_factory=list[Counts], init=False)

    def run_block(self, batch: int) -> None:
        """Run the slots up to the next decision; `batch` of them are generated at a time."""
        first = self.num_slots
        digest = hashlib.sha256()
        for slot in self._groups(first, self.trial.cell.stop.block_after(first), batch):
            llr = self.detector.detect(slot)
            decoded = self.link.codec.decode(llr) if self.trial.cell.coded else None
            truth = slot.truth
            self._add(count(coded_bits=truth.coded_bits, llr=llr, bits=truth.bits, decoded=decoded))
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

    def progress(self, *, remark: str | None = None) -> Progress:
        """Return how far the trial has come."""
        return Progress(
            trial_id=self.trial.trial_id,
            num_done=self.num_slots,
            num_in_all=self.trial.cell.stop.max_slots,
            standing=self._rate(),
            remark=remark,
        )

    def _rate(self) -> str:
        """Return the error rate so far, of blocks where they are decoded."""
        num_slots, first = self.num_slots, self._parts[0]
        if self.trial.cell.coded:
            return f"BLER {self.block_errors / (num_slots * first.num_blocks):.2g}"
        return f"BER {self.bit_errors / (num_slots * first.num_bits):.2g}"

    def counts(self) -> Counts:
        """Return what was counted so far, as one run of slots."""
        self._parts = [join(self._parts)]
        return self._parts[0]

    def state(self) -> State:
        """Return what was counted, and the detector's state; at the end of a block only."""
        return {
            "counts": fields_of(self.counts()),
            "leaves": b"".join(self.leaves),
            "detector": self.detector.state(),
        }

    def restore(self, state: State) -> None:
        """Go on where another passage of the same trial was."""
        self.detector.restore(state["detector"])
        counted = {name: _array(value) for name, value in state["counts"].items()}
        self._add(Counts(**counted))
        leaves = state["leaves"]
        self.leaves = [leaves[i : i + _LEAF_BYTES] for i in range(0, len(leaves), _LEAF_BYTES)]

    def _add(self, part: Counts) -> None:
        self._parts.append(part)
        self.num_slots += part.num_slots
        self.bit_errors += int(part.bit_errors.sum())
        self.block_errors += 0 if part.block_errors is None else int(part.block_errors.sum())

    def _groups(self, first: int, num_slots: int, batch: int) -> Iterator[Slot]:
        snr_db, end = self.trial.cell.snr_db, first + num_slots
        for start in range(first, end, batch):
            slots = self.link.slots(start, min(batch, end - start), snr_db=snr_db)
            for offset in range(0, slots.observation.num_slots, GROUP):
                yield slots.part(start=offset, stop=offset + GROUP)


def _fingerprint(coded_bits: Tensor, llr: Tensor) -> bytes:
    """Return what was sent and what was received, as bytes: bits packed, LLRs in little endian."""
    return np.packbits(coded_bits.numpy(), axis=-1).tobytes() + llr.numpy().astype("<f4").tobytes()


def _array(value: Any) -> Any:  # noqa: ANN401  # `Counts` knows
    return value.numpy() if isinstance(value, torch.Tensor) else value
