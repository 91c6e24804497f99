# SPDX-License-Identifier: Apache-2.0
"""Devices whose network changes under way: the clone learns here, its weights travel as patches.

    learner -> Update -> int8 with the scales it had -> image -> bytes that differ -> device

A board receives a patch in pieces between its slots, and goes on detecting with the old network
until the whole new one is put in force between two slots.
"""

import time

import torch
from torch import Tensor

from boards import image, memory
from boards.board import Board
from boards.graph import Graph
from boards.image import Image
from boards.patch import Patch
from host.board_cost import cost_on, link_use, measured_energy
from host.board_receiver import BoardReceiver
from host.device import Device
from host.expense import Expense
from host.experiment import TWIN
from host.interruption import postponed
from host.patching import Patching
from host.record import Agreement, Cost, Hardware
from host.travel import Travel
from receivers.learning.update import Update, apply, restored
from receivers.neural.deployment import QuantizedReceiver, Requantizer
from receivers.neural.weights import Weights
from receivers.state import State, copied, fields_of
from sim.slot import Observation
from sim.twin import Twin

PATCH_BYTES_A_SLOT = 2048
"""At most so much of a patch travels between two slots."""


class _Versions:
    """The network of a device in its successive versions: graph and image."""

    def __init__(self, weights: Weights, requantizer: Requantizer) -> None:
        self._network, self._requantizer = weights.network, requantizer
        self.graph = requantizer.graph
        self._plan = memory.plan(self.graph)
        self.image = image.compile(self.graph, self._plan)
        self.travel = Travel()

    def next(self, update: Update) -> Patch:
        """Go on to the version with new weights; return what changes on the device."""
        before = self.image
        apply(update, self._network)
        self._requantize()
        patch = Patch.between(before, self.image)
        self.travel.num_bytes.append(patch.num_bytes)
        return patch

    def state(self) -> State:
        """Return the weights of this version, and what the patches up to it took."""
        return {
            "weights": copied(self._network.state_dict()),
            "travel": self.travel.state(),
        }

    def restore(self, state: State) -> None:
        """Go on from another version; the first one is as it was quantized, not requantized."""
        self._network.load_state_dict(state["weights"])
        self.travel.restore(state["travel"])
        if self.travel.num_bytes:
            self._requantize()

    def _requantize(self) -> None:
        with postponed():
            self.graph = self._requantizer.requantized(self._network)
        self.image = image.compile(self.graph, self._plan)


class ServingOnTwin:
    """The device's integers on this machine, patched in no time; satisfies `CostlyServing`.

    Parameters
    ----------
    weights : Weights
        Of its own: they change.
    requantizer : Requantizer
    """

    def __init__(self, weights: Weights, requantizer: Requantizer) -> None:
        self._versions = _Versions(weights, requantizer)
        self._receiver = _on_twin(self._versions.graph, self._versions.image)

    @property
    def travel(self) -> Travel:
        """Return what the patches took, which arrive at once."""
        return self._versions.travel

    def detect(self, observation: Observation) -> Tensor:
        """Return the twin's LLRs, float32 [num_slots, 1, num_bits]."""
        return self._receiver.detect(observation)

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that are not on the air; nothing else changes."""
        return self._receiver.detect(observation)

    def update(self, update: Update) -> None:
        """Put new weights in force, for the next slot on."""
        self._versions.next(update)
        self._receiver = _on_twin(self._versions.graph, self._versions.image)

    def expense(self) -> Expense:
        """Return the work of one slot, and the image that was in force last."""
        last = self._versions.image
        hardware = Hardware(board=None, image_hash=last.sha256.hex())
        return Expense(cost=Cost(macs_per_slot=last.macs), hardware=hardware)

    def state(self) -> State:
        """Return the version in force."""
        return self._versions.state()

    def restore(self, state: State) -> None:
        """Put another version in force."""
        self._versions.restore(state)
        self._receiver = _on_twin(self._versions.graph, self._versions.image)


class ServingOnBoard:
    """A board that is patched between its slots, beside its twin; satisfies `CostlyServing`.

    Parameters
    ----------
    board : Board
    device : Device
        The board, open; it forgets what it holds, and the first version is loaded onto it.
    weights : Weights
        Of its own: they change.
    requantizer : Requantizer
    """

    def __init__(
        self, board: Board, device: Device, weights: Weights, requantizer: Requantizer
    ) -> None:
        self._board, self._device = board, device
        self._versions = _Versions(weights, requantizer)
        first = self._versions
        device.reset()  # a patch that another sitting began would be gone on with
        first.image.check_fits(board)
        self._receiver = BoardReceiver(device, graph=first.graph, image=first.image)
        self._twin = _on_twin(first.graph, first.image)
        self._in_force = first.image
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
        names = [operator.name for operator in self._versions.graph.operators]
        cost = cost_on(
            self._board,
            self._device,
            self._in_force,
            instructions=usage.instructions_per_slot,
            names=names,
        )
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
        graph, self._in_force = self._versions.graph, self._versions.image
        self._receiver.switch(graph=graph, image=self._in_force)
        self._twin = _on_twin(graph, self._in_force)

    def _hardware(self, num_slots: int) -> Hardware:
        return Hardware(
            board=self._board.name,
            stands_for=self._board.stands_for,
            firmware_hash=self._device.info.firmware_hash.hex(),
            image_hash=self._in_force.sha256.hex(),
            agreement=Agreement(
                reference=TWIN,
                num_slots=num_slots,
                num_values=self._num_values,
                num_unequal=self._num_unequal,
            ),
        )


def _on_twin(graph: Graph, compiled: Image) -> QuantizedReceiver:
    return QuantizedReceiver(graph, Twin(compiled))
