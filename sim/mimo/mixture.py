# SPDX-License-Identifier: Apache-2.0
"""Detection problems of many channels at once: what detectors are trained with beforehand.

Every element has a matrix, correlations, a noise and an error of its channel of its own; all
elements of a batch have the same numbers of users and of antennas. Matrices may come from scenarios
too. Batch i of (settings, seed) is always the same.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.randomness import generator
from channels.scenario import Scenario
from sim.mimo.problem import Block, Problem, Sent
from sim.mimo.scenario_elements import elements
from sim.modulation import Modulation

SNR_RANGES_DB: Mapping[Modulation, tuple[float, float]] = {
    Modulation.BPSK: (-5.0, 7.0),
    Modulation.QPSK: (-2.0, 10.0),
    Modulation.QAM16: (4.0, 18.0),
    Modulation.QAM64: (10.0, 25.0),
    Modulation.QAM256: (16.0, 32.0),
}
"""From where four users on eight antennas err often to where they hardly do, by modulation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixtureSettings:
    """The ranges that elements are drawn from, uniformly.

    Parameters
    ----------
    modulation : Modulation
        Of all users.
    num_rx_ant : int
        Most antennas.
    min_num_rx_ant : int or None
        Fewest; one number a batch. None for `num_rx_ant` in all.
    min_num_tx, max_num_tx : int
        Users; one number a batch.
    min_snr_db, max_snr_db : float [dB]
        Of one user at one antenna, as in `sim.mimo.blocks`.
    max_rx_correlation, max_tx_correlation : float, 0 <= rho < 1
        Of neighbouring antennas and users (exponential, as `channels.matrices.Rayleigh`), from 0.
    max_csi_error : float
        Variance of the error of each entry of the channel that is told, in noise variances of an
        antenna, from 0: an estimate errs less where noise is less. The noise variance that is told
        counts it for each user.
    num_elements : int
        Of a batch.
    scenarios : tuple of Scenario
        Whose slots some elements take their matrix from, all of `num_rx_ant` antennas, of which a
        batch of fewer takes the first; which users of a scenario, is drawn. A batch of more users
        than a scenario has takes nothing of it.
    scenario_share : float, 0 <= share <= 1
        Chance of an element to be one of those, where there are any.

    Raises
    ------
    ValueError
        The fewest antennas are none or above the most, or a scenario has other antennas, or fewer
        users than any batch.
    """

    modulation: Modulation
    num_rx_ant: int = 8
    min_num_rx_ant: int | None = None
    min_num_tx: int = 4
    max_num_tx: int = 4
    min_snr_db: float = 0.0
    max_snr_db: float = 15.0
    max_rx_correlation: float = 0.7
    max_tx_correlation: float = 0.9
    max_csi_error: float = 0.5
    num_elements: int = 256
    scenarios: tuple[Scenario, ...] = ()
    scenario_share: float = 0.5

    def __post_init__(self) -> None:
        fewest = self.fewest_rx_ant
        if not 1 <= fewest <= self.num_rx_ant:
            raise ValueError(f"the fewest antennas are {fewest}, not 1 to {self.num_rx_ant}")
        for scenario in self.scenarios:
            has = scenario.antennas
            if has.num_rx_ant != self.num_rx_ant:
                raise ValueError(
                    f"{scenario.name} has {has.num_rx_ant} antennas, not {self.num_rx_ant}"
                )
            if has.num_tx < self.min_num_tx:
                raise ValueError(
                    f"{scenario.name} has {has.num_tx} users, fewer than {self.min_num_tx}"
                )

    @property
    def fewest_rx_ant(self) -> int:
        """Return the fewest antennas of a batch."""
        return self.num_rx_ant if self.min_num_rx_ant is None else self.min_num_rx_ant


def draw(settings: MixtureSettings, *, seed: int, batch: int) -> Block:
    """Return one batch."""
    rng = generator(seed=seed, stream="mixture", index=batch)
    size, modulation = settings.num_elements, settings.modulation
    num_tx = int(rng.integers(settings.min_num_tx, settings.max_num_tx + 1))
    num_rx_ant = int(rng.integers(settings.fewest_rx_ant, settings.num_rx_ant + 1))
    snr_db = rng.uniform(settings.min_snr_db, settings.max_snr_db, size)
    no = torch.from_numpy((10.0 ** (-snr_db / 10.0)).astype(np.float32))
    h = _with_scenarios(
        _matrices(settings, (num_rx_ant, num_tx), rng), settings, seed=seed, batch=batch
    )
    error = no * _uniform(settings.max_csi_error, size, rng)
    labels = torch.from_numpy(rng.integers(0, modulation.num_points, (size, num_tx)))
    noise = no.sqrt()[:, None] * _gaussian((size, num_rx_ant), rng)
    problem = Problem(
        modulation=modulation,
        y=(h @ modulation.points[labels][..., None])[..., 0] + noise,
        h=h + error.sqrt()[:, None, None] * _gaussian(tuple(h.shape), rng),
        noise_variance=no + num_tx * error,
    )
    return Block(problem=problem, sent=Sent(labels=labels, bits=modulation.label_bits[labels], h=h))


def _matrices(
    settings: MixtureSettings, sides: tuple[int, int], rng: np.random.Generator
) -> Tensor:
    size = settings.num_elements
    gains = _gaussian((size, *sides), rng)
    across_antennas = _uniform(settings.max_rx_correlation, size, rng)
    across_users = _uniform(settings.max_tx_correlation, size, rng)
    return _correlated(_correlated(gains, across_antennas).mT, across_users).mT


def _with_scenarios(h: Tensor, settings: MixtureSettings, *, seed: int, batch: int) -> Tensor:
    """Return the matrices with some in place of others, in a stream of their own."""
    size, num_rx_ant, num_tx = h.shape
    fitting = [one for one in settings.scenarios if one.antennas.num_tx >= num_tx]
    if not fitting:
        return h
    rng = generator(seed=seed, stream="mixture-scenarios", index=batch)
    source = np.where(
        rng.random(size) < settings.scenario_share, rng.integers(len(fitting), size=size), -1
    )
    for i, scenario in enumerate(fitting):
        pool = elements(scenario, seed=seed)
        users = torch.from_numpy(rng.permutation(pool.shape[2])[:num_tx])
        drawn = pool[torch.from_numpy(rng.integers(len(pool), size=size))][:, :num_rx_ant, users]
        h = torch.where(torch.from_numpy(source == i)[:, None, None], drawn, h)
    return h


def _correlated(gains: Tensor, correlation: Tensor) -> Tensor:
    """Return rows of which neighbours correlate so: the Cholesky factor of rho ** |i - j|."""
    rows = [gains[:, 0]]
    rho = correlation[:, None]
    for row in gains.unbind(1)[1:]:
        rows.append(rho * rows[-1] + (1.0 - rho.square()).sqrt() * row)
    return torch.stack(rows, dim=1)


def _uniform(top: float, size: int, rng: np.random.Generator) -> Tensor:
    values: NDArray[np.float32] = rng.uniform(0.0, top, size).astype(np.float32)
    return torch.from_numpy(values)


def _gaussian(shape: tuple[int, ...], rng: np.random.Generator) -> Tensor:
    """Return CN(0, 1), complex64 of this shape."""
    parts = torch.from_numpy(rng.standard_normal((*shape, 2), dtype=np.float32))
    return torch.view_as_complex(parts) * math.sqrt(0.5)
