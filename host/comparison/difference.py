# SPDX-License-Identifier: Apache-2.0
"""One figure of two results: its ratio, and what may be said of the difference."""

from dataclasses import dataclass
from enum import StrEnum

from host.record import Band

Group = str
"""Which table a figure stands in: accuracy, cost or operators."""

ACCURACY, COST, OPERATORS = "accuracy", "cost", "operators"


class Verdict(StrEnum):
    """What may be said of a difference; the words stand in tables."""

    EQUAL = "equal"
    UNEQUAL = "unequal"
    WITHIN = "within the interval"
    BEYOND = "beyond the interval"
    MODELLED = "by the same model"
    FEW = "too few drops differ"
    UNKNOWN = "no interval"
    ONE_SIDED = "on one side only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One figure of two results, A and B.

    Parameters
    ----------
    group : str
        One of `ACCURACY`, `COST`, `OPERATORS`.
    place : str
        Which of several of its kind: a board, a receiver at an SNR, an operator.
    what, unit : str
    a, b : float or None
        None where it was not measured.
    low, high : float or None
        95 % interval of b - a.
    verdict : Verdict
    method : str
        Where the verdict comes from; empty for counts.
    is_gated : bool
        Whether a limit on ratios heeds it: greater is worse, and it is no matter of chance.
    """

    group: Group
    place: str
    what: str
    unit: str
    a: float | None
    b: float | None
    low: float | None = None
    high: float | None = None
    verdict: Verdict
    method: str = ""
    is_gated: bool = False

    @property
    def ratio(self) -> float | None:
        """Return b / a; infinity over 0, None where one of them is absent or both are 0."""
        if self.a is None or self.b is None or self.a == self.b == 0:
            return None
        return self.b / self.a if self.a else float("inf")

    def exceeds(self, limit: float) -> bool:
        """Return whether it is gated and has grown by more than a factor."""
        return self.is_gated and self.ratio is not None and self.ratio > limit


def counted(
    a: int | None, b: int | None, *, group: Group, place: str, what: str, unit: str = "1"
) -> Difference:
    """Compare counts, which are exact: equal, or not.

    Parameters
    ----------
    a, b : int or None
    group, place, what, unit : str
    """
    verdict = Verdict.EQUAL if a == b else Verdict.UNEQUAL
    if a is None or b is None:
        verdict = Verdict.ONE_SIDED
    return Difference(
        group=group,
        place=place,
        what=what,
        unit=unit,
        a=a,
        b=b,
        verdict=verdict,
        is_gated=group == COST,
    )


def banded(a: Band | None, b: Band | None, *, place: str, what: str) -> Difference:
    """Compare modelled or measured figures by their bands.

    Two figures of one model share its error, so their ratio is that of what went into the model,
    and the bands, which overlap, say nothing. Otherwise bands that overlap leave it open.
    """
    return Difference(
        group=COST,
        place=place,
        what=what,
        unit=(a or b or _NOTHING).unit,
        a=a.value if a else None,
        b=b.value if b else None,
        verdict=_of_bands(a, b),
        method=" / ".join(dict.fromkeys(band.method for band in (a, b) if band)),
        is_gated=_of_bands(a, b) is Verdict.BEYOND,
    )


_MODELLED = "modelled:"
_NOTHING = Band(value=0.0, low=0.0, high=0.0, unit="", method="")


def _of_bands(a: Band | None, b: Band | None) -> Verdict:
    if a is None or b is None:
        return Verdict.ONE_SIDED
    if a.method == b.method and a.method.startswith(_MODELLED):
        return Verdict.EQUAL if a.value == b.value else Verdict.MODELLED
    overlap = a.low <= b.high and b.low <= a.high
    return Verdict.WITHIN if overlap else Verdict.BEYOND
