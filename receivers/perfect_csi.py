# SPDX-License-Identifier: Apache-2.0
"""The bound where the radios are perfect: LMMSE equalization with the true channel."""

import torch
from torch import Tensor

from receivers.equalizer import soft_bits
from sim.slot import Observation, Truth


class PerfectCsi:
    """A genie that knows the channel and nothing else; satisfies `GenieReceiver`.

    It knows the response H of every resource element and the variance of the thermal noise. It does
    not know the impairments of the radios: a carrier offset, phase noise or an image rotate and
    mix what arrives, and the genie equalizes as if they were not there. With impairments it is no
    bound, and a receiver that estimates the channel from impaired pilots may beat it.
    """

    def detect_with_truth(self, observation: Observation, truth: Truth) -> Tensor:
        """Return the LLRs of an LMMSE equalizer that is told the channel."""
        return soft_bits(
            observation, truth.h, torch.zeros(observation.data_mask.shape, dtype=torch.float32)
        )
