# SPDX-License-Identifier: Apache-2.0
"""A receiver whose device learns by itself: it runs the masked view, and is told the hidden pilots.

masked planes -> device: run -> LLRs of all elements -> host
hidden pilots -> device: gradient of the head; every mini-batch one step
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from boards.board import Board
from boards.graph import Graph
from boards.head_settings import LABEL_BYTES, HeadLabels, HeadSettings, settings_for
from boards.image import Image
from channels.randomness import generator
from channels.scenario import Scenario
from host.board_cost import cost_on, measured_energy
from host.device import Device
from host.expense import Expense
from host.experiment import TWIN
from host.head_learning import Learning
from host.meters.tally import EnergyTally
from host.record import Agreement, Cost, Hardware
from host.record import Learning as LearningRecord
from receivers.learning.masking import MaskedView, masked
from receivers.learning.settings import LearnerSettings
from receivers.neural.deployment import QuantizedReceiver, calibration, quantize_planes
from receivers.state import Kept, State, Stateful
from sim.learning_twin import LearningTwin
from sim.slot import Slot

_CALIBRATION_SLOTS = 16


class HeadExecutor(Stateful, Protocol):
    """Whatever runs a network and learns its head: the twin, or a device behind a link."""

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return int8 [height, width, num_out] for int8 [height, width, num_in]."""
        ...

    def teach(self, labels: HeadLabels) -> None:
        """Take labels of the slot of the last run."""
        ...

    def step(self, rate: float) -> Image:
        """Take a step on the mean over the labels since the last one; return the image in force."""
        ...

    def expense(self) -> Expense:
        """Return what the slots so far cost."""
        ...

    @property
    def update_instructions(self) -> int | None:
        """Return the most that a mini-batch of labels and its step took; None if not counted."""
        ...


class TwinExecutor(Kept):
    """The device's own C on this machine; satisfies `HeadExecutor`."""

    update_instructions = None

    def __init__(self, compiled: Image, settings: HeadSettings) -> None:
        self._twin = LearningTwin(compiled, settings)

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run one slot."""
        return self._twin.run(x)

    def teach(self, labels: HeadLabels) -> None:
        """Take labels of the slot of the last run."""
        self._twin.teach(labels)

    def step(self, rate: float) -> Image:
        """Take a step; return the image in force."""
        return self._twin.step(rate)

    def expense(self) -> Expense:
        """Return the work of one slot, and the image in force last."""
        last = self._twin.image
        hardware = Hardware(board=None, image_hash=last.sha256.hex())
        return Expense(cost=Cost(macs_per_slot=last.macs), hardware=hardware)


class BoardExecutor(Kept):
    """A board that learns, compared with its twin at every run and step; satisfies `HeadExecutor`.

    Parameters
    ----------
    board : Board
    device : Device
        The board, open; the network is loaded onto it.
    graph : Graph
    compiled : Image
        The graph, compiled.
    settings : HeadSettings
    """

    fixed = ("_board", "_device", "_graph", "_settings", "_learning")

    def __init__(
        self, board: Board, device: Device, graph: Graph, compiled: Image, settings: HeadSettings
    ) -> None:
        compiled.check_fits(board)
        self._board, self._device, self._graph, self._settings = board, device, graph, settings
        self._twin = LearningTwin(compiled, settings)
        self._learning = self._begin()
        self._num_values = self._num_unequal = self._num_slots = 0
        self._instructions: list[int | None] = []
        self._energy = EnergyTally()
        self._updates: list[int | None] = []
        self._since_step: int | None = 0

    @property
    def update_instructions(self) -> int | None:
        """Return the most that a mini-batch of labels and its step took; None if not counted."""
        return _most(self._updates)

    def restore(self, state: State) -> None:
        """Bring board and twin to where others were: the image, and what was learned since.

        Raises
        ------
        ValueError
            What was learned does not fit into a frame of the board.
        """
        super().restore(state)
        self._learning = self._begin()
        self._learning.resume(self._twin.learned, num_labels=self._twin.num_labels)

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run one slot on the board and on its twin, and compare."""
        inference = self._device.measure(x)
        self._num_slots += 1
        self._instructions.append(inference.instructions)
        self._energy.add(inference.energy)
        self._num_values += inference.output.size
        self._num_unequal += int(np.count_nonzero(inference.output != self._twin.run(x)))
        return inference.output

    def teach(self, labels: HeadLabels) -> None:
        """Take labels of the slot of the last run."""
        self._since_step = _sum(self._since_step, self._learning.teach(labels).instructions)
        self._twin.teach(labels)

    def step(self, rate: float) -> Image:
        """Take a step on the board and on its twin; bytes that differ count as unequal values."""
        step, expected = self._learning.step(rate), self._twin.step(rate)
        one, other = (np.frombuffer(i.data, np.uint8) for i in (step.image, expected))
        self._num_values += one.size
        self._num_unequal += int(np.count_nonzero(one != other))
        self._updates.append(_sum(self._since_step, step.cost.instructions))
        self._since_step = 0
        return step.image

    def expense(self) -> Expense:
        """Return what the slots so far cost; runs one more, of silence, for the operators."""
        image_now = self._learning.image
        names = [operator.name for operator in self._graph.operators]
        cost = cost_on(
            self._board,
            self._device,
            image_now,
            instructions=_most(self._instructions),
            names=names,
        )
        agreement = Agreement(
            reference=TWIN,
            num_slots=self._num_slots,
            num_values=self._num_values,
            num_unequal=self._num_unequal,
        )
        hardware = Hardware(
            board=self._board.name,
            stands_for=self._board.stands_for,
            firmware_hash=self._device.info.firmware_hash.hex(),
            image_hash=image_now.sha256.hex(),
            agreement=agreement,
        )
        return Expense(cost=cost, hardware=hardware, energy=measured_energy(self._energy.mean))

    def _begin(self) -> Learning:
        """Have the board run and learn the image of the twin."""
        self._device.load(self._twin.image)
        return self._device.begin_learning(self._twin.image, self._settings)


