# SPDX-License-Identifier: Apache-2.0
"""The neural receiver on the host, in float."""

import torch
from torch import Tensor

from receivers.neural.network import Network
from receivers.neural.planes import data_llrs, planes
from sim.slot import Observation


class NeuralReceiver:
    """From observation to LLRs through one network; satisfies `Receiver`.

    Parameters
    ----------
    network : Network
        In evaluation mode.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        seen = planes(observation).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            return data_llrs(self._network(seen), observation)
