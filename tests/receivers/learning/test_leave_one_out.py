# SPDX-License-Identifier: Apache-2.0
"""Leaving one pilot out by a formula, against leaving it out in earnest."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from receivers.learning.leave_one_out import leave_one_out

NUM_PILOTS, NUM_TERMS, NUM_PARTS = 25, 12, 4


def _problem(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    rng = np.random.default_rng(seed)
    functions = rng.standard_normal((2, NUM_PILOTS, NUM_TERMS)) / NUM_TERMS**0.5
    energies = np.geomspace(3.0, 0.01, NUM_TERMS)
    precision = rng.uniform(3.0, 60.0, (2, NUM_PILOTS))
    at_pilots = rng.standard_normal((2, NUM_PILOTS, NUM_PARTS))
    kept = rng.random((2, NUM_PILOTS)) < 0.8
    values = (at_pilots, precision, functions, energies)
    first, second, third, fourth = (torch.from_numpy(v.astype(np.float32)) for v in values)
    return first, second, torch.from_numpy(kept), third, fourth


def _conditional(
    i: int,
    at_pilots: NDArray[np.float64],
    precision: NDArray[np.float64],
    kept: NDArray[np.bool_],
    covariance: NDArray[np.float64],
) -> tuple[float, float]:
    """Return squared error and variance of pilot i, given the kept ones without it."""
    others = np.flatnonzero(kept & (np.arange(kept.size) != i))
    noisy = covariance[np.ix_(others, others)] + np.diag(1 / precision[others])
    gain = np.linalg.solve(noisy, covariance[others, i])
    error = at_pilots[i] - gain @ at_pilots[others]
    variance = covariance[i, i] - gain @ covariance[others, i] + 1 / precision[i]
    return float(error @ error), float(variance)


@pytest.mark.parametrize("seed", range(5))
def test_the_formula_gives_what_leaving_out_gives(seed: int) -> None:
    at_pilots, precision, kept, functions, energies = _problem(seed)

    squares, variances = leave_one_out(
        at_pilots, precision, kept=kept, functions=functions, energies=energies
    )

    for i_slot in range(2):
        phi = functions[i_slot].numpy().astype(np.float64)
        covariance = phi @ np.diag(energies.numpy().astype(np.float64)) @ phi.T
        expected = [
            _conditional(
                i,
                at_pilots[i_slot].numpy().astype(np.float64),
                precision[i_slot].numpy().astype(np.float64),
                kept[i_slot].numpy(),
                covariance,
            )
            for i in range(NUM_PILOTS)
        ]
        found = torch.stack([squares[i_slot], variances[i_slot]], dim=1).numpy()
        np.testing.assert_allclose(found, np.array(expected), rtol=2e-3)


def test_with_nothing_kept_only_the_prior_is_left() -> None:
    at_pilots, precision, kept, functions, energies = _problem(9)

    squares, variances = leave_one_out(
        at_pilots,
        precision,
        kept=torch.zeros_like(kept),
        functions=functions,
        energies=energies,
    )

    torch.testing.assert_close(squares, at_pilots.square().sum(-1))
    prior = (functions.square() * energies).sum(-1) + 1 / precision
    torch.testing.assert_close(variances, prior, rtol=1e-4, atol=1e-6)
