# SPDX-License-Identifier: Apache-2.0
"""The course of a trial: which slots went wrong, packed small enough to stand in every record.

Receivers and points of one scenario and seed see the same slots. Keeping what happened in each of
them makes differences between curves far better known than the curves, and shows errors over time.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict


class Course(BaseModel):
    """What happened slot by slot, slot 0 first.

    Parameters
    ----------
    slots_per_drop : int
        Slots that share one draw of the channel; 0 = all of them.
    slots_per_block : int
        Slots that each of `bit_errors` is counted over; the last ones may be fewer.
    bits_per_slot, words_per_slot : int
        Coded bits and code words of one slot, over all users.
    bit_errors : tuple of int
        Wrong coded bits of each block.
    wrong_words : str or None
        One bit a code word, 1 = not decoded, slot by slot and in a slot user by user; bytes in
        hexadecimal, their highest bit first. None without a code.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slots_per_drop: int
    slots_per_block: int
    bits_per_slot: int
    words_per_slot: int
    bit_errors: tuple[int, ...]
    wrong_words: str | None

    @classmethod
    def packed(
        cls,
        *,
        slots_per_drop: int,
        slots_per_block: int,
        bits_per_slot: int,
        bit_errors: NDArray[np.int64],
        wrong_words: NDArray[np.bool_] | None,
        words_per_slot: int,
    ) -> Self:
        """Pack int64 [num_slots] wrong bits and bool [num_slots, num_tx] wrong code words."""
        blocks = np.add.reduceat(bit_errors, np.arange(0, len(bit_errors), slots_per_block))
        return cls(
            slots_per_drop=slots_per_drop,
            slots_per_block=slots_per_block,
            bits_per_slot=bits_per_slot,
            words_per_slot=words_per_slot,
            bit_errors=tuple(blocks.tolist()),
            wrong_words=None if wrong_words is None else np.packbits(wrong_words).tobytes().hex(),
        )

    def block_errors(self, num_slots: int) -> NDArray[np.int64] | None:
        """Return the wrong code words of each of `num_slots` slots, int64 [num_slots]."""
        if self.wrong_words is None:
            return None
        packed = np.frombuffer(bytes.fromhex(self.wrong_words), dtype=np.uint8)
        words = np.unpackbits(packed, count=num_slots * self.words_per_slot)
        wrong: NDArray[np.int64] = words.reshape(num_slots, -1).astype(np.int64).sum(1)
        return wrong

    def block_lengths(self, num_slots: int) -> NDArray[np.int64]:
        """Return how many slots each of `bit_errors` is counted over."""
        starts = np.arange(0, num_slots, self.slots_per_block)
        return np.minimum(self.slots_per_block, num_slots - starts)
