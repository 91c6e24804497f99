# SPDX-License-Identifier: Apache-2.0
"""A channel that becomes another one at given slots."""

import torch
from torch import Tensor

from channels.channel import Channel


class SwitchedChannel:
    """Each slot is the same slot of the channel that rules it.

    Slots are counted through: slot n of a segment is slot n of the plain channel, not slot 0 again.
    The response jumps at a switch, inside a drop too: two profiles share no path.

    Parameters
    ----------
    starts : tuple of int
        The first slot of each segment, ascending from 0.
    channels : tuple of Channel
        The channel of each segment; one that comes back may be the same object.
    """

    def __init__(self, *, starts: tuple[int, ...], channels: tuple[Channel, ...]) -> None:
        self._starts = starts
        self._channels = channels

    def response(self, first_slot: int, num_slots: int) -> Tensor:
        """Return complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers].

        Raises
        ------
        ValueError
            first_slot is negative: time begins at slot 0.
        """
        if first_slot < 0:
            raise ValueError(f"there is no slot {first_slot}; the first is slot 0")
        end = first_slot + num_slots
        ends = (*self._starts[1:], end)
        parts: list[Tensor] = []
        for start, stop, channel in zip(self._starts, ends, self._channels, strict=True):
            first, last = max(first_slot, start), min(end, stop)
            if last > first:
                parts.append(channel.response(first, last - first))
        return parts[0] if len(parts) == 1 else torch.cat(parts)
