# SPDX-License-Identifier: Apache-2.0
"""The network on a board gives the LLRs of the twin, and its slots are accounted for."""

import numpy as np
import torch
from numpy.typing import NDArray

from boards.image import Image
from host.board_receiver import BoardReceiver
from host.conversation import Conversation
from host.deployed import DeployedNetwork
from host.device import Device
from host.patience import Limits
from host.session import Session
from receivers.neural.deployment import QuantizedReceiver
from receivers.neural.planes import num_planes
from sim.link import Link
from sim.loopback import LoopbackAgent, LoopbackLink
from sim.twin import Twin
from tests.host.pointwise import compiled, pointwise_graph
from tests.sim.scenarios import scenario

SCENARIO = scenario(link={"num_bits_per_symbol": 2})


class TwinNetwork:
    """The twin as what a loopback agent runs."""

    def __init__(self, data: bytes) -> None:
        self._twin = Twin(Image(data))
        self._shape = self._twin.image.input_shape
        self.num_input_bytes = int(np.prod(self._shape))
        self.operator_kinds = tuple(record.kind for record in self._twin.image.operators)

    def run(self, data: bytes) -> bytes:
        x: NDArray[np.int8] = np.frombuffer(data, np.int8).reshape(self._shape)
        return self._twin.run(x).tobytes()


def test_llrs_equal_the_twin_s_and_every_slot_is_counted() -> None:
    graph = pointwise_graph(num_in=num_planes(SCENARIO.antennas.num_rx_ant), width=12)
    network = compiled(graph)
    agent = LoopbackAgent(open_image=TwinNetwork)
    conversation = Conversation(LoopbackLink(agent), board="loopback", limits=Limits())
    device = Device(Session(conversation), instructions_per_tick=0.3125)
    receiver = BoardReceiver(device, DeployedNetwork(graph=graph, image=network))
    observation = Link(SCENARIO, seed=1).slots(0, 3, snr_db=5.0).observation

    llr = receiver.detect(observation)

    torch.testing.assert_close(
        llr, QuantizedReceiver(graph, Twin(network)).detect(observation), rtol=0, atol=0
    )
    usage = receiver.usage
    assert usage.num_slots == agent.num_runs == 3
    num_operators = len(network.operators)
    num_ticks = num_operators * int(np.prod(network.input_shape))  # of the loopback's making
    assert usage.instructions_per_slot == round(0.3125 * num_ticks)
    assert usage.link.data_sent == 3 * int(np.prod(network.input_shape))
