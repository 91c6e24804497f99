# SPDX-License-Identifier: Apache-2.0
"""Receiving with a compiled network: on its twin in this process, or on a board beside the twin.

The board computes every slot, and so does the twin; a record says how many of the LLRs differed.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from boards.board import Board
from boards.graph import Graph
from boards.image import Image
from host.board_cost import cost_on, link_use, operators_on
from host.board_receiver import BoardReceiver
from host.deployment import Deployment
from host.device import Device
from host.expense import Expense
from host.experiment import TWIN
from host.record import Agreement, Cost, Hardware
from receivers.neural.deployment import QuantizedReceiver
from sim.slot import Slot
from sim.twin import Twin


class OnTwin:
    """A network in the board's own integers, on this machine; satisfies `Detector`."""

    def __init__(self, deployment: Deployment) -> None:
        self._image = deployment.image
        self._receiver = QuantizedReceiver(deployment.graph, Twin(deployment.image))

    def detect(self, slot: Slot) -> Tensor:
        """Return the twin's LLRs."""
        return self._receiver.detect(slot.observation)

    def expense(self) -> Expense:
        """Return what is known without a board: the work of one slot, and the image."""
        hardware = Hardware(board=None, image_hash=self._image.sha256.hex())
        return Expense(cost=Cost(macs_per_slot=self._image.macs), hardware=hardware)


class OnBoard:
    """A network on a board, compared slot by slot with its twin; satisfies `Detector`."""

    def __init__(self, board: Board, device: Device, deployment: Deployment) -> None:
        self._board, self._device, self._deployment = board, device, deployment
        self._receiver = _Counting(device, graph=deployment.graph, image=deployment.image)
        self._twin = OnTwin(deployment)
        self._num_values = self._num_unequal = 0

    def detect(self, slot: Slot) -> Tensor:
        """Return the board's LLRs."""
        llr = self._receiver.detect(slot.observation)
        self._num_values += llr.numel()
        self._num_unequal += int(torch.count_nonzero(llr != self._twin.detect(slot)))
        return llr

    def expense(self) -> Expense:
        """Return what the slots so far cost; runs one more, of silence, for the operators."""
        usage, image = self._receiver.usage, self._deployment.image
        names = [operator.name for operator in self._deployment.graph.operators]
        instructions = self._receiver.least_instructions
        return Expense(
            cost=cost_on(self._board, self._device, image, instructions=instructions),
            hardware=self._hardware(usage.num_slots),
            link=link_use(self._device, usage.link, num_slots=usage.num_slots),
            instructions_per_slot=instructions,
            operators=operators_on(self._device, image, names=names),
        )

    def _hardware(self, num_slots: int) -> Hardware:
        return Hardware(
            board=self._board.name,
            stands_for=self._board.stands_for,
            firmware_hash=self._device.info.firmware_hash.hex(),
            image_hash=self._deployment.image.sha256.hex(),
            agreement=Agreement(
                reference=TWIN,
                num_slots=num_slots,
                num_values=self._num_values,
                num_unequal=self._num_unequal,
            ),
        )


class _Counting(BoardReceiver):
    """A board's receiver that keeps the ticks of every slot."""

    def __init__(self, device: Device, *, graph: Graph, image: Image) -> None:
        self._each: list[int] = []
        self._worth = device.instructions_per_tick
        super().__init__(device, graph=graph, image=image)

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run the network on one slot and note its ticks."""
        before = self.usage.ticks
        output = super().run(x)
        self._each.append(self.usage.ticks - before)
        return output

    @property
    def least_instructions(self) -> int | None:
        """Return the instructions of the slot that took fewest; None where they are not counted."""
        if self._worth is None or not self._each:
            return None
        return round(min(self._each) * self._worth)
