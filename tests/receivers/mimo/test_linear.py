# SPDX-License-Identifier: Apache-2.0
"""Zero forcing and LMMSE against their closed forms, written out with NumPy."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from receivers.equalizer import equalize
from receivers.errors import UnsuitedProblemError
from receivers.mimo.linear import Filter, Linear
from sim.mimo.problem import Problem
from sim.qam import demap
from tests.receivers.mimo.drawn import rayleigh

Complex = NDArray[np.complex128]


def _zero_forcing(h: Complex, no: float) -> tuple[Complex, NDArray[np.float64]]:
    inverse = np.linalg.inv(h.conj().T @ h)
    return inverse @ h.conj().T, np.diag(no * inverse).real.astype(np.float64)


def _lmmse(h: Complex, no: float) -> tuple[Complex, NDArray[np.float64]]:
    """Return the unbiased filter and one over the ratio of signal to interference and noise."""
    gram, identity = h.conj().T @ h, np.eye(h.shape[1])
    filters = np.linalg.inv(gram + no * identity) @ h.conj().T
    sinr = 1 / np.diag(np.linalg.inv(identity + gram / no)).real - 1
    return filters / np.diag(filters @ h)[:, None], 1 / sinr


FORMULAS = {Filter.ZF: _zero_forcing, Filter.LMMSE: _lmmse}


def _expected(problem: Problem, kind: Filter) -> NDArray[np.float64]:
    """Return -|x_hat - s|^2 / N of every element, user and point."""
    points = problem.modulation.points.numpy().astype(np.complex128)
    logits = []
    for y, h, no in zip(
        problem.y.numpy(), problem.h.numpy(), problem.noise_variance.numpy(), strict=True
    ):
        filters, left = FORMULAS[kind](h.astype(np.complex128), float(no))
        x_hat = filters @ y
        logits.append(-(np.abs(x_hat[:, None] - points) ** 2) / left[:, None])
    return np.array(logits)


@pytest.mark.parametrize("kind", Filter)
@pytest.mark.parametrize("modulation", ["qpsk", "16qam", "64qam"])
def test_beliefs_are_gaussian_around_the_filtered_symbol(kind: Filter, modulation: str) -> None:
    problem = rayleigh(modulation, num_rx_ant=4, num_tx=3, snr_db=9.0, num_elements=60).problem

    logits = Linear(kind).detect(problem).logits

    np.testing.assert_allclose(logits.numpy(), _expected(problem, kind), rtol=2e-4, atol=1e-4)


@pytest.mark.parametrize("kind", Filter)
def test_bpsk_is_filtered_by_its_real_equations(kind: Filter) -> None:
    problem = rayleigh("bpsk", num_rx_ant=2, num_tx=3, snr_db=6.0, num_elements=60).problem

    logits = Linear(kind).detect(problem).logits

    # Closed form: 4 real equations for 3 real symbols of +-1, noise of half the variance each, and
    # a real Gaussian of variance N around the estimate.
    turned = problem.h.numpy().astype(np.complex128) * np.exp(0.25j * np.pi)
    for i in range(60):
        h = np.concatenate([turned[i].real, turned[i].imag])
        y = np.concatenate([problem.y[i].real.numpy(), problem.y[i].imag.numpy()])
        filters, left = FORMULAS[kind](h.astype(np.complex128), 10**-0.6 / 2)
        x_hat = (filters @ y).real
        expected = -((x_hat[:, None] - np.array([1.0, -1.0])) ** 2) / (2 * left[:, None])
        np.testing.assert_allclose(logits[i].numpy(), expected, rtol=1e-3, atol=1e-3)


def test_the_llrs_are_those_of_whole_slots() -> None:
    problem = rayleigh("16qam", num_rx_ant=4, num_tx=2, snr_db=8.0, num_elements=200).problem

    llr = Linear(Filter.LMMSE).detect(problem).llr

    x_hat, no_eff = equalize(
        problem.y[..., None, None],
        problem.h[..., None, None],
        problem.noise_variance[:, None, None],
    )
    expected = demap(x_hat, no_eff, num_bits_per_symbol=4)[:, :, 0, 0]
    torch.testing.assert_close(llr, expected, rtol=1e-2, atol=1e-2)


def test_each_element_has_its_own_noise() -> None:
    problem = rayleigh("qpsk", num_rx_ant=2, num_tx=2, snr_db=8.0, num_elements=2).problem
    told = Problem(
        modulation=problem.modulation,
        y=problem.y[:1].expand(2, -1),
        h=problem.h[:1].expand(2, -1, -1),
        noise_variance=torch.tensor([0.1, 0.4]),
    )

    logits = Linear(Filter.ZF).detect(told).logits

    torch.testing.assert_close(logits[0], 4 * logits[1])


def test_zero_forcing_refuses_more_users_than_equations() -> None:
    problem = rayleigh("qpsk", num_rx_ant=2, num_tx=3, snr_db=8.0, num_elements=2).problem

    with pytest.raises(UnsuitedProblemError, match="2 antennas are too few for 3 users of qpsk"):
        Linear(Filter.ZF).detect(problem)
    assert Linear(Filter.LMMSE).detect(problem).llr.shape == (2, 3, 2)
