# SPDX-License-Identifier: Apache-2.0
"""The self-test of a board: a network on it, given noise, against the network's twin."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from boards.board import Board
from boards.image import Image
from channels.randomness import generator
from host.board_cost import cost_on, link_use, measured_energy
from host.device import Device
from host.experiment import TWIN
from host.link_gauge import LinkGauge
from host.meters.tally import EnergyTally
from host.record import Agreement, Band, Cost, Hardware, LinkUse
from sim.twin import Twin

SEED = 1
"""Of the inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """What a board made of a network: cost of a slot, agreement with the twin, use of the link.

    `energy` is what a meter measured of a slot, by the meter's name.
    """

    cost: Cost
    hardware: Hardware
    link: LinkUse
    energy: Mapping[str, Band]

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
    energies = EnergyTally()
    agreement = _compare(device, image, gauge, energies, num_slots=num_slots)
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
        energy=measured_energy(energies.mean),
    )


def _compare(
    device: Device, image: Image, gauge: LinkGauge, energies: EnergyTally, *, num_slots: int
) -> Agreement:
    twin, num_values, num_unequal = Twin(image), 0, 0
    for i in range(num_slots):
        draw = generator(seed=SEED, stream="self-test", index=i)
        x = draw.integers(-128, 128, image.input_shape, dtype=np.int8)
        expected = twin.run(x)
        num_values += expected.size
        before = device.statistics
        inference = device.measure(x)
        num_unequal += int(np.count_nonzero(inference.output != expected))
        energies.add(inference.energy)
        gauge.after_slot(device.statistics - before)
    return Agreement(
        reference=TWIN, num_slots=num_slots, num_values=num_values, num_unequal=num_unequal
    )
