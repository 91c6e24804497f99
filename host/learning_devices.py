# SPDX-License-Identifier: Apache-2.0
"""Devices whose network changes under way: the clone learns here, its weights travel as patches.

    learner -> Update -> int8 with the scales it had -> image -> bytes that differ -> device

A board receives a patch in pieces between its slots, and goes on detecting with the old network
until the whole new one is put in force between two slots.
"""

import time
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
from host.patching import Patching
from host.record import Agreement, Cost, Hardware
from host.travel import Travel
from host.versions import Versions
from receivers.learning.update import Update, restored
from receivers.receiver import Receiver
from receivers.state import State, fields_of
from sim.slot import Observation
from sim.twin import Twin

PATCH_BYTES_A_SLOT = 2048
"""At most so much of a patch travels between two slots."""


class ServingOnTwin:
    """The device's integers on this machine, patched in no time; satisfies `CostlyServing`.

    Parameters
    ----------
    versions : Versions
        Of its own: it goes on from one to the next.
    """

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._receiver = _on_twin(versions.deployed)

    @property
    def travel(self) -> Travel:
        """Return what the patches took, which arrive at once."""
        return self._versions.travel

    def detect(self, observation: Observation) -> Tensor:
        """Return the twin's LLRs, float32 [num_slots, num_tx, num_bits]."""
        return self._receiver.detect(observation)

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that are not on the air; nothing else changes."""
        return self._receiver.detect(observation)

    def update(self, update: Update) -> None:
        """Put new weights in force, for the next slot on."""
        self._versions.next(update)
        self._receiver = _on_twin(self._versions.deployed)

    def expense(self) -> Expense:
        """Return the work of one slot, and the image that was in force last."""
        last = self._versions.deployed
        hardware = Hardware(board=None, image_hash=last.image.sha256.hex())
        work = Cost(macs_per_slot=last.runs_per_slot * last.image.macs)
        return Expense(cost=work, hardware=hardware)

    def state(self) -> State:
        """Return the version in force."""
        return self._versions.state()

    def restore(self, state: State) -> None:
        """Put another version in force."""
        self._versions.restore(state)
        self._receiver = _on_twin(self._versions.deployed)


class ServingOnBoard:
    """A board that is patched between its slots, beside its twin; satisfies `CostlyServing`.

    Parameters
    ----------
    board : Board
    device : Device
        The board, open; it forgets what it holds, and the first version is loaded onto it.
    versions : Versions
        Of its own: it goes on from one to the next.
    """

    def __init__(self, board: Board, device: Device, versions: Versions) -> None:
        self._board, self._device, self._versions = board, device, versions
        first = versions.deployed
        device.reset()  # a patch that another sitting began would be gone on with
        first.image.check_fits(board)
        self._receiver = BoardReceiver(device, first)
        self._twin = _on_twin(first)
        self._in_force = first
        self._patching: Patching | None = None
        self._opened: tuple[State, Update] | None = None
        self._num_under_way = self._num_values = self._num_unequal = 0

    @property
    def travel(self) -> Travel:
        """Return what the patches took on their way."""
        return self._versions.travel

    def detect(self, observation: Observation) -> Tensor:
        """Return the board's LLRs; between two slots a piece of an open patch travels."""
        parts: list[Tensor] = []
        for i in range(observation.num_slots):
            slot = observation.part(start=i, stop=i + 1)
            llr = self._receiver.detect(slot)
            self._num_values += llr.numel()
            self._num_unequal += int(torch.count_nonzero(llr != self._twin.detect(slot)))
            parts.append(llr)
            self._send_more()
        return torch.cat(parts)

    def probe(self, observation: Observation) -> Tensor:
        """Return the twin's LLRs of slots that are not on the air; the board has no part in it."""
        return self._twin.detect(observation)

    def update(self, update: Update) -> None:
        """Begin to send new weights; those of the update before are in force from now on."""
        self._finish()
        self._open(update)

    def expense(self) -> Expense:
        """Return what the slots so far cost; runs one more, of silence, for the operators."""
        usage = self._receiver.usage
        cost = self._receiver.cost(self._board)
        return Expense(
            cost=cost,
            hardware=self._hardware(usage.num_slots),
            link=link_use(usage.link, num_slots=usage.num_slots, utilisation=usage.utilisation),
            energy=measured_energy(usage.energy),
        )

    def state(self) -> State:
        """Return the version in force, the update on its way, and how far it has come."""
        versions, update = self._opened or (self._versions.state(), None)
        return {
            "versions": versions,
            "update": None if update is None else fields_of(update),
            "num_frames": self._patching.num_frames if self._patching else 0,
            "num_under_way": self._num_under_way,
            "sending_s": self.travel.sending_s,
            "receiver": self._receiver.state(),
            "num_values": self._num_values,
            "num_unequal": self._num_unequal,
        }

    def restore(self, state: State) -> None:
        """Bring the board to where another one was: network in force, and frames of a patch."""
        self._versions.restore(state["versions"])
        self._switch()
        if state["update"] is not None:
            patching = self._open(restored(state["update"]))
            while patching.num_frames > state["num_frames"]:
                patching.step()
        self._num_under_way = state["num_under_way"]
        self.travel.sending_s = state["sending_s"]
        self._receiver.restore(state["receiver"])
        self._num_values, self._num_unequal = state["num_values"], state["num_unequal"]

    def _open(self, update: Update) -> Patching:
        self._opened = (self._versions.state(), update)
        self._num_under_way = 0
        patch = self._versions.next(update)
        self._patching = self._device.begin_patch(patch, max_bytes=PATCH_BYTES_A_SLOT)
        return self._patching

    def _send_more(self) -> None:
        if self._patching is None:
            return
        self._num_under_way += 1
        start = time.perf_counter()
        self._patching.step()
        self.travel.sending_s += time.perf_counter() - start
        if not self._patching.num_frames:
            self._finish()

    def _finish(self) -> None:
        """Send what is left of an open patch, and put it in force."""
        if self._patching is None:
            return
        start = time.perf_counter()
        self._patching.commit()
        self.travel.sending_s += time.perf_counter() - start
        self.travel.num_slots.append(self._num_under_way)
        self._patching = self._opened = None
        self._switch()

    def _switch(self) -> None:
        """Detect with the newest version, which the board has or gets."""
        self._in_force = self._versions.deployed
        self._receiver.switch(self._in_force)
        self._twin = _on_twin(self._in_force)

    def _hardware(self, num_slots: int) -> Hardware:
        return Hardware(
            board=self._board.name,
            stands_for=self._board.stands_for,
            firmware_hash=self._device.info.firmware_hash.hex(),
            image_hash=self._in_force.image.sha256.hex(),
            agreement=Agreement(
                reference=TWIN,
                num_slots=num_slots,
                num_values=self._num_values,
                num_unequal=self._num_unequal,
            ),
        )


@contextmanager
def open_serving(
    device: str, versions: Versions, *, port: str | None
) -> Generator[ServingOnTwin | ServingOnBoard]:
    """Open what serves on the twin or a board; closed at the end of the block.

    Parameters
    ----------
    device : str
        "twin", or the name of a board.
    versions : Versions
    port : str or None
        Where the board's firmware already runs.
    """
    if device == TWIN:
        yield ServingOnTwin(versions)
        return
    board = boards.load(device)
    with open_device(board, port=port) as opened:
        yield ServingOnBoard(board, opened, versions)


def _on_twin(deployed: Deployed) -> Receiver:
    return deployed.receiver(Twin(deployed.image))
