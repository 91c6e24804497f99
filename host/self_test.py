# SPDX-License-Identifier: Apache-2.0
"""The self-test of a board: a network on it, given noise, against the network's twin."""

from dataclasses import dataclass

import numpy as np

from boards.board import Board
from boards.image import Image
from channels.randomness import generator
from host.board_cost import cost_on, link_use, operators_on
from host.device import Device
from host.experiment import TWIN
from host.record import Agreement, Cost, Hardware, LinkUse, OperatorCost
from sim.twin import Twin

_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """What a board made of a network: cost of a slot, agreement with the twin, use of the link."""

    cost: Cost
    operators: tuple[OperatorCost, ...]
    hardware: Hardware
    link: LinkUse

    @property
    def passed(self) -> bool:
        """Return whether every output was the twin's."""
        return self.hardware.agreement is not None and self.hardware.agreement.num_unequal == 0


def run_self_test(
    board: Board, device: Device, image: Image, *, num_slots: int, names: tuple[str, ...] = ()
) -> SelfTest:
    """Load an image and compare the board's outputs with the twin's on uniformly random inputs.

    Parameters
    ----------
    board : Board
        The device's board.
    device : Device
        Open.
    image : Image
        The network.
    num_slots : int
        Inputs to compare.
    names : tuple of str
        What the operators are called.
    """
    device.load(image)
    before = device.statistics
    agreement = _compare(device, image, num_slots)
    used = device.statistics - before
    return SelfTest(
        cost=cost_on(board, device, image, instructions=_instructions(device, image)),
        operators=operators_on(device, image, names=names),
        hardware=Hardware(
            board=board.name,
            stands_for=board.stands_for,
            firmware_hash=device.info.firmware_hash.hex(),
            image_hash=image.sha256.hex(),
            agreement=agreement,
        ),
        link=link_use(device, used, num_slots=num_slots),
    )


def _instructions(device: Device, image: Image) -> int | None:
    counted = device.measure(np.zeros(image.input_shape, dtype=np.int8)).instructions
    return None if counted is None else round(counted)


def _compare(device: Device, image: Image, num_slots: int) -> Agreement:
    twin, num_values, num_unequal = Twin(image), 0, 0
    for i in range(num_slots):
        draw = generator(seed=_SEED, stream="self-test", index=i)
        x = draw.integers(-128, 128, image.input_shape, dtype=np.int8)
        expected = twin.run(x)
        num_values += expected.size
        num_unequal += int(np.count_nonzero(device.run(x) != expected))
    return Agreement(
        reference=TWIN, num_slots=num_slots, num_values=num_values, num_unequal=num_unequal
    )
