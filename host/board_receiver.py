# SPDX-License-Identifier: Apache-2.0
"""An OFDM receiver whose network runs on a board, and what its slots cost there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from boards.graph import Graph
from host.device import Device
from host.inference import SealedImage
from host.link_gauge import LinkGauge
from host.link_statistics import LinkStatistics
from host.meters.energy import Energy
from host.meters.tally import EnergyTally
from receivers.neural.deployment import QuantizedReceiver
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
    """The neural receiver with its network on a board; satisfies `Receiver`.

    Parameters
    ----------
    device : Device
        An open board; gets the network loaded, unless it has it.
    graph : Graph
        The quantized network; tells the scales of input and output.
    image : SealedImage
        The same network, compiled.
    """

    def __init__(self, device: Device, *, graph: Graph, image: SealedImage) -> None:
        device.load(image)
        self._device = device
        self._receiver = QuantizedReceiver(graph, self)
        self._before = device.statistics
        self._earlier = LinkStatistics()
        self._gauge = LinkGauge(device, every=_SLOTS_PER_BURST)
        self._num_slots = 0
        self._most_instructions: int | None = None
        self._energy = EnergyTally()

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        return self._receiver.detect(observation)

    def switch(self, *, graph: Graph, image: SealedImage) -> None:
        """Go on with another version of the network, which is in force already."""
        self._device.load(image)
        self._receiver = QuantizedReceiver(graph, self)

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run the network on one slot and take note of what it took.

        Parameters
        ----------
        x : int8 [num_symbols, num_subcarriers, num_planes]
            Input planes, quantized.

        Returns
        -------
        int8 [num_symbols, num_subcarriers, num_bits_per_symbol]
            LLRs, quantized.
        """
        before = self._device.statistics
        inference = self._device.measure(x)
        self._num_slots += 1
        self._energy.add(inference.energy)
        if inference.instructions is not None:
            self._most_instructions = max(self._most_instructions or 0, inference.instructions)
        self._gauge.after_slot(self._device.statistics - before)
        return inference.output

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
            energy=self._energy.mean,
        )

    @property
    def _link(self) -> LinkStatistics:
        return self._earlier + (self._device.statistics - self._before)
