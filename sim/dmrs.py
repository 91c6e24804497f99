# SPDX-License-Identifier: Apache-2.0
"""Where the demodulation reference signals of a slot stand and which symbols they carry.

Three designs, all known to both sides through a seed:

    standard    every subcarrier of a few symbols; users share them as combs
    scattered   a fixed staggered lattice of single resource elements
    random      positions and symbols drawn anew for every slot

Users never overlap: where one sends a pilot the others are silent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.grid import Grid
from channels.randomness import generator
from sim.qam import map_bits

DmrsKind = Literal["standard", "scattered", "random"]
_Cells = NDArray[
    np.int64
]  # flat index of the resource element: symbol * num_subcarriers + subcarrier


@dataclass(frozen=True, slots=True, kw_only=True)
class DmrsSettings:
    """The reference-signal design of a link.

    Parameters
    ----------
    kind : str
        standard, scattered or random.
    symbols : tuple of int
        OFDM symbols of the standard design.
    num_pilots : int
        Resource elements of the scattered and random designs, all users together.
    seed : int
        Shared by transmitter and receiver.
    num_bits_per_symbol : int
        Alphabet the pilots are drawn from: QPSK for the standard and scattered designs,
        the data constellation for the random one.
    """

    kind: DmrsKind
    symbols: tuple[int, ...]
    num_pilots: int
    seed: int
    num_bits_per_symbol: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmrs:
    """The reference signals of a batch of slots.

    Parameters
    ----------
    pilots : complex64 [num_slots, num_tx, num_symbols, num_subcarriers]
        Pilot symbols, 0 elsewhere.
    pilot_mask : bool, same shape
        True where this user's pilots stand.
    data_mask : bool, same shape
        True where data stand: the resource elements without anybody's pilot.
    """

    pilots: Tensor
    pilot_mask: Tensor
    data_mask: Tensor


def draw(
    settings: DmrsSettings, grid: Grid, *, num_tx: int, first_slot: int, num_slots: int
) -> Dmrs:
    """Return the reference signals of slots first_slot .. first_slot + num_slots - 1.

    A slot's signals depend on the settings and the slot's index alone.
    """
    num_bits = num_pilot_elements(settings, grid) * settings.num_bits_per_symbol
    cells = np.empty((num_slots, num_pilot_elements(settings, grid)), np.int64)
    bits = np.empty((num_slots, num_bits), np.uint8)
    for i in range(num_slots):
        rng = generator(seed=settings.seed, stream="dmrs", index=first_slot + i)
        cells[i] = _CELLS[settings.kind](settings, grid, rng)
        bits[i] = rng.integers(0, 2, num_bits, dtype=np.uint8)
    symbols = map_bits(torch.from_numpy(bits), num_bits_per_symbol=settings.num_bits_per_symbol)
    return _assemble(torch.from_numpy(cells), symbols, grid, num_tx=num_tx)


def num_pilot_elements(settings: DmrsSettings, grid: Grid) -> int:
    """Return how many resource elements of a slot carry anybody's pilot."""
    if settings.kind == "standard":
        return len(settings.symbols) * grid.num_subcarriers
    return settings.num_pilots


def _assemble(cells: Tensor, symbols: Tensor, grid: Grid, *, num_tx: int) -> Dmrs:
    """Put pilots on the grid; cells are sorted, so the users form a comb in frequency."""
    num_slots, num_pilots = cells.shape
    shape = (num_slots, num_tx, grid.num_symbols, grid.num_subcarriers)
    users = (torch.arange(num_pilots) % num_tx).expand(num_slots, -1)
    at = torch.arange(num_slots)[:, None], users, cells
    pilots = torch.zeros(num_slots, num_tx, grid.num_resource_elements, dtype=torch.complex64)
    pilots[at] = symbols
    mask = torch.zeros(pilots.shape, dtype=torch.bool)
    mask[at] = True
    data = ~mask.any(1, keepdim=True).expand(-1, num_tx, -1)
    return Dmrs(
        pilots=pilots.reshape(shape), pilot_mask=mask.reshape(shape), data_mask=data.reshape(shape)
    )


def _standard_cells(settings: DmrsSettings, grid: Grid, rng: np.random.Generator) -> _Cells:
    del rng  # the standard design stands still
    return _whole_symbols(settings.symbols, grid)


@lru_cache(maxsize=16)
def _whole_symbols(symbols: tuple[int, ...], grid: Grid) -> _Cells:
    rows = np.asarray(sorted(symbols), np.int64)[:, None] * grid.num_subcarriers
    return (rows + np.arange(grid.num_subcarriers)).ravel()


def _scattered_cells(settings: DmrsSettings, grid: Grid, rng: np.random.Generator) -> _Cells:
    del rng  # the lattice stands still
    return _lattice(settings.num_pilots, grid)


@lru_cache(maxsize=16)
def _lattice(num_pilots: int, grid: Grid) -> _Cells:
    # Additive recurrence with the plastic number: evenly spread over both axes for any count.
    plastic = 1.324717957244746
    index = np.arange(1, 4 * grid.num_resource_elements)
    symbol = (index / plastic % 1.0 * grid.num_symbols).astype(np.int64)
    subcarrier = (index / plastic**2 % 1.0 * grid.num_subcarriers).astype(np.int64)
    cells = symbol * grid.num_subcarriers + subcarrier
    first_seen = np.sort(np.unique(cells, return_index=True)[1])
    return np.sort(cells[first_seen[:num_pilots]])


def _random_cells(settings: DmrsSettings, grid: Grid, rng: np.random.Generator) -> _Cells:
    return np.sort(rng.permutation(grid.num_resource_elements)[: settings.num_pilots])


_CELLS: Mapping[DmrsKind, Callable[[DmrsSettings, Grid, np.random.Generator], _Cells]] = {
    "standard": _standard_cells,
    "scattered": _scattered_cells,
    "random": _random_cells,
}
