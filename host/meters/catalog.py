# SPDX-License-Identifier: Apache-2.0
"""Which meters there are, and the one that a board names."""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from boards.board import Board, EnergySource, MeterTable
from host.meters import joulescope, lpm01a, ppk2
from host.meters.errors import MeterSettingsError
from host.meters.meter import Meter, SampledMeter
from host.meters.samples import Sampler


class _Opener(Protocol):
    def __call__(self, table: MeterTable, *, board: str) -> AbstractContextManager[Sampler]: ...


_METERS: Mapping[str, _Opener] = {
    "joulescope": joulescope.opened,
    "lpm01a": lpm01a.opened,
    "ppk2": ppk2.opened,
}


PACKAGES: Mapping[str, str] = {"joulescope": "joulescope", "ppk2": "ppk2-api"}
"""The packages of the extra `meters` that meters are read with; others need none."""


def names() -> tuple[str, ...]:
    """Return the name of every meter."""
    return tuple(sorted(_METERS))


@contextmanager
def open_meter(board: Board) -> Generator[Meter | None]:
    """Open the meter of a board; None for one whose energy is not measured.

    Raises
    ------
    MeterSettingsError
        The board file names no meter that there is, or a setting that it has not.
    MeterError, ToolMissingError
        The meter is not plugged in, or what reads it is not installed.
    """
    table = board.energy.meter
    if board.energy.source is not EnergySource.METER or table is None:
        yield None
        return
    if table.name not in _METERS:
        problem = f"no meter called {table.name!r}; there are: {', '.join(names())}"
        raise MeterSettingsError(board=board.name, key="name", problem=problem)
    with _METERS[table.name](table, board=board.name) as sampler:
        yield SampledMeter(sampler)
