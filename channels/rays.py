# SPDX-License-Identifier: Apache-2.0
r"""A channel as a set of rays: how a drop becomes a frequency response, at any slot.

Every fading channel of this package is, for one user and one drop,

.. math:: H_{a,s,k} = \sum_p e^{-j 2 \pi f_k \tau_p} \sum_r g_{a,p,r} e^{j 2 \pi \nu_{p,r} D(t_s)}

with complex ray gains g, Doppler cosines nu (component of the direction of travel along the ray),
the distance D travelled since the drop began in wavelengths, delays tau_p (normalised delay times
delay spread), and subcarrier frequencies f_k from the carrier. Integrating speed into D keeps the
phase of every ray continuous when the speed drifts.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.drift import values_at
from channels.grid import Grid
from channels.mobility import Mobility
from channels.randomness import generator
from channels.scenario import Scenario

CHUNK = 32  # slots evaluated together: fits the cache, and has no influence on the result


@dataclass(frozen=True, slots=True, kw_only=True)
class Rays:
    """The rays of many drops of one user.

    Parameters
    ----------
    gains : complex64 [num_drops, num_rx_ant, num_paths, num_rays]
        Complex amplitude of each ray at each receive antenna when the drop begins.
    cosines : float32 [num_drops, num_paths, num_rays]
        Doppler shift of each ray over the maximum Doppler shift, -1..1.
    """

    gains: NDArray[np.complex64]
    cosines: NDArray[np.float32]


class RaySource(Protocol):
    """Turns uniform random numbers into the rays of a channel model."""

    @property
    def delays(self) -> NDArray[np.float64]:
        """Return float64 [num_paths]: delay of each path over the rms delay spread."""
        ...

    @property
    def num_uniforms(self) -> int:
        """Return how many random numbers one drop consumes."""
        ...

    def rays(self, uniforms: NDArray[np.float32]) -> Rays:
        """Return one drop for each row of float32 [num_drops, num_uniforms]."""
        ...

    def weights(self, k_factor: NDArray[np.float64]) -> NDArray[np.float32] | None:
        """Return float32 [num_slots, 1, num_paths, num_rays] to scale the rays by, or None.

        Only a model whose Rician factor is free has weights; k_factor is float64 [num_slots].
        """
        ...


class RayChannel:
    """A fading channel: a source of rays that moves and drifts as the scenario says.

    Drop d covers the slots d * slots_per_drop and following (all slots when that is 0). All its
    randomness comes from the generator of (seed, "channel/USER", d), so that any slot may be asked
    for in any order. Users fade independently.
    """

    def __init__(self, *, scenario: Scenario, seed: int, source: RaySource) -> None:
        self._scenario = scenario
        self._seed = seed
        self._source = source
        self._mobility = Mobility(scenario)
        self._frequencies_hz = subcarrier_frequencies(scenario.grid)

    @property
    def delays(self) -> NDArray[np.float64]:
        """Return float64 [num_paths]: delay of each path over the rms delay spread."""
        return self._source.delays

    def response(self, first_slot: int, num_slots: int) -> Tensor:
        """Return complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers].

        Raises
        ------
        ValueError
            first_slot is negative: time begins at slot 0.
        """
        if first_slot < 0:
            raise ValueError(f"there is no slot {first_slot}; the first is slot 0")
        grid, antennas = self._scenario.grid, self._scenario.antennas
        shape = (antennas.num_rx_ant, antennas.num_tx, grid.num_symbols, grid.num_subcarriers)
        h = torch.empty((num_slots, *shape), dtype=torch.complex64)
        for start in range(0, num_slots, CHUNK):
            stop = min(start + CHUNK, num_slots)
            slots = np.arange(first_slot + start, first_slot + stop)
            for i_tx in range(antennas.num_tx):
                h[start:stop, :, i_tx] = self._user_response(slots, i_tx)
        return h

    def _user_response(self, slots: NDArray[np.int64], i_tx: int) -> Tensor:
        per_drop = self._scenario.channel.slots_per_drop
        drops = slots // per_drop if per_drop else np.zeros_like(slots)
        distinct, which = np.unique(drops, return_inverse=True)
        u = self._uniforms(distinct, i_tx)
        rays = self._source.rays(u[:, 2:])
        distance, step = self._mobility.travelled(slots, drops * per_drop, place=u[which, 0])
        phasors = ray_phasors(
            rays.cosines[which], distance=distance, step=step, num_symbols=self._num_symbols
        )
        paths = path_coefficients(self._weighted(rays.gains[which], slots), phasors)
        h = to_frequency(paths, self._delays_s(slots, u[which, 1]), self._frequencies_hz)
        return unit_energy(h) if self._scenario.channel.power_control else h

    @property
    def _num_symbols(self) -> int:
        return self._scenario.numerology.num_symbols

    def _uniforms(self, drops: NDArray[np.int64], i_tx: int) -> NDArray[np.float32]:
        """Return float32 [num_drops, 2 + num_uniforms]: speed, delay spread, the source's own."""
        u = np.empty((drops.size, 2 + self._source.num_uniforms), dtype=np.float32)
        stream = f"channel/{i_tx}"
        for row, drop in zip(u, drops, strict=True):
            draw = generator(seed=self._seed, stream=stream, index=int(drop))
            draw.random(dtype=np.float32, out=row)
        return u

    def _weighted(
        self, gains: NDArray[np.complex64], slots: NDArray[np.int64]
    ) -> NDArray[np.complex64]:
        k_factor_db = values_at(self._scenario, "channel.k_factor_db", slots)
        weights = self._source.weights(10 ** (k_factor_db / 10))
        return gains if weights is None else gains * weights

    def _delays_s(self, slots: NDArray[np.int64], u: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return float64 [num_slots, num_paths]; u is the drop's place in the range of spreads."""
        spread_s = values_at(self._scenario, "channel.delay_spread_s", slots)
        width_s = self._scenario.channel.delay_spread_width_s
        spread_s = np.maximum(spread_s + width_s * (u.astype(np.float64) - 0.5), 0.0)
        return spread_s[:, None] * self._source.delays


def subcarrier_frequencies(grid: Grid) -> NDArray[np.float64]:
    """Return float64 [num_subcarriers]: the frequency of each subcarrier from the carrier [Hz]."""
    k = np.arange(grid.num_subcarriers, dtype=np.float64) - grid.num_subcarriers // 2
    return k * grid.subcarrier_spacing_hz


def unit_phasor(turns: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Return exp(j 2 pi turns), complex64 of the shape of turns."""
    angle = np.float32(2 * np.pi) * turns
    phasor = np.empty(turns.shape, dtype=np.complex64)
    np.cos(angle, out=phasor.real)
    np.sin(angle, out=phasor.imag)
    return phasor


def with_los(rays: Rays, *, gains: NDArray[np.complex64], cosines: NDArray[np.float32]) -> Rays:
    """Add a line of sight to the first path, as one ray more (silent in all other paths).

    Parameters
    ----------
    gains : complex64 [num_drops, num_rx_ant]
    cosines : float32 [num_drops]
    """
    all_gains = np.concatenate([rays.gains, np.zeros_like(rays.gains[..., :1])], axis=-1)
    all_gains[:, :, 0, -1] = gains
    all_cosines = np.concatenate([rays.cosines, np.zeros_like(rays.cosines[..., :1])], axis=-1)
    all_cosines[:, 0, -1] = cosines
    return Rays(gains=all_gains, cosines=all_cosines)


def ray_phasors(
    cosines: NDArray[np.float32],
    *,
    distance: NDArray[np.float64],
    step: NDArray[np.float64],
    num_symbols: int,
) -> NDArray[np.complex64]:
    """Return the phasor exp(j 2 pi nu D(t_s)) of each ray at each symbol.

    Parameters
    ----------
    cosines : float32 [num_slots, num_paths, num_rays]
    distance : float64 [num_slots]
        Distance since the drop began when the slot begins [wavelengths].
    step : float64 [num_slots]
        Distance travelled in one symbol [wavelengths].

    Returns
    -------
    complex64 [num_slots, num_paths, num_rays, num_symbols]
    """
    turns = cosines * distance[:, None, None]  # float64: a drop may last for hours
    turns -= np.rint(turns)
    rate = cosines * step.astype(np.float32)[:, None, None]
    s = np.arange(num_symbols, dtype=np.float32)
    symbol_turns = turns.astype(np.float32)[..., None] + rate[..., None] * s
    return unit_phasor(symbol_turns.astype(np.float32, copy=False))


def path_coefficients(
    gains: NDArray[np.complex64], phasors: NDArray[np.complex64]
) -> NDArray[np.complex64]:
    """Sum the rays of each path: complex64 [num_slots, num_rx_ant, num_symbols, num_paths]."""
    by_path = np.matmul(gains.transpose(0, 2, 1, 3), phasors)
    return np.ascontiguousarray(by_path.transpose(0, 2, 3, 1))


def to_frequency(
    paths: NDArray[np.complex64],
    delays_s: NDArray[np.float64],
    frequencies_hz: NDArray[np.float64],
) -> Tensor:
    """Sum the paths at each subcarrier.

    Parameters
    ----------
    paths : complex64 [num_slots, num_rx_ant, num_symbols, num_paths]
    delays_s : float64 [num_slots, num_paths]
    frequencies_hz : float64 [num_subcarriers]

    Returns
    -------
    complex64 [num_slots, num_rx_ant, num_symbols, num_subcarriers]
    """
    num_slots, num_rx_ant, num_symbols, num_paths = paths.shape
    turns = -delays_s[:, :, None] * frequencies_hz
    turns -= np.rint(turns)
    shift = torch.from_numpy(unit_phasor(turns.astype(np.float32)))
    left = torch.from_numpy(paths).view(num_slots, num_rx_ant * num_symbols, num_paths)
    return torch.bmm(left, shift).view(num_slots, num_rx_ant, num_symbols, -1)


def unit_energy(h: Tensor) -> Tensor:
    """Scale each slot's response [num_slots, ...] to unit mean energy; silence stays silent."""
    flat = torch.view_as_real(h).reshape(h.shape[0], 1, -1)
    energy = torch.bmm(flat, flat.transpose(1, 2)).view(-1) / h[0].numel()
    scale = torch.where(energy > 0, energy.rsqrt(), torch.ones_like(energy))
    return h * scale.view(-1, *[1] * (h.dim() - 1))
