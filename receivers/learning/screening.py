# SPDX-License-Identifier: Apache-2.0
"""Which learning pilots cannot be true, judged from the observation alone.

A pilot that was sent with another symbol, not sent, or clipped gives a least-squares estimate that
does not fit those of its neighbours. Every pilot is compared with what the others of its slot say
without it; the worst are taken out of the others, and all are compared again, until nothing
changes. The yardstick is the median of the slot, so that a channel rougher than any that was
thought of makes all pilots look worse, and none of them false. It has an end: pilots that say
nothing about each other, where noise is no excuse, are not believed at all.
"""

from dataclasses import dataclass, replace
from functools import cache

import torch
from scipy.special import gammainccinv
from torch import Tensor

from receivers.learning.channel_basis import channel_basis
from receivers.learning.leave_one_out import leave_one_out
from sim.slot import Observation

P_FALSE = 0.005
"""Probability that a true pilot is excluded, where the channel is as smooth as was thought."""

MAX_EXCLUDED_SHARE = 0.25
"""Of a slot's learning pilots; with more excluded, those that are left are not believed either."""

P_DOUBTED = 0.1
"""Probability that a true pilot is not certain, although the others know the channel there well."""

MAX_UNKNOWN = 0.5
"""Mean square by which the others miss the channel where a pilot is certain, over the noise's."""

MAX_ROUGHNESS, MAX_MISFIT = 2.0, 0.1
"""How far a slot's typical pilot may be from the others: in mean squares that are expected, and in
mean energies of the channel. Only a slot beyond both is rejected for it."""

