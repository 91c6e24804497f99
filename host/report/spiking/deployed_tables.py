# SPDX-License-Identifier: Apache-2.0
"""Tables of networks in integers: what they lose, and what a recording costs on boards."""

from collections.abc import Iterable
from statistics import fmean

from host.report import quantity
from host.report.spiking.deployed import InIntegers, OnOneBoard, boards, in_integers
from host.report.spiking.matrix import Trained, milliseconds
from host.report.tables import Row, Table


def deployed_tables(one: Trained) -> tuple[Table, ...]:
    """Return the tables of one kind of network; none if it did not run in integers."""
    if not in_integers(one):
        return ()
    found = [integer_table(one)]
    return (*found, board_table(one)) if boards(one) else tuple(found)


def integer_table(one: Trained) -> Table:
    """Tabulate the accuracy in integers, a row a time step and number of bits."""
    return Table(
        caption=f"In integers: {one.title}",
        head=(
            "run at",
            "weights",
            "accuracy [%]",
            "lost [points]: mean, most",
            "recordings told otherwise",
            "saturations",
            "image [KiB]",
        ),
        rows=tuple(_integer_row(place) for place in in_integers(one)),
        note="All recordings, in the twin. Lost: against the same network of real numbers at that "
        "time step; told otherwise: than by it. Saturations: values that a limit changed.",
    )


def board_table(one: Trained) -> Table:
    """Tabulate what a recording costs, a row a board, time step and number of bits."""
    rows = [
        _board_row(board, place, told)
        for board in boards(one)
        for place in in_integers(one)
        if (told := place.on(board)) is not None
    ]
    ran = [b for r in one.records for d in r.deployed for b in d.boards]
    methods = {band.method for b in ran for band in (b.latency, b.energy) if band}
    return Table(
        caption=f"On boards: {one.title}",
        head=(
            "board",
            "run at",
            "weights",
            "accuracy [%]",
            "recordings",
            "unlike the twin",
            "instructions a recording [million]",
            "a synaptic operation",
            "time [ms]",
            "energy [µJ]",
        ),
        rows=tuple(rows),
        note=f"Accuracy: all recordings, in the twin. {_told(methods)}",
    )


def _told(methods: set[str]) -> str:
    if not methods:
        return "Times and energies are not modelled for these boards."
    return f"Times and energies are {'; '.join(sorted(methods))}, with their bounds."


def _integer_row(place: InIntegers) -> Row:
    lost = [100 * loss for loss in place.losses]
    return (
        milliseconds(place.dt_us),
        f"int{place.weight_bits}",
        _share(place),
        f"{fmean(lost):.1f}, {max(lost):.1f}".replace("-0.0", "0.0") if lost else quantity.ABSENT,
        f"{_total(one.num_unlike_float for one in place.found)} of "
        f"{_total(one.num_recordings for one in place.found)}",
        _total(one.saturations for one in place.found),
        quantity.kibibytes(place.found[0].image_bytes),
    )


def _board_row(board: str, place: InIntegers, told: OnOneBoard) -> Row:
    return (
        board,
        milliseconds(place.dt_us),
        f"int{place.weight_bits}",
        f"{100 * place.mean:.1f}",
        quantity.count(told.num_recordings),
        quantity.count(told.num_unequal),
        quantity.number(_millions(told.instructions)),
        quantity.number(told.instructions_per_synop),
        quantity.band(told.latency, factor=1e3),
        quantity.band(told.energy, factor=1e6),
    )


def _share(place: InIntegers) -> str:
    low, high = place.ends
    return f"{100 * place.mean:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def _total(numbers: Iterable[int]) -> str:
    return quantity.count(sum(numbers))


def _millions(value: float | None) -> float | None:
    return None if value is None else value / 1e6
