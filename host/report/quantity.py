# SPDX-License-Identifier: Apache-2.0
"""How figures are written for people: units they know, bands in brackets, a dash for the absent."""

from host.record import Band, Measurement
from host.report.required import Estimate

ABSENT = "–"
_THIN_SPACE = "\u202f"


def number(value: float | None, *, digits: int = 3) -> str:
    """Write a number with so many significant digits and no exponent where that is readable."""
    if value is None:
        return ABSENT
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    return f"{float(f'{value:.{digits}g}'):,}".removesuffix(".0").replace(",", _THIN_SPACE)


def decibel(value: float | None) -> str:
    """Write dB with two decimals."""
    return ABSENT if value is None else f"{value:.2f}".replace("-0.00", "0.00")


def decibels(estimate: Estimate) -> str:
    """Write dB as value (low to high), a dash for what is not known.

    A curve against itself has no interval to tell.
    """
    if estimate.value is None:
        return ABSENT
    if estimate.low is None and estimate.high is None:
        return f"{decibel(estimate.value)} ({ABSENT})"
    if estimate.low == estimate.high:
        return decibel(estimate.value)
    return f"{decibel(estimate.value)} ({decibel(estimate.low)} to {decibel(estimate.high)})"


def count(value: int | None) -> str:
    """Write a whole number with thin groups of three digits."""
    return ABSENT if value is None else f"{value:,}".replace(",", _THIN_SPACE)


def band(quantity: Band | None, *, factor: float) -> str:
    """Write value (low to high), multiplied by `factor`: 1e3 makes ms of s, 1e6 makes µJ of J."""
    if quantity is None:
        return ABSENT
    value, low, high = (number(factor * x) for x in (quantity.value, quantity.low, quantity.high))
    return f"{value} ({low} to {high})"


def measured(figure: Measurement) -> str:
    """Write value (low to high), one dash in the brackets where no interval is known."""
    if figure.low is None and figure.high is None:
        return f"{number(figure.value)} ({ABSENT})"
    return f"{number(figure.value)} ({number(figure.low)} to {number(figure.high)})"


def kibibytes(num_bytes: int | None) -> str:
    """Write bytes as KiB with one decimal."""
    return ABSENT if num_bytes is None else f"{num_bytes / 1024:.1f}"


def percent(share: float | None) -> str:
    """Write a share of 1 in percent."""
    return ABSENT if share is None else f"{100 * share:.0f} %"