_MIN_PILOTS = 16  # whose median tells a rough slot from chance
_MAX_PASSES = 5
_LEAST_SNR = 1e-3  # where noise is all that can be heard
_MIN_NO = 1e-3  # of a channel of unit energy: the basis is not exact, nor is any radio


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """What a screen found in a batch of slots.

    Parameters
    ----------
    trusted : bool [num_slots, num_tx, num_symbols, num_subcarriers]
        The learning pilots that may be learned from; none of a rejected slot.
    certain : bool [num_slots, num_tx, num_symbols, num_subcarriers]
        Those of them that would hardly be trusted if they were false. How much the others know
        decides, and how well a pilot fits them, but not which symbol it has.
    num_excluded : int64 [num_slots]
        Learning pilots of all users that do not fit the others, in rejected slots too.
    rejected : bool [num_slots]
        Slots that teach nothing: too many do not fit, or all fit badly.
    """

    trusted: Tensor
    certain: Tensor
    num_excluded: Tensor
    rejected: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What the pilots of one user say about each other.

    Parameters
    ----------
    fit, certain : bool [num_slots, num_pilots]
        Which pilots fit the others that do, and which do so beyond doubt.
    roughness : float32 [num_slots]
        How much worse than expected they fit; at least 1.
    """

    fit: Tensor
    certain: Tensor
    roughness: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pilots:
    """The pilots of one user, slot by slot side by side; slots with fewer are filled up.

    Parameters
    ----------
    cells : int64 [num_slots, num_pilots]
        Flat index of the resource element.
    real : bool [num_slots, num_pilots]
        False where nothing stands.
    at_pilots : float32 [num_slots, num_pilots, num_parts]
        Least squares for a channel of unit energy, turned back by the ramp of the basis; real
        parts of all antennas, then imaginary parts.
    precision : float32 [num_slots, num_pilots]
        Their inverse noise variance.
    no : float32 [num_slots]
        Noise variance over the channel's energy.
    """

    cells: Tensor
    real: Tensor
    at_pilots: Tensor
    precision: Tensor
    no: Tensor


def screen(observation: Observation) -> Screened:
    """Judge the learning pilots of a batch of slots, each slot by itself.

    All visible pilots are compared, and learning pilots are judged. Slots may hold any numbers of
    pilots; of very few nothing is learned and none is excluded.
    """
    learning = observation.learning_mask
    fits, certain = torch.ones_like(learning).flatten(2), torch.zeros_like(learning).flatten(2)
    rejected = torch.zeros(observation.num_slots, dtype=torch.bool)
    for k in range(learning.shape[1]):
        pilots = _pilots(observation, i_tx=k)
        if pilots.cells.shape[1]:
            judged = _judge(pilots, observation)
            slot, column = torch.nonzero(pilots.real & ~judged.fit, as_tuple=True)
            fits[slot, k, pilots.cells[slot, column]] = False
            slot, column = torch.nonzero(judged.certain, as_tuple=True)
            certain[slot, k, pilots.cells[slot, column]] = True
            rejected |= _unexplained(pilots, judged.roughness)
    excluded = learning & ~fits.view_as(learning)
    num_excluded = excluded.sum((1, 2, 3))
    rejected |= num_excluded > MAX_EXCLUDED_SHARE * learning.sum((1, 2, 3))
    trusted = learning & ~excluded & ~rejected[:, None, None, None]
    return Screened(
        trusted=trusted,
        certain=trusted & certain.view_as(learning),
        num_excluded=num_excluded,
        rejected=rejected,
    )


def without(observation: Observation, trusted: Tensor) -> Observation:
    """Return an observation in which the learning pilots that are not trusted never stood.

    Pilots that do not teach stay. Where no learning pilot is trusted none is left: the slot has no
    label, and in the random design no pilot at all.

    Parameters
    ----------
    trusted : bool [num_slots, num_tx, num_symbols, num_subcarriers]
        As `screen` returns it.
    """
    dropped = observation.learning_mask & ~trusted
    return replace(
        observation,
        pilots=observation.pilots.masked_fill(dropped, 0.0),
        pilot_mask=observation.pilot_mask & ~dropped,
        learning_mask=observation.learning_mask & trusted,
    )


def _pilots(observation: Observation, *, i_tx: int) -> _Pilots:
    """Return the pilots of one user."""
    y = observation.y.flatten(2)
    mask = observation.pilot_mask[:, i_tx].flatten(1)
    num_slots, num_pilots = mask.shape[0], int(mask.sum(1).max())
    slot, cell = torch.nonzero(mask, as_tuple=True)
    column = (mask.cumsum(1) - 1)[slot, cell]
    cells = torch.zeros(num_slots, num_pilots, dtype=torch.int64)
    cells[slot, column] = cell
    real = torch.zeros(num_slots, num_pilots, dtype=torch.bool)
    real[slot, column] = True
    symbols = observation.pilots[:, i_tx].flatten(1).gather(1, cells)
    symbols = torch.where(real, symbols, torch.ones_like(symbols))
    energy = torch.view_as_real(y).square().sum(-1).mean((1, 2)) - observation.no
    energy = torch.maximum(energy, _LEAST_SNR * observation.no)
    energy = energy / observation.pilot_mask.shape[1]  # all users send data on one element
    ramp = channel_basis(observation.grid).ramp[cells]
    heard = y.gather(2, cells[:, None].expand(-1, y.shape[1], -1))
    at_pilots = heard / (symbols * ramp)[:, None] / energy.sqrt()[:, None, None]
    no = (observation.no / energy).clamp(min=_MIN_NO)
    return _Pilots(
        cells=cells,
        real=real,
        at_pilots=torch.cat([at_pilots.real, at_pilots.imag], dim=1).mT.contiguous(),
        precision=(symbols.real**2 + symbols.imag**2) / no[:, None],
        no=no,
    )


def _judge(pilots: _Pilots, observation: Observation) -> _Judged:
    """Compare each pilot with the others that fit, until these are always the same."""
    basis = channel_basis(observation.grid)
    median, highest, high = _quantiles(observation.y.shape[1])
    functions = basis.functions[pilots.cells]
    kept, certain = pilots.real.clone(), torch.zeros_like(pilots.real)
    roughness = torch.ones(observation.num_slots)
    open_slots = torch.arange(observation.num_slots)
    for _ in range(_MAX_PASSES):
        before, rough = kept[open_slots], roughness[open_slots, None]
        squares, variances = leave_one_out(
            pilots.at_pilots[open_slots],
            pilots.precision[open_slots] / rough,
            kept=before,
            functions=functions[open_slots],
            energies=basis.energies,
        )
        distances = squares / variances
        typical = distances.where(before, torch.nan).nanmedian(1, keepdim=True).values
        factor = torch.maximum(typical.nan_to_num(median) / median, 1.0 / rough)
        after = (distances <= highest * factor) & pilots.real[open_slots]
        unknown = variances - rough / pilots.precision[open_slots]
        is_known = unknown <= MAX_UNKNOWN * rough * pilots.no[open_slots, None]
        certain[open_slots] = after & is_known & (distances <= high * factor)
        kept[open_slots], roughness[open_slots] = after, (rough * factor)[:, 0]
        open_slots = open_slots[(after != before).any(1)]
        if not len(open_slots):
            break
    return _Judged(fit=kept, certain=certain, roughness=roughness)


def _unexplained(pilots: _Pilots, roughness: Tensor) -> Tensor:
    """Return bool [num_slots]: whether the pilots of a slot say next to nothing about each other.

    One that fits nothing misses by the channel's own energy, or more.
    """
    many = pilots.real.sum(1) >= _MIN_PILOTS
    return many & (roughness > MAX_ROUGHNESS) & (roughness * pilots.no > MAX_MISFIT)


@cache
def _quantiles(num_rx_ant: int) -> tuple[float, float, float]:
    """Return quantiles of a true pilot's distance, Gamma(num_rx_ant, 1): median, highest, high."""
    median, highest, high = (gammainccinv(num_rx_ant, p) for p in (0.5, P_FALSE, P_DOUBTED))
    return float(median), float(highest), float(high)
