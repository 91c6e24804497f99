# SPDX-License-Identifier: Apache-2.0
"""An OFDM receiver whose network runs on a board, and what its slots cost there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from boards.graph import Graph
from host.device import Device, SealedImage
from host.link_statistics import LinkStatistics
from receivers.neural.deployment import QuantizedReceiver
from sim.slot import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardUsage:
    """What the slots of a board so far took, all together.

    Parameters
    ----------
    num_slots : int
        Slots received.
    ticks : int
        Ticks of the device's counter, `DeviceInfo.clock_hz` a second.
    instructions : float or None
        Instructions executed; None where the counter does not count them.
    link : LinkStatistics
        What went over the link for them; the loading of the network is not in it.
    """

    num_slots: int
    ticks: int
    instructions: float | None
    link: LinkStatistics


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
        self._num_slots = self._ticks = 0

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        return self._receiver.detect(observation)

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
        inference = self._device.measure(x)
        self._num_slots += 1
        self._ticks += inference.ticks
        return inference.output

    @property
    def usage(self) -> BoardUsage:
        """Return what the slots so far took."""
        worth = self._device.instructions_per_tick
        return BoardUsage(
            num_slots=self._num_slots,
            ticks=self._ticks,
            instructions=None if worth is None else self._ticks * worth,
            link=self._device.statistics - self._before,
        )
