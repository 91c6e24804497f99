# SPDX-License-Identifier: Apache-2.0
"""A comparison as tables, on the terminal and in documents."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from host.comparison.comparing import Comparison
from host.comparison.difference import ACCURACY, COST, OPERATORS, Difference, Verdict
from host.report import quantity
from host.report.deployed.work import short
from host.report.table_markdown import as_markdown
from host.report.tables import Row, Table

_CAPTIONS: Mapping[str, str] = {
    ACCURACY: "Accuracy",
    COST: "Cost of a slot",
    OPERATORS: "Instructions of operators that differ",
}
_HEADS: Mapping[str, Row] = {
    ACCURACY: ("where", "figure", "A", "B", "B - A, 95 % interval", "B / A", "difference"),
    COST: ("where", "figure", "A", "B", "B / A", "difference"),
    OPERATORS: ("operator", "A", "B", "B / A", "difference"),
}
_PREFIXES: Mapping[str, tuple[float, str]] = {"s": (1e3, "ms"), "J": (1e6, "µJ")}


def tables(comparison: Comparison) -> tuple[Table, ...]:
    """Return a table for accuracy, cost and operators, those that have rows."""
    return tuple(
        table for group in _CAPTIONS for table in _table(comparison.of(group), group) if table.rows
    )


def markdown(comparison: Comparison) -> str:
    """Return the tables and remarks as Markdown."""
    blocks = [as_markdown(table) for table in tables(comparison)]
    blocks += ["\n".join(f"- {one}" for one in comparison.unlike)] if comparison.unlike else []
    return "\n\n".join(blocks) + "\n"


def summary(comparison: Comparison) -> str:
    """Say in one line how many figures differ, and how surely."""
    counts = Counter(one.verdict for one in comparison.differences)
    said = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict]]
    return f"{len(comparison.differences)} figures: {'; '.join(said)}"


def listed(comparison: Comparison) -> list[JsonValue]:
    """Return the differences for programs; an infinite ratio is null."""
    return [
        {
            "group": one.group,
            "place": one.place,
            "what": one.what,
            "unit": one.unit,
            "a": one.a,
            "b": one.b,
            "ratio": _finite(one.ratio),
            "low": one.low,
            "high": one.high,
            "verdict": one.verdict.value,
            "method": one.method,
            "is_gated": one.is_gated,
        }
        for one in comparison.differences
    ]


def described(one: Difference) -> str:
    """Name a figure and its ratio in a few words."""
    return f"{one.place}: {one.what} {quantity.number(one.ratio)}"


def _finite(ratio: float | None) -> float | None:
    return None if ratio is None or ratio == float("inf") else ratio


def _table(found: Sequence[Difference], group: str) -> Iterator[Table]:
    shown = [one for one in found if group != OPERATORS or one.verdict is not Verdict.EQUAL]
    notes = list(dict.fromkeys(one.method for one in shown if one.method))
    num_equal = len(found) - len(shown)
    notes += [f"{num_equal} operators are equal"] if num_equal and shown else []
    yield Table(
        caption=_CAPTIONS[group],
        head=_HEADS[group],
        rows=tuple(_row(one, group) for one in shown),
        note="; ".join(notes),
    )


def _row(one: Difference, group: str) -> Row:
    factor, unit = _PREFIXES.get(one.unit, (1.0, one.unit))
    figure = one.what if unit == "1" else f"{one.what} [{unit}]"
    a, b = (_value(x, factor) for x in (one.a, one.b))
    ratio = quantity.number(one.ratio) if one.ratio != float("inf") else quantity.ABSENT
    if group == OPERATORS:
        name, _, kind = one.place.rpartition(", ")
        return (f"{short(name)}, {kind}", a, b, ratio, one.verdict.value)
    if group == COST:
        return (one.place, figure, a, b, ratio, one.verdict.value)
    return (one.place, figure, a, b, _interval(one), ratio, one.verdict.value)


def _interval(one: Difference) -> str:
    if one.a is None or one.b is None:
        return quantity.ABSENT
    shift = quantity.number(one.b - one.a)
    ends = (
        quantity.ABSENT
        if one.low is None or one.high is None
        else f"{quantity.number(one.low)} to {quantity.number(one.high)}"
    )
    return f"{shift} ({ends})"


def _value(value: float | None, factor: float) -> str:
    if value is None:
        return quantity.ABSENT
    whole = float(value).is_integer() and factor == 1.0
    return quantity.count(round(value)) if whole else quantity.number(factor * value)
