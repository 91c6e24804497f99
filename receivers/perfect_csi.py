# SPDX-License-Identifier: Apache-2.0
"""The bound of every receiver: LMMSE equalization with the true channel."""

import torch
from torch import Tensor

from receivers.equalizer import soft_bits
from sim.slot import Observation, Truth


class PerfectCsi:
    """A genie that knows the channel; satisfies `GenieReceiver`."""

    def detect_with_truth(self, observation: Observation, truth: Truth) -> Tensor:
        """Return the LLRs of an LMMSE equalizer that is told the channel."""
        return soft_bits(
            observation, truth.h, torch.zeros(observation.data_mask.shape, dtype=torch.float32)
        )
