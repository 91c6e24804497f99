# SPDX-License-Identifier: Apache-2.0
"""Receiving with a compiled network: on its twin in this process, or on a board beside the twin.

The board computes every slot, and so does the twin; a record says how many of the LLRs differed.
"""

from collections.abc import Generator
from contextlib import contextmanager

import torch
from torch import Tensor

from boards import catalog as boards
from boards.board import Board
from host.board_cost import link_use, measured_energy
from host.board_receiver import BoardReceiver
from host.deployed import Deployed
from host.device import Device
from host.expense import Expense
from host.experiment import TWIN
from host.launcher import open_device
from host.record import Agreement, Cost, Hardware
from receivers.state import Kept
from sim.slot import Slot
from sim.twin import Twin


class OnTwin(Kept):
    """A receiver in the board's own integers, on this machine; satisfies `Detector`."""

    fixed = ("_deployed", "_receiver")

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._receiver = deployed.receiver(Twin(deployed.image))

    def detect(self, slot: Slot) -> Tensor:
        """Return the twin's LLRs."""
        return self._receiver.detect(slot.observation)

    def expense(self) -> Expense:
        """Return what is known without a board: the work of one slot, and the image."""
        image, num_runs = self._deployed.image, self._deployed.runs_per_slot
        hardware = Hardware(board=None, image_hash=image.sha256.hex())
        return Expense(cost=Cost(macs_per_slot=num_runs * image.macs), hardware=hardware)


class OnBoard(Kept):
    """A receiver on a board, compared slot by slot with its twin; satisfies `Detector`."""

    fixed = ("_board", "_device", "_deployed", "_twin")

    def __init__(self, board: Board, device: Device, deployed: Deployed) -> None:
        self._board, self._device, self._deployed = board, device, deployed
        self._receiver = BoardReceiver(device, deployed)
        self._twin = OnTwin(deployed)
        self._num_values = self._num_unequal = 0

    def detect(self, slot: Slot) -> Tensor:
        """Return the board's LLRs."""
        llr = self._receiver.detect(slot.observation)
        self._num_values += llr.numel()
        self._num_unequal += int(torch.count_nonzero(llr != self._twin.detect(slot)))
        return llr

    def expense(self) -> Expense:
        """Return what the slots so far cost; runs one more, of silence, for the operators."""
        usage = self._receiver.usage
        return Expense(
            cost=self._receiver.cost(self._board),
            hardware=self._hardware(usage.num_slots),
            link=link_use(usage.link, num_slots=usage.num_slots, utilisation=usage.utilisation),
            energy=measured_energy(usage.energy),
        )

    def _hardware(self, num_slots: int) -> Hardware:
        return Hardware(
            board=self._board.name,
            stands_for=self._board.stands_for,
            firmware_hash=self._device.info.firmware_hash.hex(),
            image_hash=self._deployed.image.sha256.hex(),
            agreement=Agreement(
                reference=TWIN,
                num_slots=num_slots,
                num_values=self._num_values,
                num_unequal=self._num_unequal,
            ),
        )


@contextmanager
def open_deployed(
    device: str, deployed: Deployed, *, port: str | None
) -> Generator[OnTwin | OnBoard]:
    """Open what was deployed on the twin or a board; closed at the end of the block.

    Parameters
    ----------
    device : str
        "twin", or the name of a board.
    deployed : Deployed
    port : str or None
        Where the board's firmware already runs.
    """
    if device == TWIN:
        yield OnTwin(deployed)
        return
    board = boards.load(device)
    deployed.image.check_fits(board)
    with open_device(board, port=port) as opened:
        yield OnBoard(board, opened, deployed)
