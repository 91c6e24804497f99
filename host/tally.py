# SPDX-License-Identifier: Apache-2.0
"""What a trial counts, slot by slot, and the figures and intervals it makes of that.

Bits of one slot share their channel, and slots of one drop share their fading: they err together.
Counting them as independent would make intervals far too narrow, so wherever such a cluster holds
more than one event the Clopper-Pearson interval is taken at the effective number of events (Korn
and Graubard). The clusters are drops. A trial that sees one drop alone cannot tell how far the next
would differ: it has no interval, and the method that stands beside the figure says so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from host.experiment import Metric
from host.record import Measurement
from host.stopping import StopReason

CONFIDENCE = 0.95

ONE_DROP = "one drop, which tells no interval: run several seeds"
INVERSE_SAMPLING = "approximate: ended by a target of errors (inverse sampling)"

_Number = TypeVar("_Number", np.int64, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was counted in a run of consecutive slots.

    Parameters
    ----------
    num_bits, num_blocks : int
        Coded bits and code words of one slot, over all users.
    bit_errors : int64 [num_slots]
        Coded bits on the wrong side of 0.
    wrong_words : bool [num_slots, num_tx] or None
        Which code words were not decoded; None without a code.
    lost_bits : float64 [num_slots]
        Sum over the coded bits of log2(1 + exp(-(2b - 1) LLR)) [bit].
    """

    num_bits: int
    num_blocks: int
    bit_errors: NDArray[np.int64]
    wrong_words: NDArray[np.bool_] | None
    lost_bits: NDArray[np.float64]

    @property
    def num_slots(self) -> int:
        """Return the number of slots."""
        return len(self.bit_errors)

    @property
    def block_errors(self) -> NDArray[np.int64] | None:
        """Return the code words not decoded, int64 [num_slots]; None without a code."""
        return None if self.wrong_words is None else self.wrong_words.sum(1, dtype=np.int64)


def count(*, coded_bits: Tensor, llr: Tensor, bits: Tensor, decoded: Tensor | None) -> Counts:
    """Count the errors of a batch of slots.

    Parameters
    ----------
    coded_bits : uint8 [num_slots, num_tx, num_bits]
    llr : float32 [num_slots, num_tx, num_bits]
    bits, decoded : uint8 [num_slots, num_tx, num_info_bits]
        Sent and decoded information bits; `decoded` is None without a code.
    """
    sign = 2.0 * coded_bits.numpy().astype(np.float64) - 1.0
    margin = sign * llr.numpy().astype(np.float64)
    wrong = (llr.numpy() > 0) != (coded_bits.numpy() != 0)
    lost = np.logaddexp(0.0, -margin) / math.log(2.0)
    return Counts(
        num_bits=math.prod(coded_bits.shape[1:]),
        num_blocks=coded_bits.shape[1],
        bit_errors=wrong.sum((1, 2), dtype=np.int64),
        wrong_words=None if decoded is None else (bits != decoded).any(-1).numpy(),
        lost_bits=lost.sum((1, 2)),
    )


def join(parts: Sequence[Counts]) -> Counts:
    """Return the counts of consecutive runs of slots as one."""
    words = [part.wrong_words for part in parts if part.wrong_words is not None]
    return Counts(
        num_bits=parts[0].num_bits,
        num_blocks=parts[0].num_blocks,
        bit_errors=np.concatenate([part.bit_errors for part in parts]),
        wrong_words=np.concatenate(words) if words else None,
        lost_bits=np.concatenate([part.lost_bits for part in parts]),
    )


def measurements(
    counts: Counts,
    *,
    slots_per_drop: int,
    num_bits_per_symbol: int,
    stopped_by: StopReason = StopReason.SLOTS,
) -> dict[Metric, Measurement]:
    """Return every figure that the counts allow.

    Parameters
    ----------
    counts : Counts
        From slot 0 on.
    slots_per_drop : int
        Slots that share one draw of the channel; 0 = all of them.
    num_bits_per_symbol : int
    stopped_by : StopReason
        Errors that ended their own trial are not binomial: their interval is approximate.
    """
    cluster = slots_per_drop or counts.num_slots
    figures = {
        Metric.BER: _error_rate(counts.bit_errors, counts.num_bits, cluster, what="coded bits"),
        Metric.RATE: _rate(counts, cluster, num_bits_per_symbol=num_bits_per_symbol),
    }
    if counts.block_errors is not None:
        figures[Metric.BLER] = _error_rate(
            counts.block_errors, counts.num_blocks, cluster, what="code words"
        )
    if stopped_by is not StopReason.ERRORS:
        return figures
    return {name: _noted(figure, INVERSE_SAMPLING) for name, figure in figures.items()}


