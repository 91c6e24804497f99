# SPDX-License-Identifier: Apache-2.0
r"""GNNSIC in integers: what a device computes, and the constants that it takes.

The equations are those of `receivers.mimo.deep.gnn_sic`. Of node k a device knows, in this order
and as int16 with 11 bits behind the point: the level x that is believed, what is left r, the
matched filter z, ln of the variance s of what is left, the variance v of the belief, and the
memory. A message's three products of a pair are one,

.. math:: t_{kj} = e_{kj} P_j + 2^{12} (S_j + R_k), \qquad
          m_k = \sum_{j \ne k} \mathrm{ReLU}(t_{kj}) / 16

with :math:`P_j = (2^{11} w_e + w_{ex} x_j + w_{er} r_j) / 2^p` and e with 12 bits behind its
point; S and R are the sender's and the receiver's products over :math:`2^p`, and all three int16.
Then

.. math:: h = \min(\mathrm{ReLU}(W [f, m / 2^b] + c) / 2^a, 2^{15} - 1), \qquad
          o = (V h + d) M / 2^{32}

All divisions round down. Tables of `receivers.mimo.integer.functions` make the memory, tanh(o),
and the moments of the belief. Whatever the elements are, no sum leaves int32 while biases are
within :math:`2^{30}` and levels within :math:`2^{12}`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.modulation import Modulation

NUM_FEATURES = 5
MAX_MEMORY, MAX_MESSAGES, MAX_HIDDEN, MAX_ITERATIONS = 16, 64, 64, 64
BIAS_LIMIT = 2**30
SUM_SHIFT = 4
"""So that a sum over 15 nodes stays within int32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerGnnSic:
    """The constants of a network; see the module.

    Parameters
    ----------
    modulation : Modulation
    num_iterations : int
    levels : int16 [num_levels]
        With 11 bits behind the point.
    sender, receiver : int8 [num_messages, num_known]
    receiver_bias : int32 [num_messages]
    pair : int8 [num_messages, 3]
        Of e, of e x, of e r.
    message_shift : int
        p, 0 .. 12.
    message_shifts : uint8 [num_messages]
        b, of each message.
    hidden : int8 [num_hidden, num_known + num_messages]
    hidden_bias : int32 [num_hidden]
    hidden_shifts : uint8 [num_hidden]
        a, of each.
    output : int8 [num_memory + num_levels, num_hidden]
    output_bias : int32 [num_memory + num_levels]
    output_multipliers : int32 [num_memory + num_levels]
        M; of memory with 11 bits behind the point, of logits with 8.
    """

    modulation: Modulation
    num_iterations: int
    levels: NDArray[np.int16]
    sender: NDArray[np.int8]
    receiver: NDArray[np.int8]
    receiver_bias: NDArray[np.int32]
    pair: NDArray[np.int8]
    message_shift: int
    message_shifts: NDArray[np.uint8]
    hidden: NDArray[np.int8]
    hidden_bias: NDArray[np.int32]
    hidden_shifts: NDArray[np.uint8]
    output: NDArray[np.int8]
    output_bias: NDArray[np.int32]
    output_multipliers: NDArray[np.int32]

    @property
    def num_memory(self) -> int:
        """Return the numbers of a node's memory."""
        return len(self.output) - len(self.levels)
