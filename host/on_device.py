# SPDX-License-Identifier: Apache-2.0
"""Receiving with a compiled network: on its twin in this process, or on a board beside the twin.

The board computes every slot, and so does the twin; a record says how many of the LLRs differed.
"""

import torch
from torch import Tensor

from boards.board import Board
from host.board_cost import cost_on, link_use, measured_energy
from host.board_receiver import BoardReceiver
from host.deployment import Deployment
from host.device import Device
from host.expense import Expense
from host.experiment import TWIN
from host.record import Agreement, Cost, Hardware
from receivers.neural.deployment import QuantizedReceiver
from receivers.state import Kept
from sim.slot import Slot
from sim.twin import Twin


class OnTwin(Kept):
    """A network in the board's own integers, on this machine; satisfies `Detector`."""

    fixed = ("_image", "_receiver")

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


class OnBoard(Kept):
    """A network on a board, compared slot by slot with its twin; satisfies `Detector`."""

    fixed = ("_board", "_device", "_deployment", "_twin")

    def __init__(self, board: Board, device: Device, deployment: Deployment) -> None:
        self._board, self._device, self._deployment = board, device, deployment
        self._receiver = BoardReceiver(device, graph=deployment.graph, image=deployment.image)
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
        return Expense(
            cost=cost_on(
                self._board,
                self._device,
                image,
                instructions=usage.instructions_per_slot,
                names=names,
            ),
            hardware=self._hardware(usage.num_slots),
            link=link_use(usage.link, num_slots=usage.num_slots, utilisation=usage.utilisation),
            energy=measured_energy(usage.energy),
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
