# SPDX-License-Identifier: Apache-2.0
"""A batch of slots as two separate halves: what a receiver may see, and the truth it may not."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import torch
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
        Pilot symbols that both sides agreed on; 0 where no visible pilot stands.
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

    def chosen(self, slots: Tensor) -> "Observation":
        """Return some slots of the batch; `slots` is bool [num_slots]."""
        return replace(self, **{name: getattr(self, name)[slots] for name in _tensors(self)})

    def part(self, *, start: int, stop: int) -> "Observation":
        """Return the slots start .. stop - 1 of the batch."""
        return _part(self, start, stop)


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
        Transmitted resource elements, mean energy 1; where pilots are broken, what was really sent.
    h : complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers]
        Frequency response of the air.
    """

    bits: Tensor
    coded_bits: Tensor
    x: Tensor
    h: Tensor

    def part(self, *, start: int, stop: int) -> "Truth":
        """Return the slots start .. stop - 1 of the batch."""
        return _part(self, start, stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A batch of slots: the observation and the truth behind it."""

    observation: Observation
    truth: Truth

    def part(self, *, start: int, stop: int) -> "Slot":
        """Return the slots start .. stop - 1 of the batch."""
        return Slot(
            observation=self.observation.part(start=start, stop=stop),
            truth=self.truth.part(start=start, stop=stop),
        )


_Half = TypeVar("_Half", Observation, Truth)


def join(parts: Sequence[_Half]) -> _Half:
    """Return batches of one link, one behind the other, as one batch."""
    tensors: dict[str, Any] = {
        name: torch.cat([getattr(part, name) for part in parts]) for name in _tensors(parts[0])
    }
    return replace(parts[0], **tensors)


def _part(half: _Half, start: int, stop: int) -> _Half:
    return replace(half, **{name: getattr(half, name)[start:stop] for name in _tensors(half)})


def _tensors(half: Observation | Truth) -> tuple[str, ...]:
    names = (field.name for field in fields(half))
    return tuple(name for name in names if isinstance(getattr(half, name), Tensor))
