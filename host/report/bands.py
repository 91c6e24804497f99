# SPDX-License-Identifier: Apache-2.0
"""Error rates over windows of blocks, with intervals where enough independent clusters tell them.

The interval is that of `host.tally`, Clopper-Pearson at the effective number of events, for all
windows at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.report.block_counts import BlockCounts

FEWEST_CLUSTERS = 8
"""Windows of fewer independent clusters get no interval: it would tell of its own spread only."""

_TAIL = 0.025


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The blocks that belong together for each block of a line.

    Parameters
    ----------
    first, end : int64 [num_blocks]
        The first block of each window, and the one behind the last.
    """

    first: NDArray[np.int64]
    end: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRates:
    """What a line goes through.

    Parameters
    ----------
    errors, events : int64 [num_blocks]
        Of each window, over the seeds.
    low, high : float64 [num_blocks]
        Ends of the 95 % interval of the rate; NaN where it is not known.
    """

    errors: NDArray[np.int64]
    events: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def windows(num_blocks: int, *, num_averaged: int, borders: tuple[int, ...]) -> Windows:
    """Return a window around each block, which reaches over no border.

    Parameters
    ----------
    num_blocks : int
    num_averaged : int
        Odd; 1 takes each block alone.
    borders : tuple of int
        Blocks at which something else begins, such as a step of the channel.
    """
    places, half = np.arange(num_blocks), num_averaged // 2
    edges = np.array([0, *sorted({b for b in borders if 0 < b < num_blocks}), num_blocks])
    stretch = np.searchsorted(edges, places, side="right") - 1
    return Windows(
        first=np.maximum(places - half, edges[stretch]),
        end=np.minimum(places + half + 1, edges[stretch + 1]),
    )


def window_rates(counts: BlockCounts, over: Windows) -> WindowRates:
    """Count over each window, and tell how well the rate is known."""
    errors, events = (_summed(x, over) for x in (counts.errors, counts.events))
    e, n = errors.sum(0), events.sum(0)
    if counts.clusters is None:
        number = np.count_nonzero(events, axis=0)
        ee, en, nn = (
            (x * y).sum(0) for x, y in ((errors, errors), (errors, events), (events,) * 2)
        )
    else:
        c = counts.clusters
        number, ee, en, nn = (_summed(x, over).sum(0) for x in (c.number, c.ee, c.en, c.nn))
    low, high = _interval(e, n, number, spread=(ee, en, nn))
    return WindowRates(errors=e, events=n, low=low, high=high)


def _summed(values: NDArray[np.int64], over: Windows) -> NDArray[np.int64]:
    so_far = np.concatenate([np.zeros_like(values[:, :1]), np.cumsum(values, axis=1)], axis=1)
    summed: NDArray[np.int64] = so_far[:, over.end] - so_far[:, over.first]
    return summed


def _interval(
    errors: NDArray[np.int64],
    events: NDArray[np.int64],
    number: NDArray[np.int64],
    *,
    spread: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.stats import beta, t

    ee, en, nn = (x.astype(np.float64) for x in spread)
    known = number >= FEWEST_CLUSTERS
    n, c = np.where(known, events, 2.0), np.where(known, number, 2.0)
    p = np.where(known, errors, 0.0) / n
    variance = c / (c - 1.0) * np.maximum(ee - 2.0 * p * en + p * p * nn, 0.0) / (n * n)
    widening = (t.ppf(1.0 - _TAIL, n - 1.0) / t.ppf(1.0 - _TAIL, c - 1.0)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.minimum(n, p * (1.0 - p) / variance * widening)
    worth = np.where((n == c) | (variance == 0.0), c, worth)
    k = p * worth
    low = np.where(k > 0, beta.ppf(_TAIL, np.maximum(k, 1e-12), worth - k + 1.0), 0.0)
    high = np.where(k < worth, beta.ppf(1.0 - _TAIL, k + 1.0, np.maximum(worth - k, 1e-12)), 1.0)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
