# SPDX-License-Identifier: Apache-2.0
"""Pilots that are broken on the air while the receiver believes in them.

    wrong      another symbol of the pilot's alphabet is sent than both sides agreed on
    missing    the transmitter is silent there
    saturated  the receiver clips both parts of what it gets there

Of a slot with n pilots of all users together, round(share * n) break in each way, at random places
and each of them in one way only; data elements are never touched.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.drift import values_at
from channels.impairments.chain import active
from channels.randomness import generator
from channels.scenario import Scenario
from channels.scenario_tables import PILOT_SHARES
from sim.dmrs import Dmrs
from sim.qam import map_bits, unmap

CLIPPING_DB = -6.0
"""Where a saturated pilot is clipped: each part, over the rms of one part of the slot [dB].

Half of the rms: 85 of 100 values of a Gaussian signal lose something in one part or both, so that
nearly each pilot that is counted as broken is, and yet none is turned out of its quadrant.
"""

_WHOLE, _WRONG, _MISSING, _SATURATED = range(4)
_QPSK = 2  # bits of a pilot that does not teach


class BrokenPilots:
    """Breaks pilots of a link slot by slot; what is off costs nothing.

    Which pilots break, and how, depends on scenario, seed and slot alone. Where pilots break in one
    way only, a larger share breaks the pilots of a smaller one in the same way, and some more.

    Parameters
    ----------
    scenario : Scenario
        Its `impairments.pilot_*_share`, which may drift.
    seed : int
        Of the trial.
    """

    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self._scenario = scenario
        self._seed = seed
        self._active = set(active(scenario)) & set(PILOT_SHARES)

    def transmit(self, x: Tensor, dmrs: Dmrs, *, first_slot: int) -> Tensor:
        """Return what is sent instead of a grid with all pilots as agreed.

        Parameters
        ----------
        x : complex64 [num_slots, num_tx, num_symbols, num_subcarriers]
            Resource elements, data and pilots; not changed.
        dmrs : Dmrs
            The pilots as both sides agreed on them.
        first_slot : int
            Slot of x[0].
        """
        if not self._active & {"pilot_wrong_share", "pilot_missing_share"}:
            return x
        kinds, draws = self._draw(dmrs, first_slot)
        learns = dmrs.learning_mask[dmrs.pilot_mask].view_as(kinds)
        sent = x[dmrs.pilot_mask].view_as(kinds)
        alphabets = ((_QPSK, ~learns), (self._scenario.link.num_bits_per_symbol, learns))
        for num_bits_per_symbol, among in alphabets:
            wrong = among & (kinds == _WRONG)
            sent[wrong] = _another(
                sent[wrong], draws[wrong], num_bits_per_symbol=num_bits_per_symbol
            )
        sent[kinds == _MISSING] = 0.0
        return x.masked_scatter(dmrs.pilot_mask, sent)

    def receive(self, y: Tensor, dmrs: Dmrs, *, first_slot: int) -> Tensor:
        """Return what the receiver sees instead of a grid without clipping.

        Full scale follows the rms of the slot, antenna by antenna, as in the converter.

        Parameters
        ----------
        y : complex64 [num_slots, num_rx_ant, num_symbols, num_subcarriers]
            Resource elements as received; not changed.
        dmrs : Dmrs
            Where pilots stand.
        first_slot : int
            Slot of y[0].
        """
        if "pilot_saturated_share" not in self._active:
            return y
        kinds, _ = self._draw(dmrs, first_slot)
        clipped = torch.zeros_like(dmrs.pilot_mask)
        clipped[dmrs.pilot_mask] = (kinds == _SATURATED).flatten()
        return torch.where(clipped.any(1, keepdim=True), _clip(y), y)

    def _draw(self, dmrs: Dmrs, first_slot: int) -> tuple[Tensor, Tensor]:
        """Return what becomes of each pilot, and a number from 0 to 1 that tells its wrong symbol.

        Both [num_slots, num_pilots], pilots user by user, symbol by symbol, subcarrier by
        subcarrier.
        """
        num_slots = dmrs.pilot_mask.shape[0]
        num_pilots = int(dmrs.pilot_mask[0].sum())
        counts = self._counts(np.arange(first_slot, first_slot + num_slots), num_pilots)
        kinds = np.full((num_slots, num_pilots), _WHOLE)
        draws = np.zeros((num_slots, num_pilots))
        for i in np.flatnonzero(counts.any(1)):
            rng = generator(seed=self._seed, stream="pilot-faults", index=first_slot + int(i))
            broken = np.repeat((_WRONG, _MISSING, _SATURATED), counts[i])
            kinds[i, rng.permutation(num_pilots)[: broken.size]] = broken
            draws[i] = rng.random(num_pilots)
        return torch.from_numpy(kinds), torch.from_numpy(draws)

    def _counts(self, slots: NDArray[np.int64], num_pilots: int) -> NDArray[np.int64]:
        """Return int64 [num_slots, 3]; where rounding asks for too many, the last kind yields."""
        shares = [values_at(self._scenario, f"impairments.{key}", slots) for key in PILOT_SHARES]
        asked = np.rint(np.stack(shares, axis=1) * num_pilots).astype(np.int64)
        return np.diff(np.minimum(np.cumsum(asked, axis=1), num_pilots), axis=1, prepend=0)


def _another(symbols: Tensor, draws: Tensor, *, num_bits_per_symbol: int) -> Tensor:
    """Return another point for each of the constellation, uniform over the others."""
    places = 2 ** torch.arange(num_bits_per_symbol - 1, -1, -1)
    labels = (unmap(symbols, num_bits_per_symbol=num_bits_per_symbol).long() * places).sum(-1)
    num_points = 2**num_bits_per_symbol
    steps = 1 + (draws * (num_points - 1)).long()
    others = (labels + steps) % num_points
    bits = (others[:, None] // places % 2).to(torch.uint8)
    return map_bits(bits, num_bits_per_symbol=num_bits_per_symbol)[:, 0]


def _clip(y: Tensor) -> Tensor:
    parts = torch.view_as_real(y).numpy()
    power = np.mean(parts.reshape(*y.shape[:2], -1) ** 2, axis=-1)
    highest = (np.sqrt(power) * np.float32(10 ** (CLIPPING_DB / 20)))[..., None, None, None]
    return torch.view_as_complex(torch.from_numpy(np.clip(parts, -highest, highest)))
