# SPDX-License-Identifier: Apache-2.0
"""The contract between the air and those who send through it."""

from typing import Protocol

from torch import Tensor


class Channel(Protocol):
    """A frequency response that may be asked for at any slot, in any order and any batch."""

    def response(self, first_slot: int, num_slots: int) -> Tensor:
        """Return the response of the slots first_slot .. first_slot + num_slots - 1.

        Returns complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers]. A slot's
        response is bit for bit the same whatever batch it is asked for in.
        """
        ...
