# SPDX-License-Identifier: Apache-2.0
"""What one slot of a loaded network costs on a board: counted, modelled, and never guessed."""

import math
from collections.abc import Sequence

import numpy as np

from boards import cost, silicon
from boards.board import Board
from boards.image import Image
from host.device import Device
from host.link_statistics import LinkStatistics
from host.meters.energy import Energy
from host.record import Band, Cost, LinkUse, OperatorCost


def cost_on(
    board: Board,
    device: Device,
    image: Image,
    *,
    instructions: int | None,
    names: Sequence[str] = (),
    runs_per_slot: int = 1,
) -> Cost:
    """Put together what one slot of a loaded network costs; runs silence through its operators.

    Parameters
    ----------
    board : Board
        Tells the memory, and the chip that modelled figures stand for.
    device : Device
        Has the image loaded.
    image : Image
        The network.
    instructions : int or None
        Instructions of one slot.
    names : sequence of str
        What the operators are called; without, their numbers.
    runs_per_slot : int
        How often the image runs for one slot.
    """
    ram_capacity_bytes, flash_capacity_bytes = capacities(board)
    return Cost(
        macs_per_slot=runs_per_slot * image.macs,
        instructions_per_slot=instructions,
        latency=modelled_latency(board, instructions),
        energy=modelled_energy(board, instructions),
        ram_bytes=device.info.agent_ram_bytes + device.info.arena_bytes,
        ram_capacity_bytes=ram_capacity_bytes,
        flash_bytes=device.info.agent_flash_bytes + len(image.data),
        flash_capacity_bytes=flash_capacity_bytes,
        link_bytes_per_slot=runs_per_slot
        * (math.prod(image.input_shape) + math.prod(image.output_shape)),
        operators=_operators(device, image, names=names, runs_per_slot=runs_per_slot),
    )


def _operators(
    device: Device, image: Image, *, names: Sequence[str], runs_per_slot: int
) -> tuple[OperatorCost, ...]:
    device.measure(np.zeros(image.input_shape, dtype=np.int8), profile=True)
    pairs = zip(image.operators, device.profile(), strict=True)
    return tuple(
        OperatorCost(
            name=names[i] if names else str(i),
            kind=operator.kind.name,
            macs=runs_per_slot * operator.macs,
            instructions=_times(runs_per_slot, profile.instructions),
        )
        for i, (operator, profile) in enumerate(pairs)
    )


def _times(num_runs: int, instructions: int | None) -> int | None:
    return None if instructions is None else num_runs * instructions


def link_use(used: LinkStatistics, *, num_slots: int, utilisation: float | None) -> LinkUse:
    """Tell how some slots used the link, and which share of the bare port they reached."""
    return LinkUse(
        framed_bytes_per_slot=(used.bytes_sent + used.bytes_received) / max(1, num_slots),
        utilisation=utilisation,
        num_retries=used.num_retries,
    )


def measured_energy(energy: Energy | None) -> dict[str, Band]:
    """Return the mean energy of a slot by the name of its meter; empty without a meter."""
    if energy is None:
        return {}
    band = Band(
        value=energy.joules, low=energy.low, high=energy.high, unit="J", method=energy.method
    )
    return {energy.method.removeprefix("measured:"): band}


def capacities(board: Board) -> tuple[int | None, int | None]:
    """Return RAM and flash [bytes] of the chip a board stands for, or else of the board.

    What a board has for images counts as flash: it is where a chip would keep them.
    """
    memory = board.memory
    ram = memory.ram.bytes if memory.ram else None
    regions = [one.bytes for one in (memory.flash, memory.images) if one]
    flash = sum(regions) if regions else None
    if board.stands_for is None:
        return ram, flash
    chip = silicon.load(board.stands_for)
    return chip.ram_bytes or ram, chip.flash_bytes or flash


def modelled_latency(board: Board, instructions: int | None) -> Band | None:
    """Return the latency [s] of the chip that a board stands for, if it does for one."""
    figure = None if instructions is None else cost.latency_of(board, instructions)
    return None if figure is None else _band(figure, unit="s")


def modelled_energy(board: Board, instructions: int | None) -> dict[str, Band]:
    """Return the energy [J] by each profile of the chip that a board stands for."""
    if instructions is None or board.stands_for is None:
        return {}
    chip = silicon.load(board.stands_for)
    return {
        profile.name: _band(
            cost.modelled_energy(instructions, chip=chip, profile=profile), unit="J"
        )
        for profile in chip.energy
    }


def _band(figure: cost.Band, *, unit: str) -> Band:
    return Band(
        value=figure.value, low=figure.low, high=figure.high, unit=unit, method=figure.method
    )
