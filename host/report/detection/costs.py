# SPDX-License-Identifier: Apache-2.0
"""What detectors consist of, and what they took."""

from collections.abc import Sequence

from host.detection.record import DetectionRecord
from host.report.detection.points import Study
from host.report.quantity import count, number
from host.report.tables import Row, Table


def cost_table(found: Study) -> Table:
    """Tabulate parameters and CPU times, a row for each size of a detector's network."""
    sizes: dict[tuple[str, int, int | None], list[DetectionRecord]] = {}
    for point in found.points.values():
        for record in point.records:
            cell = record.cell
            key = (cell.detector, cell.num_tx, cell.num_iterations)
            sizes.setdefault(key, []).append(record)
    return Table(
        caption="What the detectors cost",
        head=(
            "detector",
            "users",
            "iterations",
            "parameters",
            "learning a block [CPU s]",
            "detecting an element [CPU µs]",
        ),
        rows=tuple(_row(key, records) for key, records in sizes.items()),
        note="Parameters of networks; a fitted channel has none. Lowest to highest of the trials; "
        "CPU times are of one thread of the machine that ran them, which may have had other work "
        "too.",
    )


def _row(key: tuple[str, int, int | None], records: Sequence[DetectionRecord]) -> Row:
    detector, num_tx, iterations = key
    learning_s = [r.run.learning_cpu_s / len(r.blocks) for r in records]
    detection_us = [
        1e6 * r.run.detection_cpu_s / (len(r.blocks) * r.cell.num_data) for r in records
    ]
    return (
        detector,
        str(num_tx),
        "–" if iterations is None else str(iterations),
        count(records[0].num_parameters),
        _range(learning_s) if records[0].cell.num_pilots is not None else "–",
        _range(detection_us),
    )


def _range(values: Sequence[float]) -> str:
    low, high = number(min(values), digits=2), number(max(values), digits=2)
    return low if low == high else f"{low} to {high}"
