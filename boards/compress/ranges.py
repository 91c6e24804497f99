# SPDX-License-Identifier: Apache-2.0
"""Which range of real numbers each int8 activation covers, judged on calibration data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from boards import reference
from boards.affine import INT8_MAX, INT8_MIN, quantization_for
from boards.graph import Graph

_NUM_BINS = 2048
_SLOTS_AT_ONCE = 16
_TAIL = 1e-4
_SHRINKING = np.linspace(0.1, 1.0, 25)

Range = tuple[float, float]


class RangeMethod(StrEnum):
    """How a range is chosen.

    MIN_MAX keeps everything that was seen; PERCENTILE cuts 1e-4 of the values at each end; MSE cuts
    where the mean square error of clipping and rounding together is least.
    """

    MIN_MAX = "min-max"
    PERCENTILE = "percentile"
    MSE = "mse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """The values of one activation on the calibration data, in bins of equal width.

    Parameters
    ----------
    counts : int64, one a bin
        How many values fell into each bin.
    low, high : float
        The least and the greatest value, where the first bin begins and the last one ends.
    """

    counts: NDArray[np.int64]
    low: float
    high: float

    @property
    def centres(self) -> NDArray[np.float64]:
        """Return the middle of each bin."""
        edges = np.linspace(self.low, self.high, self.counts.size + 1, dtype=np.float64)
        return (edges[:-1] + edges[1:]) / 2.0


def observe(graph: Graph, x: NDArray[np.float32]) -> dict[str, Histogram]:
    """Run a float graph on calibration data and return the histogram of every activation.

    Parameters
    ----------
    graph : Graph
        A float32 network.
    x : float32 [num_slots, height, width, num_channels]
        Calibration data.
    """
    batches = np.split(x, range(_SLOTS_AT_ONCE, len(x), _SLOTS_AT_ONCE))
    limits: dict[str, Range] = {}
    for batch in batches:
        for name, values in reference.run_all(graph, batch).items():
            low, high = limits.get(name, (np.inf, -np.inf))
            limits[name] = min(low, float(values.min())), max(high, float(values.max()))
    counts = {name: np.zeros(_NUM_BINS, dtype=np.int64) for name in limits}
    for batch in batches:
        for name, values in reference.run_all(graph, batch).items():
            # in float64, for ranges that are but some steps of float32 wide
            counts[name] += np.histogram(np.float64(values), _NUM_BINS, limits[name])[0]
    return {
        name: Histogram(counts=counts[name], low=low, high=high)
        for name, (low, high) in limits.items()
    }


def choose_range(histogram: Histogram, method: RangeMethod) -> Range:
    """Return the (low, high) of one activation; `quantization_for` widens it to hold 0."""
    return _METHODS[method](histogram)


def _min_max(histogram: Histogram) -> Range:
    return histogram.low, histogram.high


def _percentile(histogram: Histogram) -> Range:
    cumulative = np.cumsum(histogram.counts) / histogram.counts.sum()
    first, last = np.searchsorted(cumulative, [_TAIL, 1.0 - _TAIL])
    centres = histogram.centres
    return float(centres[first]), float(centres[min(last, centres.size - 1)])


def _least_square_error(histogram: Histogram) -> Range:
    lows, highs = (
        limit * _SHRINKING if cut else np.array([limit])
        for limit, cut in ((histogram.low, histogram.low < 0), (histogram.high, histogram.high > 0))
    )
    candidates = [(float(low), float(high)) for low in lows for high in highs]
    return min(candidates, key=lambda one: square_error(histogram, one))


def square_error(histogram: Histogram, limits: Range) -> float:
    """Return the sum of squares of what clipping and rounding to a range's int8 grid cost."""
    quantization = quantization_for(low=limits[0], high=limits[1])
    centres, scale = histogram.centres, quantization.scale[0]
    integers = (np.rint(centres / scale) + quantization.zero_point).clip(INT8_MIN, INT8_MAX)
    errors = (integers - quantization.zero_point) * scale - centres
    return float(histogram.counts @ errors**2)


_METHODS: Mapping[RangeMethod, Callable[[Histogram], Range]] = {
    RangeMethod.MIN_MAX: _min_max,
    RangeMethod.PERCENTILE: _percentile,
    RangeMethod.MSE: _least_square_error,
}
