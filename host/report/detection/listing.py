# SPDX-License-Identifier: Apache-2.0
"""The figures of an experiment with detectors as JSON: points, ratios of all pairs, slopes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import permutations

from pydantic import JsonValue

from host.detection.record import DetectionRecord
from host.report.detection.gaps import Slopes, slopes, statement
from host.report.detection.points import Place, Point, Study, study
from host.report.detection.resampling import Estimate, ratio


def listed(records: Sequence[DetectionRecord]) -> dict[str, JsonValue]:
    """Return every figure of the report."""
    found = study(records)
    return {
        "anchor": found.anchor,
        "points": [_point(place, point) for (_, place), point in found.points.items()],
        "ratios": list(_ratios(found)),
        "slopes": [_slopes(one) for one in slopes(found)],
    }


def _slopes(one: Slopes) -> JsonValue:
    return {
        "places": [_place(place) for place in one.places],
        "detector": one.detector,
        "of_logarithm": _ends(one.of_logarithm) | {"interval": statement(one.of_logarithm)},
        "of_gap": _ends(one.of_gap) | {"interval": statement(one.of_gap)},
    }


def _ratios(found: Study) -> Iterator[JsonValue]:
    for place in found.places:
        for one, other in permutations(found.detectors, 2):
            points = found.at(one, place), found.at(other, place)
            if points[0] is not None and points[1] is not None:
                told = _ends(ratio(points[0], points[1]))
                yield {"detector": one, "over": other, "place": _place(place)} | told


def _ends(estimate: Estimate | None) -> dict[str, JsonValue]:
    if estimate is None:
        return {"value": None, "low": None, "high": None}
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _point(place: Place, point: Point) -> JsonValue:
    return {
        "detector": point.detector,
        "place": _place(place),
        "data": point.data.model_dump(mode="json"),
        "pilots": point.pilots.model_dump(mode="json") if point.pilots else None,
        "gap": point.gap.model_dump(mode="json") if point.gap else None,
        "num_parameters": point.records[0].num_parameters,
    }


def _place(place: Place) -> JsonValue:
    content: dict[str, JsonValue] = asdict(place)
    return content
