# SPDX-License-Identifier: Apache-2.0
"""The points of a study: what each detector did at each place of its axes, seeds put together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from host.detection.figures import figures, gap, of_data, of_pilots
from host.detection.record import BlockResult, DetectionCell, DetectionRecord, Figures, Mean


class Axis(StrEnum):
    """What a study may vary; names are those of `Place`."""

    ANTENNAS = "num_rx_ant"
    USERS = "num_tx"
    DISTORTION = "distortion"
    CSI_ERROR = "csi_error_variance"
    SNR = "snr_db"
    PILOTS = "num_pilots"
    ITERATIONS = "num_iterations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One point of all axes; None stands for pilots and iterations that a detector does not know.

    `num_rx_ant` is None where there are as many antennas as users everywhere.
    """

    num_rx_ant: int | None
    num_tx: int
    distortion: str
    csi_error_variance: float
    snr_db: float
    num_pilots: int | None
    num_iterations: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One detector at one place.

    Parameters
    ----------
    detector : str
    records : tuple of DetectionRecord
        One a seed.
    blocks : tuple of BlockResult
        Of all of them.
    data : Figures
    pilots : Figures or None
    gap : Mean or None
        Cross-entropy of data less that of pilots [nat].
    """

    detector: str
    records: tuple[DetectionRecord, ...]
    blocks: tuple[BlockResult, ...]
    data: Figures
    pilots: Figures | None
    gap: Mean | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """All points of an experiment.

    Parameters
    ----------
    anchor : str
    detectors : tuple of str
        In the order of the experiment.
    places : tuple of Place
        All of them, in the order of the experiment.
    points : mapping
    """

    anchor: str
    detectors: tuple[str, ...]
    places: tuple[Place, ...]
    points: dict[tuple[str, Place], Point]

    def at(self, detector: str, place: Place) -> Point | None:
        """Return what a detector did there; where it knows no iterations or pilots, anyhow."""
        without = replace(place, num_iterations=None)
        for known in (place, without, replace(without, num_pilots=None)):
            if (detector, known) in self.points:
                return self.points[detector, known]
        return None

    def values(self, axis: Axis) -> tuple[object, ...]:
        """Return the values that an axis has, in the order of the experiment."""
        return tuple(dict.fromkeys(getattr(place, axis) for place in self.places))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Return the axes with more than one value."""
        return tuple(axis for axis in Axis if len(self.values(axis)) > 1)

    @property
    def learners(self) -> tuple[str, ...]:
        """Return the detectors that learn."""
        learned = {name for (name, place) in self.points if place.num_pilots is not None}
        return tuple(name for name in self.detectors if name in learned)

    @property
    def first_network(self) -> str | None:
        """Return the first learner that iterates, or else the first that learns."""
        iterating = {name for (name, place) in self.points if place.num_iterations is not None}
        networks = (name for name in self.detectors if name in iterating)
        return next(networks, next(iter(self.learners), None))


def study(records: Sequence[DetectionRecord]) -> Study:
    """Put records together by detector and place."""
    is_square = all(r.cell.num_rx_ant == r.cell.num_tx for r in records)
    gathered: dict[tuple[str, Place], list[DetectionRecord]] = {}
    for record in records:
        place = _place(record.cell, is_square=is_square)
        gathered.setdefault((record.cell.detector, place), []).append(record)
    points = {
        (name, place): _point(name, tuple(found)) for (name, place), found in gathered.items()
    }
    return Study(
        anchor=records[0].provenance.anchor,
        detectors=tuple(dict.fromkeys(name for name, _ in points)),
        places=_places([place for _, place in points]),
        points=points,
    )


def lines_over(all_points: Study, axis: Axis) -> tuple[tuple[Place, ...], ...]:
    """Return the places that differ in one axis only, rising along it: a group a panel."""
    groups: dict[Place, list[Place]] = {}
    for place in all_points.places:
        groups.setdefault(_without(place, axis), []).append(place)
    rising = (sorted(group, key=lambda p: _value(p, axis)) for group in groups.values())
    return tuple(tuple(group) for group in rising if len(group) > 1)


def words(place: Place, axes: Iterable[Axis]) -> str:
    """Return where a place is, told by these axes."""
    return " · ".join(_told(getattr(place, axis), axis) for axis in axes)


def named(cell: DetectionCell) -> str:
    """Return what a trial is called: its detector, and all that is not the same in all trials."""
    place = _place(cell, is_square=False)
    told = [axis for axis in Axis if getattr(place, axis) is not None]
    return f"{cell.detector} · {words(place, told)}"


def _told(value: object, axis: Axis) -> str:
    told = _WORDS[axis].format(value)
    return told.removesuffix("s") if value == 1 else told


def _place(cell: DetectionCell, *, is_square: bool) -> Place:
    return Place(
        num_rx_ant=None if is_square else cell.num_rx_ant,
        num_tx=cell.num_tx,
        distortion=cell.distortion.label,
        csi_error_variance=cell.csi_error_variance,
        snr_db=cell.snr_db,
        num_pilots=cell.num_pilots,
        num_iterations=cell.num_iterations,
    )


def _point(detector: str, records: tuple[DetectionRecord, ...]) -> Point:
    blocks = tuple(block for record in records for block in record.blocks)
    return Point(
        detector=detector,
        records=records,
        blocks=blocks,
        data=figures(blocks, of_data) or records[0].data,
        pilots=figures(blocks, of_pilots),
        gap=gap(blocks),
    )


def _places(known: Sequence[Place]) -> tuple[Place, ...]:
    """Return every condition with every number of pilots and iterations that occurs."""
    conditions = dict.fromkeys(replace(p, num_pilots=None, num_iterations=None) for p in known)
    pilots = sorted({p.num_pilots for p in known if p.num_pilots is not None})
    iterations = sorted({p.num_iterations for p in known if p.num_iterations is not None})
    return tuple(
        replace(condition, num_pilots=number, num_iterations=repeated)
        for condition in conditions
        for number in pilots or (None,)
        for repeated in iterations or (None,)
    )


def _without(place: Place, axis: Axis) -> Place:
    match axis:
        case Axis.SNR:
            return replace(place, snr_db=0.0)
        case Axis.PILOTS:
            return replace(place, num_pilots=None)
        case Axis.ITERATIONS:
            return replace(place, num_iterations=None)
        case Axis.USERS:
            return replace(place, num_tx=0)
        case _:
            raise ValueError(f"nothing is drawn over {axis}")


def _value(place: Place, axis: Axis) -> float:
    value = getattr(place, axis)
    return float(value) if value is not None else 0.0


_WORDS = {
    Axis.ANTENNAS: "{} antennas",
    Axis.USERS: "{} users",
    Axis.DISTORTION: "{}",
    Axis.CSI_ERROR: "channel error {:g}",
    Axis.SNR: "{:g} dB",
    Axis.PILOTS: "{} pilots",
    Axis.ITERATIONS: "{} iterations",
}
