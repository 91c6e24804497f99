# SPDX-License-Identifier: Apache-2.0
r"""LoraUnfolded in integers: what a device computes, and the constants that it takes.

The equations are those of `receivers.mimo.deep.lora_unfolded`, begun with LMMSE. Of an unknown a
device knows, in this order and as int16 with 11 bits behind the point: z, x, LMMSE's unbiased
estimate, ln of its error's variance, ln of the variance s of what is left, and the variance v of
the belief. The weights of a stage, bias last, are merged on the device when a run begins,

.. math:: M_t = \min(\max((2^7 W + B_t A_t + D C) / 2^4, -2^{11}), 2^{11} - 1)

with factors B_t A_t of a stage and D C of the channel, all int8: so 1 of M is 1/8 of 1 of W, and
another channel is other bytes of C and D. Then

.. math:: h = \min(\mathrm{ReLU}(M [f, 2^{11}] / 2^a), 2^{14} - 1), \qquad
          o = M [h, 2^{11}] F / 2^{32}

of two hidden layers and one of outputs; all divisions round down. What LMMSE is begun with, and
divisions by gains, are float32, once an element. Whatever elements and constants are, no sum leaves
int32 while there are at most 56 hidden numbers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.modulation import Modulation

NUM_FEATURES = 6
NUM_LAYERS = 3
MAX_HIDDEN, MAX_STAGES, MAX_RANK = 56, 64, 8
STEP_BITS = 12
"""Behind the point of a step size."""
BASE_SHIFT = 7
"""Of W, before factors are added."""
MERGED_SHIFT = 4
"""Of the sum, to the right."""
MERGED_LIMIT = 2**11
ACTIVE_MAX = 2**14 - 1

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerLayer:
    """The weights of a layer and its factors; columns are inputs, then the bias.

    Parameters
    ----------
    weight : int8 [num_outputs, num_inputs + 1]
    up : int8 [num_stages, num_outputs, rank]
    down : int8 [num_stages, rank, num_inputs + 1]
    channel_up : int8 [num_outputs, channel_rank]
    channel_down : int8 [channel_rank, num_inputs + 1]
    """

    weight: NDArray[np.int8]
    up: NDArray[np.int8]
    down: NDArray[np.int8]
    channel_up: NDArray[np.int8]
    channel_down: NDArray[np.int8]

    @property
    def rank(self) -> int:
        """Return the rank of the factors of a stage."""
        return int(self.up.shape[2])

    @property
    def channel_rank(self) -> int:
        """Return the rank of the channel's factors."""
        return int(self.channel_up.shape[1])

    def merged(self, stage: int) -> NDArray[np.int64]:
        """Return the weights of a stage, int64 [num_outputs, num_inputs + 1]."""
        of_stage = self.up[stage].astype(np.int64) @ self.down[stage].astype(np.int64)
        of_channel = self.channel_up.astype(np.int64) @ self.channel_down.astype(np.int64)
        total = (self.weight.astype(np.int64) << BASE_SHIFT) + of_stage + of_channel
        found: NDArray[np.int64] = np.clip(total >> MERGED_SHIFT, -MERGED_LIMIT, MERGED_LIMIT - 1)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """What integers are worth, which the host alone knows: weight = integer * scale.

    Parameters
    ----------
    columns : tuple of float64 [num_inputs + 1], a layer each
        What 1 of an input is worth, and of the number that a bias is multiplied with.
    rows : tuple of float64 [num_outputs], a layer each
        What 1 of W times 1 of an input is worth.
    """

    columns: tuple[_Floats, ...]
    rows: tuple[_Floats, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerLoraUnfolded:
    """The constants of a network; see the module.

    Parameters
    ----------
    modulation : Modulation
    levels : int16 [num_levels]
        With 11 bits behind the point.
    steps : int16 [num_stages]
        With 12.
    layers : tuple of three IntegerLayer
    hidden_shifts : uint8 [2, num_hidden]
        a, of the numbers of both hidden layers.
    output_factors : int32 [num_levels]
        F; of logits with 8 bits behind the point.
    scales : Scales
    """

    modulation: Modulation
    levels: NDArray[np.int16]
    steps: NDArray[np.int16]
    layers: tuple[IntegerLayer, ...]
    hidden_shifts: NDArray[np.uint8]
    output_factors: NDArray[np.int32]
    scales: Scales

    @property
    def num_stages(self) -> int:
        """Return the stages."""
        return len(self.steps)

    @property
    def num_hidden(self) -> int:
        """Return the numbers of a hidden layer."""
        return int(self.hidden_shifts.shape[1])
