# SPDX-License-Identifier: Apache-2.0
r"""What chance does to ratios of error rates and to slopes: blocks drawn anew, the same for all.

All detectors meet the same elements, so blocks that are hard for one are hard for the other, and a
ratio is known better than either rate. Clusters of blocks are drawn with replacement (bootstrap).
The interval is the expanded percentile one: of c clusters, the percentiles are taken at

.. math:: \Phi\left(\pm \sqrt{c / (c - 1)}\; t_{0.975, c - 1}\right)

in place of 2.5 % and 97.5 %, which would be too narrow for few clusters.

Source
------
T. C. Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician 69 (4),
2015, for the expanded percentile interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from channels.randomness import generator
from host.detection.figures import added_up, clustered_gaps
from host.report.detection.points import Point

NUM_REPLICATES = 4000
FEWEST_CLUSTERS = 8
FEWEST_IN_ERROR = 6
FEWEST_VALUES = 3
"""Values of the abscissa that a slope is told from."""

RATIO_METHOD = (
    f"In brackets: 95 % interval, {NUM_REPLICATES} bootstrap draws of the blocks, the same for "
    f"both (expanded percentiles); none below {FEWEST_CLUSTERS} independent blocks, or where one "
    f"of the two erred in fewer than {FEWEST_IN_ERROR} of them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval; None for an end that is not known."""

    value: float
    low: float | None
    high: float | None


def ratio(one: Point, other: Point) -> Estimate | None:
    """Return the symbol error rate of one detector over that of another, on the same elements.

    None where the other made no error, or where they did not meet the same blocks.
    """
    blocks = [(b.block, b.cluster, b.data.num_symbols) for b in one.blocks]
    if blocks != [(b.block, b.cluster, b.data.num_symbols) for b in other.blocks]:
        return None
    first, second = (
        added_up(p.blocks, [float(b.data.symbol_errors) for b in p.blocks]) for p in (one, other)
    )
    if not second.sum():
        return None
    value = float(first.sum() / second.sum())
    if one.blocks == other.blocks:
        return Estimate(value=value, low=value, high=value)
    fewest = min(np.count_nonzero(first), np.count_nonzero(second))
    if len(first) < FEWEST_CLUSTERS or fewest < FEWEST_IN_ERROR:
        return Estimate(value=value, low=None, high=None)
    sums = _drawn(len(first)) @ np.stack([first, second], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = sums[:, 0] / sums[:, 1]
    low, high = interval(drawn, num_clusters=len(first))
    return Estimate(value=value, low=low, high=high)


def gap_slope(
    points: Sequence[Point], x: Sequence[float], *, is_of_logarithm: bool
) -> Estimate | None:
    """Return the slope of the gap over x, or of its logarithm, by least squares.

    Parameters
    ----------
    points : sequence of Point
        One detector, one point a value of x.
    x : sequence of float
    is_of_logarithm : bool

    Returns
    -------
    Estimate or None
        None where a gap is unknown or has no logarithm, or x has too few values.
    """
    told = [clustered_gaps(point.blocks) for point in points]
    sums = [found for found in told if found is not None]
    if len(sums) < max(len(points), FEWEST_VALUES) or len({len(s) for s, _ in sums}) > 1:
        return None
    gaps, sizes = (np.stack(columns, axis=1) for columns in zip(*sums, strict=True))
    num_clusters = len(gaps)
    weights = np.concatenate([np.ones((1, num_clusters)), _drawn(num_clusters)])
    means = (weights @ gaps) / (weights @ sizes)
    slopes = _slope(_logarithm(means) if is_of_logarithm else means, x)
    if not math.isfinite(slopes[0]):
        return None
    low, high = None, None
    if num_clusters >= FEWEST_CLUSTERS:
        low, high = interval(slopes[1:], num_clusters=num_clusters)
    return Estimate(value=float(slopes[0]), low=low, high=high)


def interval(
    replicates: NDArray[np.float64], *, num_clusters: int
) -> tuple[float | None, float | None]:
    """Return the expanded percentiles; None for an end that is not finite.

    A replicate that is not a number may lie anywhere and counts against both ends.
    """
    from scipy.stats import norm, t

    expanded = math.sqrt(num_clusters / (num_clusters - 1)) * t.ppf(0.975, num_clusters - 1)
    skip = int(norm.cdf(-expanded) * len(replicates))
    low = float(np.sort(np.where(np.isnan(replicates), -np.inf, replicates))[skip])
    high = float(np.sort(np.where(np.isnan(replicates), np.inf, replicates))[-1 - skip])
    return (low if math.isfinite(low) else None, high if math.isfinite(high) else None)


def _slope(values: NDArray[np.float64], x: Sequence[float]) -> NDArray[np.float64]:
    """Return the slope of each row over x, by least squares."""
    away = np.asarray(x, dtype=np.float64) - np.mean(x)
    slopes: NDArray[np.float64] = values @ away / (away @ away)
    return slopes


def _logarithm(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return natural logarithms; not a number where a gap is not positive."""
    logarithms: NDArray[np.float64] = np.log(np.where(gaps > 0, gaps, np.nan))
    return logarithms


@cache
def _drawn(num_clusters: int) -> NDArray[np.float64]:
    """Return how often each cluster comes in each draw, a row a draw."""
    rng = generator(seed=0, stream="report/detection", index=0)
    shares = np.full(num_clusters, 1.0 / num_clusters)
    return rng.multinomial(num_clusters, shares, NUM_REPLICATES).astype(np.float64)
