# SPDX-License-Identifier: Apache-2.0
"""The modulations by the names of the standard, as tables: the point and the bits of every label.

A label is the number that its bits spell, the first of them most significant; a table's index is
the label.
"""

from enum import StrEnum
from functools import lru_cache

import torch
from torch import Tensor

from sim.qam import map_bits


class Modulation(StrEnum):
    """A modulation of 3GPP TS 38.211, clause 5.1, all of unit mean energy."""

    BPSK = "bpsk"
    QPSK = "qpsk"
    QAM16 = "16qam"
    QAM64 = "64qam"
    QAM256 = "256qam"

    @property
    def num_bits_per_symbol(self) -> int:
        """Return the bits of a symbol, 1..8."""
        return _NUM_BITS[self]

    @property
    def num_points(self) -> int:
        """Return the number of points, 2 ** num_bits_per_symbol."""
        return 1 << _NUM_BITS[self]

    @property
    def points(self) -> Tensor:
        r"""Return the point of every label, complex64 [num_points].

        BPSK stands on the diagonal, :math:`(1 - 2b)(1 + j)/\sqrt{2}`.

        Source
        ------
        3GPP TS 38.211 V19, clauses 5.1.2 to 5.1.6.
        """
        return _points(self)

    @property
    def label_bits(self) -> Tensor:
        """Return the bits of every label, uint8 [num_points, num_bits_per_symbol]."""
        return _label_bits(self)


_NUM_BITS = {
    Modulation.BPSK: 1,
    Modulation.QPSK: 2,
    Modulation.QAM16: 4,
    Modulation.QAM64: 6,
    Modulation.QAM256: 8,
}
_OF_NUM_BITS = {count: modulation for modulation, count in _NUM_BITS.items()}


def with_bits(num_bits_per_symbol: int) -> Modulation:
    """Return the modulation of so many bits a symbol.

    Raises
    ------
    ValueError
        There is none; the message lists what there is.
    """
    if num_bits_per_symbol not in _OF_NUM_BITS:
        raise ValueError(
            f"no modulation has {num_bits_per_symbol} bits a symbol; there are: "
            f"{', '.join(map(str, _OF_NUM_BITS))}"
        )
    return _OF_NUM_BITS[num_bits_per_symbol]


@lru_cache(maxsize=8)
def _label_bits(modulation: Modulation) -> Tensor:
    shifts = torch.arange(modulation.num_bits_per_symbol - 1, -1, -1)
    labels = torch.arange(modulation.num_points)
    return (labels[:, None] >> shifts & 1).to(torch.uint8)


@lru_cache(maxsize=8)
def _points(modulation: Modulation) -> Tensor:
    bits = _label_bits(modulation)
    if modulation is Modulation.BPSK:  # QPSK whose two bits are the same
        bits = bits.expand(-1, 2)
    num_bits = bits.shape[1]
    return map_bits(bits.flatten(), num_bits_per_symbol=num_bits)
