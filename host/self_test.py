# SPDX-License-Identifier: Apache-2.0
"""The self-test of a board: a network on it, given noise, against the network's twin."""

from dataclasses import dataclass

import numpy as np

from boards.board import Board
from boards.image import Image
from channels.randomness import generator
from host.board_cost import cost_on, link_use
from host.device import Device
from host.experiment import TWIN
from host.link_gauge import LinkGauge
from host.record import Agreement, Cost, Hardware, LinkUse
from sim.twin import Twin

_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """What a board made of a network: cost of a slot, agreement with the twin, use of the link."""

    cost: Cost
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
    gauge = LinkGauge(device, every=1)
    agreement = _compare(device, image, num_slots, gauge)
    used = device.statistics - before
    instructions = device.measure(np.zeros(image.input_shape, dtype=np.int8)).instructions
    return SelfTest(
        cost=cost_on(board, device, image, instructions=instructions, names=names),
        hardware=Hardware(
            board=board.name,
            stands_for=board.stands_for,
            firmware_hash=device.info.firmware_hash.hex(),
            image_hash=image.sha256.hex(),
            agreement=agreement,
        ),
        link=link_use(used, num_slots=num_slots, utilisation=gauge.utilisation),
    )


def _compare(device: Device, image: Image, num_slots: int, gauge: LinkGauge) -> Agreement:
    twin, num_values, num_unequal = Twin(image), 0, 0
    for i in range(num_slots):
        draw = generator(seed=_SEED, stream="self-test", index=i)
        x = draw.integers(-128, 128, image.input_shape, dtype=np.int8)
        expected = twin.run(x)
        num_values += expected.size
        before = device.statistics
        num_unequal += int(np.count_nonzero(device.run(x) != expected))
        gauge.after_slot(device.statistics - before)
    return Agreement(
        reference=TWIN, num_slots=num_slots, num_values=num_values, num_unequal=num_unequal
    )
