# SPDX-License-Identifier: Apache-2.0
"""Where the demodulation reference signals of a slot stand and which symbols they carry.

Five designs, all known to both sides through a seed:

    standard    every subcarrier of a few symbols; users share them as combs
    scattered   a fixed staggered lattice of single resource elements
    random      all pilots at random places
    hybrid      some pilots at random places, the rest on the scattered lattice
    additional  the standard design, and some pilots more at random places

A pilot at a random place carries a symbol of the data constellation, so that a receiver that hides
it from itself can learn from it: these are the learning pilots. All others carry QPSK. Users share
either kind as `channels.dmrs_designs.Sharing` says.

Source
------
M. Obeed, M. Jian, Learning during detection, arXiv 2602.20361 (2026): the three designs that teach.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import hadamard
from torch import Tensor

from channels.dmrs_designs import DMRS_DESIGNS, DmrsKind, Sharing, Teaching
from channels.grid import Grid
from channels.randomness import generator
from sim.qam import map_bits

_QPSK = 2  # bits of a symbol that does not teach
_Cells = NDArray[
    np.int64
]  # flat index of the resource element: symbol * num_subcarriers + subcarrier


@dataclass(frozen=True, slots=True, kw_only=True)
class DmrsSettings:
    """The reference-signal design of a link.

    Parameters
    ----------
    kind : DmrsKind
        standard, scattered, random, hybrid or additional.
    symbols : tuple of int
        OFDM symbols of the standard and additional designs.
    num_pilots : int
        Resource elements of the scattered, random and hybrid designs, all users together.
    num_learning : int
        How many of the hybrid design's pilots teach, and how many the additional design adds.
    slots_per_draw : int
        Slots that share places and symbols: a new draw begins at each multiple; 0 = one for ever.
    seed : int
        Shared by transmitter and receiver.
    num_bits_per_symbol : int
        Of the data constellation, which the learning pilots are drawn from.
    sharing, learning_sharing : Sharing
        Of the pilots that do not teach, and of those that do: a comb, or overlapping.
    """

    kind: DmrsKind
    symbols: tuple[int, ...]
    num_pilots: int
    num_learning: int = 0
    slots_per_draw: int = 1
    seed: int
    num_bits_per_symbol: int
    sharing: Sharing = Sharing.COMB
    learning_sharing: Sharing = Sharing.COMB


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmrs:
    """The reference signals of a batch of slots.

    Parameters
    ----------
    pilots : complex64 [num_slots, num_tx, num_symbols, num_subcarriers]
        Pilot symbols, 0 elsewhere.
    pilot_mask : bool, same shape
        True where this user's pilots stand.
    learning_mask : bool, same shape
        True where this user's learning pilots stand; a part of pilot_mask.
    data_mask : bool, same shape
        True where data stand: the resource elements without anybody's pilot.
    """

    pilots: Tensor
    pilot_mask: Tensor
    learning_mask: Tensor
    data_mask: Tensor


def draw(
    settings: DmrsSettings, grid: Grid, *, num_tx: int, first_slot: int, num_slots: int
) -> Dmrs:
    """Return the reference signals of slots first_slot .. first_slot + num_slots - 1.

    A slot's signals depend on the settings and the slot's index alone.
    """
    fixed, num_learning = _FIXED[settings.kind](settings, grid), num_learning_elements(settings)
    is_free = np.ones(grid.num_resource_elements, np.bool_)
    is_free[fixed] = False
    free = np.flatnonzero(is_free)
    num_usual = fixed.size * _symbols_per_pilot(settings.sharing, num_tx)
    num_teaching = num_learning * _symbols_per_pilot(settings.learning_sharing, num_tx)
    num_usual_bits = _QPSK * num_usual
    num_bits = num_usual_bits + settings.num_bits_per_symbol * num_teaching
    draws, which = _draws_of(np.arange(first_slot, first_slot + num_slots), settings)
    learning = np.empty((draws.size, num_learning), np.int64)
    bits = np.empty((draws.size, num_bits), np.uint8)
    for i, index in enumerate(draws):
        rng = generator(seed=settings.seed, stream="dmrs", index=int(index))
        if num_learning:
            learning[i] = free[np.sort(rng.permutation(free.size)[:num_learning])]
        bits[i] = rng.integers(0, 2, num_bits, dtype=np.uint8)
    usual = map_bits(torch.from_numpy(bits[:, :num_usual_bits]), num_bits_per_symbol=_QPSK)
    teaching = map_bits(
        torch.from_numpy(bits[:, num_usual_bits:]),
        num_bits_per_symbol=settings.num_bits_per_symbol,
    )
    cells = np.concatenate([np.broadcast_to(fixed, (draws.size, fixed.size)), learning], axis=1)
    shared = (
        _shared(usual, settings.sharing, num_tx=num_tx),
        _shared(teaching, settings.learning_sharing, num_tx=num_tx),
    )
    return _assemble(
        torch.from_numpy(cells[which]),
        torch.cat(shared, dim=2)[torch.from_numpy(which)],
        grid,
        num_learning=num_learning,
    )


def num_pilot_elements(settings: DmrsSettings, grid: Grid) -> int:
    """Return how many resource elements of a slot carry anybody's pilot: the overhead."""
    return _FIXED[settings.kind](settings, grid).size + num_learning_elements(settings)


