# SPDX-License-Identifier: Apache-2.0
"""How figures are written for people: units they know, bands in brackets, a dash for the absent."""

from host.record import Band

ABSENT = "–"
_THIN_SPACE = "\u202f"


def number(value: float | None, *, digits: int = 3) -> str:
    """Write a number with so many significant digits and no exponent where that is readable."""
    if value is None:
        return ABSENT
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    return f"{float(f'{value:.{digits}g}'):,}".removesuffix(".0").replace(",", _THIN_SPACE)


def decibel(value: float | None, *, signed: bool = False) -> str:
    """Write dB with two decimals."""
    if value is None:
        return ABSENT
    return f"{value:+.2f}" if signed else f"{value:.2f}"


def count(value: int | None) -> str:
    """Write a whole number with thin groups of three digits."""
    return ABSENT if value is None else f"{value:,}".replace(",", _THIN_SPACE)


def band(quantity: Band | None, *, factor: float) -> str:
    """Write value (low to high), multiplied by `factor`: 1e3 makes ms of s, 1e6 makes µJ of J."""
    if quantity is None:
        return ABSENT
    value, low, high = (number(factor * x) for x in (quantity.value, quantity.low, quantity.high))
    return f"{value} ({low} to {high})"


def kibibytes(num_bytes: int | None) -> str:
    """Write bytes as KiB with one decimal."""
    return ABSENT if num_bytes is None else f"{num_bytes / 1024:.1f}"


def percent(share: float | None) -> str:
    """Write a share of 1 in percent."""
    return ABSENT if share is None else f"{100 * share:.0f} %"
