# SPDX-License-Identifier: Apache-2.0
"""Figures of blocks put together: error rates, cross-entropies, the gap between data and pilots.

Symbols of one element depend on each other and elements of one block share a channel, so beside the
binomial interval stands one between clusters of blocks; see `host.tally` for its definition.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from host.detection.record import BlockResult, Counted, Figures, Mean, Rate
from host.tally import effective_number, half_width, interval
from sim.estimate import ErrorRate

Part = Callable[[BlockResult], Counted | None]


def of_data(block: BlockResult) -> Counted:
    """Return what was counted on the data of a block."""
    return block.data


def of_pilots(block: BlockResult) -> Counted | None:
    """Return what was counted on the pilots of a block."""
    return block.pilots


def figures(blocks: Sequence[BlockResult], part: Part) -> Figures | None:
    """Return the figures of one part of all blocks; None where it is missing."""
    counts = _counts(blocks, part)
    if counts is None:
        return None
    symbols, bits = clustered(blocks, counts, "num_symbols"), clustered(blocks, counts, "num_bits")
    return Figures(
        ser=_rate(clustered(blocks, counts, "symbol_errors"), symbols),
        ber=_rate(clustered(blocks, counts, "bit_errors"), bits),
        cross_entropy=_mean(clustered(blocks, counts, "lost"), symbols),
    )


def gap(blocks: Sequence[BlockResult]) -> Mean | None:
    """Return the cross-entropy of data less that of pilots [nat]; None without pilots.

    Blocks count by their data: a block's gap is that of its two means.
    """
    told = clustered_gaps(blocks)
    return None if told is None else _mean(*told)


def clustered_gaps(
    blocks: Sequence[BlockResult],
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the sum of the gaps of blocks and their number, float64 [num_clusters] each."""
    pilots = _counts(blocks, of_pilots)
    if pilots is None:
        return None
    gaps = [
        block.data.lost / block.data.num_symbols - told.lost / told.num_symbols
        for block, told in zip(blocks, pilots, strict=True)
    ]
    return added_up(blocks, gaps), added_up(blocks, [1.0] * len(blocks))


def clustered(
    blocks: Sequence[BlockResult], counts: Sequence[Counted], name: str
) -> NDArray[np.float64]:
    """Return the sum of one count in each cluster, float64 [num_clusters]."""
    return added_up(blocks, [float(getattr(count, name)) for count in counts])


def added_up(blocks: Sequence[BlockResult], values: Sequence[float]) -> NDArray[np.float64]:
    """Return the sum of values, one a block, in each cluster; float64 [num_clusters]."""
    sums: dict[str, float] = {}
    for block, value in zip(blocks, values, strict=True):
        sums[block.cluster] = sums.get(block.cluster, 0.0) + value
    return np.array(list(sums.values()), dtype=np.float64)


def _counts(blocks: Sequence[BlockResult], part: Part) -> list[Counted] | None:
    counts = [count for block in blocks if (count := part(block)) is not None]
    return counts if len(counts) == len(blocks) else None


def _rate(errors: NDArray[np.float64], events: NDArray[np.float64]) -> Rate:
    wrong, sizes = errors.astype(np.int64), events.astype(np.int64)
    all_wrong, n = int(wrong.sum()), int(sizes.sum())
    low, high = ErrorRate(errors=all_wrong, n=n).interval()
    between = interval(all_wrong / n, effective_number(wrong, sizes)) or (None, None)
    return Rate(
        value=all_wrong / n,
        errors=all_wrong,
        n=n,
        low=low,
        high=high,
        num_clusters=len(wrong),
        clustered_low=between[0],
        clustered_high=between[1],
    )


def _mean(totals: NDArray[np.float64], sizes: NDArray[np.float64]) -> Mean:
    value, half = float(totals.sum() / sizes.sum()), half_width(totals, sizes.astype(np.int64))
    return Mean(
        value=value,
        low=None if half is None else value - half,
        high=None if half is None else value + half,
    )