def effective_number(
    errors: NDArray[np.int64], sizes: NDArray[np.int64], *, confidence: float = CONFIDENCE
) -> float | None:
    r"""Return how many independent events the events of several clusters are worth.

    With c clusters, rate p of n events and the variance v of p estimated between clusters,

    .. math:: n^* = \frac{p (1 - p)}{v} \left(\frac{t_{n-1}}{t_{c-1}}\right)^2 \le n

    where t is Student's quantile at :math:`(1 + \mathrm{confidence}) / 2`. One event a cluster:
    :math:`n^* = n`. Several events a cluster and no spread at all, as where no error was seen, do
    not make them independent: :math:`n^* = c`. One cluster tells nothing of the spread between
    clusters: None, but for a single event, which is a trial of its own.

    Parameters
    ----------
    errors, sizes : int64 [num_clusters]
        Errors and events of each cluster.

    Source
    ------
    E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998), 193-201.
    """
    from scipy.stats import t

    n, num_clusters = float(sizes.sum()), len(sizes)
    p = float(errors.sum()) / n
    if num_clusters == 1 < n:
        return None
    residuals = errors - p * sizes
    variance = num_clusters / max(1, num_clusters - 1) * float((residuals**2).sum()) / n**2
    if n == num_clusters or variance == 0.0:
        return float(num_clusters)
    tail = (1.0 + confidence) / 2.0
    widening = (t.ppf(tail, n - 1) / t.ppf(tail, num_clusters - 1)) ** 2
    return min(n, p * (1.0 - p) / variance * float(widening))


def interval(
    rate: float, n_effective: float | None, *, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    r"""Return the Clopper-Pearson interval of an error rate worth `n_effective` independent events.

    With the beta quantile B and :math:`k = p n`, which need not be whole,

    .. math:: [B(\tfrac{\alpha}{2}; k, n - k + 1),\; B(1 - \tfrac{\alpha}{2}; k + 1, n - k)]

    None where the effective number is not known.
    """
    from scipy.stats import beta

    if n_effective is None:
        return None
    tail, k = (1.0 - confidence) / 2.0, rate * n_effective
    low = beta.ppf(tail, k, n_effective - k + 1.0) if k > 0 else 0.0
    high = beta.ppf(1.0 - tail, k + 1.0, n_effective - k) if k < n_effective else 1.0
    return float(low), float(high)


def half_width(totals: NDArray[np.float64], sizes: NDArray[np.int64]) -> float | None:
    """Return half the interval of the mean sum(totals) / sum(sizes), between clusters.

    Student's t times the standard error of the ratio; None for one cluster.

    Parameters
    ----------
    totals : float64 [num_clusters]
    sizes : int64 [num_clusters]
    """
    from scipy.stats import t

    num_clusters = len(sizes)
    if num_clusters < 2:
        return None
    residuals = totals - totals.sum() / sizes.sum() * sizes
    spread = float((residuals**2).sum()) / float(sizes.sum()) ** 2
    variance = num_clusters / (num_clusters - 1) * spread
    return float(t.ppf((1.0 + CONFIDENCE) / 2.0, num_clusters - 1)) * math.sqrt(variance)


def _error_rate(errors: NDArray[np.int64], events: int, cluster: int, *, what: str) -> Measurement:
    sizes = np.full(len(errors), events, dtype=np.int64)
    value = float(errors.sum() / sizes.sum())
    n_effective = effective_number(_added_up(errors, cluster), _added_up(sizes, cluster))
    low, high = interval(value, n_effective) or (None, None)
    return Measurement(
        value=value,
        unit="1",
        n=int(sizes.sum()),
        n_effective=n_effective,
        errors=int(errors.sum()),
        low=low,
        high=high,
        confidence=None if n_effective is None else CONFIDENCE,
        method=f"{what} counted; {_interval_method(n_effective, cluster, events=events)}",
    )


def _interval_method(n_effective: float | None, cluster: int, *, events: int) -> str:
    if n_effective is None:
        return ONE_DROP
    if cluster * events == 1:
        return "Clopper-Pearson"
    between = "slots" if cluster == 1 else "drops"
    return f"Clopper-Pearson at the effective number between {between} (Korn-Graubard)"


def _rate(counts: Counts, cluster: int, *, num_bits_per_symbol: int) -> Measurement:
    lost = _added_up(counts.lost_bits, cluster)
    sizes = _added_up(np.full(counts.num_slots, counts.num_bits, dtype=np.int64), cluster)
    value = 1.0 - math.fsum(lost) / float(sizes.sum())
    half = half_width(lost, sizes)
    spread = f"Student's t between {'slots' if cluster == 1 else 'drops'}"
    return Measurement(
        value=num_bits_per_symbol * value,
        unit="bit/symbol",
        n=int(sizes.sum()),
        low=None if half is None else num_bits_per_symbol * (value - half),
        high=None if half is None else num_bits_per_symbol * (value + half),
        confidence=None if half is None else CONFIDENCE,
        method="1 - mean log2(1 + exp(-(2b - 1) LLR)), times bits per symbol; "
        + (ONE_DROP if half is None else spread),
    )


def _noted(figure: Measurement, note: str) -> Measurement:
    """Add a note to the method of a figure that has an interval."""
    if figure.low is None:
        return figure
    return figure.model_copy(update={"method": f"{figure.method}; {note}"})


def _added_up(values: NDArray[_Number], cluster: int) -> NDArray[_Number]:
    """Add up the values of each cluster; the last one may be cut short."""
    return np.add.reduceat(values, np.arange(0, len(values), cluster))
