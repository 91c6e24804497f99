# SPDX-License-Identifier: Apache-2.0
"""What went wrong in every block of slots, and how far blocks and slots are independent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from host.course import Course
from host.experiment import Metric
from host.record import Record

PlaceKey = tuple[str, str, float]
"""Receiver, device and SNR [dB]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """Sums over the independent clusters of events inside each block, e wrong out of n.

    Parameters
    ----------
    number, ee, en, nn : int64 [num_seeds, num_blocks]
        How many clusters, and the sums of e * e, e * n and n * n over them.
    """

    number: NDArray[np.int64]
    ee: NDArray[np.int64]
    en: NDArray[np.int64]
    nn: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCounts:
    """One error rate of one receiver, block by block and seed by seed.

    Parameters
    ----------
    errors, events : int64 [num_seeds, num_blocks]
        Zero where a trial ended earlier than the others.
    clusters : Clusters or None
        None where a drop is longer than a block: blocks of a seed are then no independent ones.
    """

    errors: NDArray[np.int64]
    events: NDArray[np.int64]
    clusters: Clusters | None

    @property
    def num_blocks(self) -> int:
        """Return the blocks of the longest trial."""
        return int(self.errors.shape[1])

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put seeds together."""
        longest = max(part.num_blocks for part in parts)
        clusters = [part.clusters for part in parts if part.clusters is not None]
        return cls(
            errors=_padded([part.errors for part in parts], longest),
            events=_padded([part.events for part in parts], longest),
            clusters=Clusters(
                number=_padded([c.number for c in clusters], longest),
                ee=_padded([c.ee for c in clusters], longest),
                en=_padded([c.en for c in clusters], longest),
                nn=_padded([c.nn for c in clusters], longest),
            )
            if len(clusters) == len(parts)
            else None,
        )


def block_counts(
    records: Sequence[Record], metric: Metric, *, slots_per_block: int
) -> Mapping[PlaceKey, BlockCounts]:
    """Return the counts of every receiver, device and SNR, the seeds in order.

    Records without a course, or with blocks of another size, are left out; so are those without
    code words where these are asked for.
    """
    found: dict[PlaceKey, list[BlockCounts]] = {}
    for record in sorted(records, key=lambda r: r.cell.seed):
        counted = of_record(record, metric, slots_per_block=slots_per_block)
        if counted is not None:
            key = (record.cell.receiver, record.cell.device, record.cell.snr_db)
            found.setdefault(key, []).append(counted)
    order = [(r.cell.receiver, r.cell.device, r.cell.snr_db) for r in records]
    return {key: BlockCounts.joined(found[key]) for key in dict.fromkeys(order) if key in found}


def of_record(record: Record, metric: Metric, *, slots_per_block: int) -> BlockCounts | None:
    """Return the counts of one trial; None where it did not keep them."""
    course, num_slots = record.course, record.num_slots
    if course is None or course.slots_per_block != slots_per_block:
        return None
    lengths = course.block_lengths(num_slots)
    if metric is Metric.BER:
        bits = course.bits_per_slot * lengths
        return _counts(course, np.array(course.bit_errors), bits, clusters_of=None)
    wrong = course.block_errors(num_slots)
    if wrong is None:
        return None
    starts = np.arange(0, num_slots, slots_per_block)
    errors = np.add.reduceat(wrong, starts)
    return _counts(course, errors, course.words_per_slot * lengths, clusters_of=wrong)


def _counts(
    course: Course,
    errors: NDArray[np.int64],
    events: NDArray[np.int64],
    *,
    clusters_of: NDArray[np.int64] | None,
) -> BlockCounts:
    drop, block = course.slots_per_drop, course.slots_per_block
    if drop == 0 or block % drop:
        return BlockCounts(errors=errors[None], events=events[None], clusters=None)
    if clusters_of is None:
        ones = np.ones_like(errors)
        found = [ones, errors * errors, errors * events, events * events]
    else:
        e = np.add.reduceat(clusters_of, np.arange(0, len(clusters_of), drop))
        slots = np.minimum(drop, len(clusters_of) - drop * np.arange(len(e)))
        n = course.words_per_slot * slots
        starts = np.arange(0, len(e), block // drop)
        found = [np.add.reduceat(x, starts) for x in (np.ones_like(e), e * e, e * n, n * n)]
    number, ee, en, nn = (x[None] for x in found)
    clusters = Clusters(number=number, ee=ee, en=en, nn=nn)
    return BlockCounts(errors=errors[None], events=events[None], clusters=clusters)


def _padded(parts: Sequence[NDArray[np.int64]], num_blocks: int) -> NDArray[np.int64]:
    return np.concatenate([np.pad(p, ((0, 0), (0, num_blocks - p.shape[1]))) for p in parts])
