# SPDX-License-Identifier: Apache-2.0
"""A receiver of which a part runs on a board, and what its slots cost there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from boards.board import Board
from host.board_cost import cost_on
from host.deployed import Deployed
from host.device import Device
from host.inference import Inference
from host.link_gauge import LinkGauge
from host.link_statistics import LinkStatistics
from host.meters.energy import Energy
from host.meters.tally import EnergyTally
from host.record import Cost
from receivers.state import State, fields_of
from sim.slot import Observation

_SLOTS_PER_BURST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardUsage:
    """What the slots of a board so far took.

    Parameters
    ----------
    num_slots : int
        Slots received.
    instructions_per_slot : int or None
        The most that any of them took; None where the counter does not count them.
    link : LinkStatistics
        What went over the link for all of them; the loading of the network is not in it.
    utilisation : float or None
        The share of the bare port's throughput that their data reached; None if it is not known.
    energy : Energy or None
        The mean of what a meter measured of them; None without a meter.
    """

    num_slots: int
    instructions_per_slot: int | None
    link: LinkStatistics
    utilisation: float | None
    energy: Energy | None = None


class BoardReceiver:
    """A receiver with an image on a board; satisfies `Receiver`, and is its own executor.

    Parameters
    ----------
    device : Device
        An open board; gets the image loaded, unless it has it.
    deployed : Deployed
        The image, and how slots go through it.
    """

    def __init__(self, device: Device, deployed: Deployed) -> None:
        device.load(deployed.image)
        self._device, self._deployed = device, deployed
        self._receiver = deployed.receiver(self)
        self._before = device.statistics
        self._earlier = LinkStatistics()
        self._gauge = LinkGauge(device, every=_SLOTS_PER_BURST)
        self._num_slots = 0
        self._most_instructions: int | None = None
        self._energy = EnergyTally()
        self._begun: list[Inference] = []
        self._used = LinkStatistics()

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, num_tx, num_bits].

        Raises
        ------
        RuntimeError
            Slots took other runs than what was deployed says.
        """
        llr = self._receiver.detect(observation)
        if self._begun:
            raise RuntimeError(f"{len(self._begun)} runs belong to no whole slot")
        return llr

    def switch(self, deployed: Deployed) -> None:
        """Go on with another version, which is in force already."""
        self._device.load(deployed.image)
        self._deployed = deployed
        self._receiver = deployed.receiver(self)

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run the image, which may take a part of a slot, and take note of what it took.

        Parameters
        ----------
        x : int8 [height, width, num_in]
            What the image takes.

        Returns
        -------
        int8 [height, width, num_out]
            What it makes of it.
        """
        before = self._device.statistics
        inference = self._device.measure(x)
        self._used += self._device.statistics - before
        self._energy.add(inference.energy)
        self._begun.append(inference)
        if len(self._begun) == self._deployed.runs_per_slot:
            self._end_slot()
        return inference.output

    def cost(self, board: Board) -> Cost:
        """Return what a slot cost; runs one more, of silence, for the operators."""
        return cost_on(
            board,
            self._device,
            self._deployed.image,
            instructions=self._most_instructions,
            names=self._deployed.names,
            runs_per_slot=self._deployed.runs_per_slot,
        )

    def _end_slot(self) -> None:
        """Take note of a slot whose runs are over."""
        runs, self._begun = self._begun, []
        used, self._used = self._used, LinkStatistics()
        self._num_slots += 1
        instructions = [one.instructions for one in runs if one.instructions is not None]
        if len(instructions) == len(runs):
            self._most_instructions = max(self._most_instructions or 0, sum(instructions))
        self._gauge.after_slot(used)

    def state(self) -> State:
        """Return what the slots so far took."""
        return {
            "num_slots": self._num_slots,
            "most_instructions": self._most_instructions,
            "link": fields_of(self._link),
            "gauge": self._gauge.state(),
            "energy": self._energy.state(),
        }

    def restore(self, state: State) -> None:
        """Count on from where another sitting was."""
        self._num_slots = state["num_slots"]
        self._most_instructions = state["most_instructions"]
        self._earlier = LinkStatistics(**state["link"])
        self._before = self._device.statistics
        self._gauge.restore(state["gauge"])
        self._energy.restore(state["energy"])

    @property
    def usage(self) -> BoardUsage:
        """Return what the slots so far took."""
        return BoardUsage(
            num_slots=self._num_slots,
            instructions_per_slot=self._most_instructions,
            link=self._link,
            utilisation=self._gauge.utilisation,
            energy=self._energy.mean_of(self._deployed.runs_per_slot),
        )

    @property
    def _link(self) -> LinkStatistics:
        return self._earlier + (self._device.statistics - self._before)
