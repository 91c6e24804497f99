# SPDX-License-Identifier: Apache-2.0
r"""Modelled latency and energy of silicon, from instructions that an emulator counted.

.. math:: t = \frac{N \cdot \mathrm{CPI}}{f}, \qquad E = N \cdot \mathrm{CPI} \cdot e

with N instructions, f the chip's clock and e its energy a cycle. A band combines the least with the
least and the greatest with the greatest. No source, no figure: the answer is then None, never 0.

Source
------
The chips' files in `boards/energy/`, all derived from published MLPerf Tiny results.
"""

from dataclasses import dataclass

from boards import silicon
from boards.board import Board
from boards.silicon import EnergyProfile, Silicon


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A modelled figure between its bounds.

    Parameters
    ----------
    value, low, high : float
        In the unit of what is modelled.
    method : str
        "modelled:", the name of the chip or energy profile behind it, and the kernels whose cycles
        per instruction it borrows.
    """

    value: float
    low: float
    high: float
    method: str


def latency_of(board: Board, instructions: int) -> Band | None:
    """Return the latency [s] of the chip that a board stands for; None if it stands for none."""
    if board.stands_for is None:
        return None
    return modelled_latency(instructions, chip=silicon.load(board.stands_for))


def energy_of(board: Board, instructions: int) -> Band | None:
    """Return the energy [J] by the board's own profile; None if it names none."""
    if board.stands_for is None or board.energy.profile is None:
        return None
    chip = silicon.load(board.stands_for)
    return modelled_energy(instructions, chip=chip, profile=chip.profile(board.energy.profile))


def modelled_latency(instructions: int, *, chip: Silicon) -> Band:
    """Return how long a chip takes for some instructions [s]."""
    return Band(
        value=instructions * chip.cpi.value / chip.clock_hz,
        low=instructions * chip.cpi.low / chip.clock_hz,
        high=instructions * chip.cpi.high / chip.clock_hz,
        method=f"modelled:{chip.name} (CPI of {chip.cpi.kernels})",
    )


def modelled_energy(instructions: int, *, chip: Silicon, profile: EnergyProfile) -> Band:
    """Return the energy that a chip takes for some instructions [J]."""
    return Band(
        value=instructions * chip.cpi.value * profile.joules_per_cycle,
        low=instructions * chip.cpi.low * profile.lowest_joules_per_cycle,
        high=instructions * chip.cpi.high * profile.highest_joules_per_cycle,
        method=f"modelled:{profile.name} (CPI of {chip.cpi.kernels})",
    )
