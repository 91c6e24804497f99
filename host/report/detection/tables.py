# SPDX-License-Identifier: Apache-2.0
"""The tables of an experiment with detectors, on the terminal, the page and in documents."""

from collections.abc import Sequence

from host.detection.record import DetectionRecord, Rate
from host.report.detection.costs import cost_table
from host.report.detection.gaps import gap_table, slope_table
from host.report.detection.panels import rate_ends
from host.report.detection.points import Axis, Place, Point, Study, study
from host.report.detection.resampling import RATIO_METHOD, Estimate, ratio
from host.report.quantity import ABSENT, number
from host.report.tables import Row, Table

_HEADS = {
    Axis.ANTENNAS: "antennas",
    Axis.USERS: "users",
    Axis.DISTORTION: "receiver",
    Axis.CSI_ERROR: "channel error",
    Axis.SNR: "SNR [dB]",
    Axis.PILOTS: "pilots",
    Axis.ITERATIONS: "iterations",
}
_BETWEEN = (
    "In brackets: 95 % interval between blocks, which share channel and weights (Clopper-Pearson "
    "at the effective number, Korn-Graubard). "
)
_BINOMIAL = (
    "In brackets: 95 % interval as if symbols were independent (Clopper-Pearson): there is only "
    "one block or drop, which tells no spread. "
)


def tables(records: Sequence[DetectionRecord]) -> tuple[Table, ...]:
    """Return the tables that a terminal and a document have room for.

    Ratios are over the first network and over the anchor; the page has all.
    """
    found = study(records)
    bases = (found.first_network, found.anchor)
    shown = [ser_table(found), *(ratio_table(found, base) for base in bases if base)]
    if found.learners:
        shown += [gap_table(found, leading(found), heads(found))]
    slopes = slope_table(found)
    return (*shown, *((slopes,) if slopes.rows else ()), cost_table(found))


def ser_table(found: Study, *, bits: bool = False) -> Table:
    """Tabulate symbol or bit error rates, a row a place and a column a detector."""
    rates = [_rate(point, bits=bits) for point in found.points.values()]
    between = rates[0].clustered_low is not None
    return Table(
        caption="Bit error rate" if bits else "Symbol error rate",
        head=(*heads(found), *found.detectors),
        rows=tuple(
            (
                *leading(found)(place),
                *(_cell(found, name, place, bits=bits) for name in found.detectors),
            )
            for place in found.places
        ),
        note=f"{_BETWEEN if between else _BINOMIAL}{anchor_note(found)}",
    )


def ratio_table(found: Study, base: str) -> Table:
    """Tabulate the symbol error rate of every detector over that of one, on the same elements."""
    others = tuple(name for name in found.detectors if name != base)
    return Table(
        caption=f"Symbol error rate over that of {base}",
        head=(*heads(found), *others),
        rows=tuple(
            (*leading(found)(place), *(_ratio(found, name, base, place) for name in others))
            for place in found.places
        ),
        note=RATIO_METHOD,
    )


def heads(found: Study) -> Row:
    """Return the headings of what says where a row stands."""
    return tuple(_HEADS[axis] for axis in found.axes)


def leading(found: Study) -> "Leading":
    """Return what writes where a row stands."""
    return Leading(found.axes)


class Leading:
    """Writes the values that a place has on some axes."""

    def __init__(self, axes: tuple[Axis, ...]) -> None:
        self._axes = axes

    def __call__(self, place: Place) -> Row:
        """Return a cell for each axis."""
        values = (getattr(place, axis) for axis in self._axes)
        return tuple(f"{v:g}" if isinstance(v, float) else str(v) for v in values)


def anchor_note(found: Study) -> str:
    """Return what the anchor is, and where it bounds nothing."""
    note = f"Anchor: {found.anchor}, which is told the channel and does not learn."
    places = found.places
    is_told_all = all(p.distortion == "linear" and not p.csi_error_variance for p in places)
    if found.anchor != "map" or is_told_all:
        return note
    return f"{note} Behind a distortion or with a wrong channel it is no bound."


def _cell(found: Study, detector: str, place: Place, *, bits: bool) -> str:
    point = found.at(detector, place)
    if point is None:
        return ABSENT
    rate = _rate(point, bits=bits)
    value, low, high = rate_ends(rate)
    if not rate.errors:
        return f"0 of {rate.n:,}".replace(",", "\u202f")
    return f"{number(value)} ({number(low)} to {number(high)})"


def _rate(point: Point, *, bits: bool) -> Rate:
    return point.data.ber if bits else point.data.ser


def _ratio(found: Study, detector: str, base: str, place: Place) -> str:
    one, other = found.at(detector, place), found.at(base, place)
    return ABSENT if one is None or other is None else written(ratio(one, other))


def written(estimate: Estimate | None) -> str:
    """Write value (low to high), dashes for what is not known."""
    if estimate is None:
        return ABSENT
    if estimate.low is None and estimate.high is None:
        return f"{number(estimate.value)} ({ABSENT})"
    return f"{number(estimate.value)} ({number(estimate.low)} to {number(estimate.high)})"
