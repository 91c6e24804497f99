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
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.grid import Grid
from channels.randomness import generator
from sim.qam import map_bits

DmrsKind = Literal["standard", "scattered", "random"]
_Cells = NDArray[np.int64]  # flat index of the resource element: symbol * num_subcarriers + subcarrier


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
    size = grid.num_resource_elements
    owner = np.full((num_slots, size), -1, np.int64)
    pilots = torch.zeros(num_slots, num_tx, size, dtype=torch.complex64)
    for i in range(num_slots):
        rng = generator(seed=settings.seed, stream="dmrs", index=first_slot + i)
        cells = _CELLS[settings.kind](settings, grid, rng)
        users = _users(cells, num_tx=num_tx)
        bits = rng.integers(0, 2, cells.size * settings.num_bits_per_symbol, dtype=np.uint8)
        symbols = map_bits(
            torch.from_numpy(bits), num_bits_per_symbol=settings.num_bits_per_symbol
        )
        owner[i, cells] = users
        pilots[i, torch.from_numpy(users), torch.from_numpy(cells)] = symbols
    return _assemble(torch.from_numpy(owner), pilots, grid, num_tx=num_tx)


def num_pilot_elements(settings: DmrsSettings, grid: Grid) -> int:
    """Return how many resource elements of a slot carry anybody's pilot."""
    if settings.kind == "standard":
        return len(settings.symbols) * grid.num_subcarriers
    return settings.num_pilots


def _assemble(owner: Tensor, pilots: Tensor, grid: Grid, *, num_tx: int) -> Dmrs:
    shape = (owner.shape[0], num_tx, grid.num_symbols, grid.num_subcarriers)
    users = torch.arange(num_tx)[None, :, None]
    return Dmrs(
        pilots=pilots.reshape(shape),
        pilot_mask=(owner[:, None] == users).reshape(shape),
        data_mask=(owner[:, None] < 0).expand(-1, num_tx, -1).reshape(shape),
    )


def _users(cells: _Cells, *, num_tx: int) -> NDArray[np.int64]:
    # Cells are sorted, so neighbouring pilots belong to different users: a comb in frequency.
    return np.arange(cells.size) % num_tx


def _standard_cells(settings: DmrsSettings, grid: Grid, rng: np.random.Generator) -> _Cells:
    del rng  # the standard design stands still
    rows = np.asarray(settings.symbols, np.int64)[:, None] * grid.num_subcarriers
    return (rows + np.arange(grid.num_subcarriers)).ravel()


def _scattered_cells(settings: DmrsSettings, grid: Grid, rng: np.random.Generator) -> _Cells:
    del rng  # the lattice stands still
    # Additive recurrence with the plastic number: evenly spread over both axes for any count.
    plastic = 1.324717957244746
    index = np.arange(1, 4 * grid.num_resource_elements)
    symbol = (index / plastic % 1.0 * grid.num_symbols).astype(np.int64)
    subcarrier = (index / plastic**2 % 1.0 * grid.num_subcarriers).astype(np.int64)
    cells = symbol * grid.num_subcarriers + subcarrier
    first_seen = np.sort(np.unique(cells, return_index=True)[1])
    return np.sort(cells[first_seen[: settings.num_pilots]])


def _random_cells(settings: DmrsSettings, grid: Grid, rng: np.random.Generator) -> _Cells:
    return np.sort(rng.permutation(grid.num_resource_elements)[: settings.num_pilots])


_CELLS: Mapping[DmrsKind, Callable[[DmrsSettings, Grid, np.random.Generator], _Cells]] = {
    "standard": _standard_cells,
    "scattered": _scattered_cells,
    "random": _random_cells,
}
