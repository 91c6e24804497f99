# SPDX-License-Identifier: Apache-2.0
"""What one slot of a loaded network costs on a board: counted, modelled, and never guessed."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from boards import cost, silicon
from boards.board import Board
from boards.graph import OperatorKind
from boards.image import Image
from boards.layout import ADD, CONV_2D, DEPTHWISE_CONV_2D, MUL
from host.device import Device
from host.link_statistics import LinkStatistics, RawRates
from host.record import Band, Cost, LinkUse, OperatorCost
from host.wire import RawDirection

# Bytes over the bare port to learn its throughput: most of a second down and a fraction of one up
# on an emulator, whose receiver is the slower.
_RAW_BYTES_DOWN, _RAW_BYTES_UP = 1 << 14, 1 << 16

_KINDS: Mapping[int, OperatorKind] = {
    CONV_2D: OperatorKind.CONV_2D,
    DEPTHWISE_CONV_2D: OperatorKind.DEPTHWISE_CONV_2D,
    ADD: OperatorKind.ADD,
    MUL: OperatorKind.MUL,
}


def cost_on(board: Board, device: Device, image: Image, *, instructions: int | None) -> Cost:
    """Put together what one slot of a loaded network costs.

    Parameters
    ----------
    board : Board
        Tells the memory, and the chip that modelled figures stand for.
    device : Device
        Has the image loaded.
    image : Image
        The network.
    instructions : int or None
        Instructions of one slot; four digits of them are kept.
    """
    instructions = None if instructions is None else int(float(f"{instructions:.4g}"))
    ram_capacity_bytes, flash_capacity_bytes = capacities(board)
    return Cost(
        macs_per_slot=image.macs,
        instructions_per_slot=instructions,
        latency=_latency(board, instructions),
        energy=_energy(board, instructions),
        ram_bytes=device.info.agent_ram_bytes + image.arena_bytes,
        ram_capacity_bytes=ram_capacity_bytes,
        flash_bytes=device.info.agent_flash_bytes + len(image.data),
        flash_capacity_bytes=flash_capacity_bytes,
        link_bytes_per_slot=math.prod(image.input_shape) + math.prod(image.output_shape),
    )


def operators_on(
    device: Device, image: Image, *, names: Sequence[str] = ()
) -> tuple[OperatorCost, ...]:
    """Run silence through the loaded network, operator by operator.

    Parameters
    ----------
    device : Device
        Has the image loaded.
    image : Image
        The network.
    names : sequence of str
        What the operators are called; without, their numbers.
    """
    device.measure(np.zeros(image.input_shape, dtype=np.int8), profile=True)
    pairs = zip(image.operators, device.profile(), strict=True)
    return tuple(
        OperatorCost(
            name=names[i] if names else str(i),
            kind=_KINDS[operator.kind],
            macs=operator.macs,
            instructions=None if profile.instructions is None else round(profile.instructions),
        )
        for i, (operator, profile) in enumerate(pairs)
    )


def link_use(device: Device, used: LinkStatistics, *, num_slots: int) -> LinkUse:
    """Compare what the slots took on the link with what the bare port carries now."""
    rates = RawRates(
        to_device=device.raw_throughput(_RAW_BYTES_DOWN, direction=RawDirection.TO_DEVICE),
        to_host=device.raw_throughput(_RAW_BYTES_UP, direction=RawDirection.TO_HOST),
    )
    return LinkUse(
        framed_bytes_per_slot=(used.bytes_sent + used.bytes_received) / max(1, num_slots),
        utilisation=used.utilisation(rates),
        num_retries=used.num_retries,
    )


def capacities(board: Board) -> tuple[int | None, int | None]:
    """Return RAM and flash [bytes] of the chip a board stands for, or else of the board."""
    ram = board.memory.ram.bytes if board.memory.ram else None
    flash = board.memory.flash.bytes if board.memory.flash else None
    if board.stands_for is None:
        return ram, flash
    chip = silicon.load(board.stands_for)
    return chip.ram_bytes or ram, chip.flash_bytes or flash


def _latency(board: Board, instructions: int | None) -> Band | None:
    figure = None if instructions is None else cost.latency_of(board, instructions)
    return None if figure is None else _band(figure, unit="s")


def _energy(board: Board, instructions: int | None) -> dict[str, Band]:
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