def _most(counted: list[int | None]) -> int | None:
    known = [value for value in counted if value is not None]
    return max(known) if known and len(known) == len(counted) else None


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


class LearningOnDevice(Kept):
    """Detects with the pilots that are left, and has the device learn; satisfies `Detector`.

    Parameters
    ----------
    graph : Graph
        The int8 network; tells the scales of input and output, which learning keeps.
    executor : HeadExecutor
    settings : LearnerSettings
        Of these count `hidden_share`, `minibatch_slots`, `device_rate` and `seed`.
    """

    fixed = ("_settings", "_receiver", "_labels")

    def __init__(self, graph: Graph, executor: HeadExecutor, settings: LearnerSettings) -> None:
        self._executor, self._settings = executor, settings
        self._receiver = QuantizedReceiver(graph, self)
        self._labels: Iterator[HeadLabels] = iter(())
        self._num_groups = self._num_slots = self._num_labels = 0
        self._update_bytes: list[int] = []

    def detect(self, slot: Slot) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        rng = generator(seed=self._settings.seed, stream="learner/masks", index=self._num_groups)
        self._num_groups += 1
        view = masked(slot.observation, share=self._settings.hidden_share, rng=rng)
        self._labels = _labels(view)
        return self._receiver.detect(view.observation)

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run a masked slot, teach its hidden pilots, and step behind the last of a mini-batch."""
        output = self._executor.run(x)
        labels = next(self._labels)
        self._executor.teach(labels)
        self._num_labels += labels.num_labels
        self._num_slots += 1
        if self._num_slots % self._settings.minibatch_slots == 0:
            self._executor.step(self._settings.device_rate)
            self._update_bytes.append(self._num_labels * LABEL_BYTES)
            self._num_labels = 0
        return output

    def expense(self) -> Expense:
        """Return what the slots so far cost, and what was learned: an update is its labels."""
        num_steps = len(self._update_bytes)
        learning = LearningRecord(
            num_minibatches=num_steps,
            num_learned=num_steps,
            num_updates=num_steps,
            num_screened_slots=0,
            num_excluded_pilots=0,
            buffer_bytes=0,
            update_bytes=tuple(self._update_bytes),
            update_instructions=self._executor.update_instructions,
        )
        return replace(self._executor.expense(), learning=learning)


def head_settings(graph: Graph, scenario: Scenario) -> HeadSettings:
    """Return how the head of a network learns, evened out over slots of the scenario itself."""
    quantization = graph.tensors[graph.input].quantization
    if quantization is None:
        raise ValueError(f"{graph.name} is not quantized; quantize the graph first")
    slots = np.stack(list(islice(calibration(scenario), _CALIBRATION_SLOTS)))
    x = quantize_planes(torch.from_numpy(slots).permute(0, 3, 1, 2), quantization)
    return settings_for(graph, x)


def _labels(view: MaskedView) -> Iterator[HeadLabels]:
    """Yield the labels of each slot of a view."""
    counts = view.labelled.flatten(1).sum(1).tolist()
    bits = view.labels.to(torch.uint8).split(counts)
    for labelled, own in zip(view.labelled, bits, strict=True):
        yield HeadLabels.of_slot(labelled.numpy(), own.numpy())
