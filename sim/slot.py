# SPDX-License-Identifier: Apache-2.0
"""A batch of slots as two separate halves: what a receiver may see, and the truth it may not."""

from dataclasses import dataclass

from torch import Tensor

from channels.grid import Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Everything a receiver may see of a batch of slots.

    Parameters
    ----------
    grid : Grid
        Numerology of every slot.
    num_bits_per_symbol : int
        log2 of the QAM order, 2..8.
    y : complex64 [num_slots, num_rx_ant, num_symbols, num_subcarriers]
        Received resource elements.
    pilots : complex64 [num_slots, num_tx, num_symbols, num_subcarriers]
        Known transmitted pilot symbols; 0 where no visible pilot stands.
    pilot_mask : bool [num_slots, num_tx, num_symbols, num_subcarriers]
        True where a visible pilot stands.
    learning_mask : bool [num_slots, num_tx, num_symbols, num_subcarriers]
        True where a visible pilot can be a label: at a random place, with a symbol of the data
        constellation.
    data_mask : bool [num_slots, num_tx, num_symbols, num_subcarriers]
        True where data stand; every slot has the same number of them.
    no : float32 [num_slots]
        Noise variance of one received resource element and antenna.
    """

    grid: Grid
    num_bits_per_symbol: int
    y: Tensor
    pilots: Tensor
    pilot_mask: Tensor
    learning_mask: Tensor
    data_mask: Tensor
    no: Tensor

    @property
    def num_slots(self) -> int:
        """Return the number of slots in the batch."""
        return int(self.y.shape[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What was sent and what the air did; only metrics, training and genies may ask for it.

    Parameters
    ----------
    bits : uint8 [num_slots, num_tx, num_info_bits]
        Information bits.
    coded_bits : uint8 [num_slots, num_tx, num_bits]
        Coded bits in the order of a receiver's LLRs: data elements symbol by symbol, subcarrier
        by subcarrier, most significant bit of each QAM symbol first.
    x : complex64 [num_slots, num_tx, num_symbols, num_subcarriers]
        Transmitted resource elements, mean energy 1.
    h : complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers]
        Frequency response of the air.
    """

    bits: Tensor
    coded_bits: Tensor
    x: Tensor
    h: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A batch of slots: the observation and the truth behind it."""

    observation: Observation
    truth: Truth