def num_learning_elements(settings: DmrsSettings) -> int:
    """Return how many resource elements of a slot carry anybody's learning pilot."""
    count = {
        Teaching.NONE: 0,
        Teaching.SOME: settings.num_learning,
        Teaching.ALL: settings.num_pilots,
    }
    return count[DMRS_DESIGNS[settings.kind].teaching]


def _draws_of(slots: NDArray[np.int64], settings: DmrsSettings) -> tuple[_Cells, _Cells]:
    """Return the indices of the draws that these slots need, and which of them each one has."""
    per_draw = settings.slots_per_draw
    return np.unique(slots // per_draw if per_draw else 0 * slots, return_inverse=True)


def _symbols_per_pilot(sharing: Sharing, num_tx: int) -> int:
    return num_tx if sharing is Sharing.OVERLAPPING else 1


def _shared(symbols: Tensor, sharing: Sharing, *, num_tx: int) -> Tensor:
    """Return what each user sends, complex64 [num_draws, num_tx, num_pilots]; 0 where silent.

    Pilots are sorted, so that in a comb the users take turns in frequency.
    """
    if sharing is Sharing.OVERLAPPING:
        of_users: Tensor = symbols.unflatten(1, (num_tx, -1))
        return of_users
    code = torch.eye(num_tx) if sharing is Sharing.COMB else _walsh_hadamard(num_tx)
    num_pilots = symbols.shape[1]
    return symbols[:, None] * code[:, torch.arange(num_pilots) % num_tx]


def _walsh_hadamard(size: int) -> Tensor:
    """Return the square matrix of +1 and -1 with orthogonal rows, float32."""
    return torch.from_numpy(hadamard(size).astype(np.float32))


def _assemble(cells: Tensor, symbols: Tensor, grid: Grid, *, num_learning: int) -> Dmrs:
    """Put pilots on the grid; the learning ones are the last ones."""
    num_slots, num_tx, num_pilots = symbols.shape
    shape = (num_slots, num_tx, grid.num_symbols, grid.num_subcarriers)
    places = cells[:, None].expand_as(symbols)
    pilots = torch.zeros(num_slots, num_tx, grid.num_resource_elements, dtype=torch.complex64)
    pilots.scatter_(2, places, symbols)
    mask = torch.zeros(pilots.shape, dtype=torch.bool).scatter_(2, places, symbols != 0)
    is_learning = torch.arange(num_pilots) >= num_pilots - num_learning
    learns = torch.zeros_like(mask).scatter_(2, places, (symbols != 0) & is_learning)
    data = ~mask.any(1, keepdim=True).expand(-1, num_tx, -1)
    return Dmrs(
        pilots=pilots.reshape(shape),
        pilot_mask=mask.reshape(shape),
        learning_mask=learns.reshape(shape),
        data_mask=data.reshape(shape),
    )


def _standard_cells(settings: DmrsSettings, grid: Grid) -> _Cells:
    return _whole_symbols(settings.symbols, grid)


@lru_cache(maxsize=16)
def _whole_symbols(symbols: tuple[int, ...], grid: Grid) -> _Cells:
    rows = np.asarray(sorted(symbols), np.int64)[:, None] * grid.num_subcarriers
    return (rows + np.arange(grid.num_subcarriers)).ravel()


def _scattered_cells(settings: DmrsSettings, grid: Grid) -> _Cells:
    return _lattice(settings.num_pilots, grid)


def _rest_of_the_hybrid(settings: DmrsSettings, grid: Grid) -> _Cells:
    return _lattice(settings.num_pilots - settings.num_learning, grid)


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


def _none(settings: DmrsSettings, grid: Grid) -> _Cells:
    del settings, grid
    return np.empty(0, np.int64)


_FIXED: Mapping[DmrsKind, Callable[[DmrsSettings, Grid], _Cells]] = {
    DmrsKind.STANDARD: _standard_cells,
    DmrsKind.SCATTERED: _scattered_cells,
    DmrsKind.RANDOM: _none,
    DmrsKind.HYBRID: _rest_of_the_hybrid,
    DmrsKind.ADDITIONAL: _standard_cells,
}
"""Where the pilots of each design stand that do not teach."""
