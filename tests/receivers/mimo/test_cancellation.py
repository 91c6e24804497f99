# SPDX-License-Identifier: Apache-2.0
"""Interference cancellation against its definition, element by element and user by user."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from channels.matrices import SyntheticDecay
from receivers.mimo.cancellation import Cancellation, MmseSic, SoftSic, estimates, moments
from receivers.mimo.linear import Filter, Linear
from receivers.mimo.model import linear_model
from sim.mimo.blocks import BlockSettings, draw
from sim.mimo.problem import Problem
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh

Complex = NDArray[np.complex128]
CANCELLATIONS = pytest.mark.parametrize("cancellation", Cancellation)


def _filtered(
    y: Complex, h: Complex, no: float, mean: Complex, variance: NDArray[np.float64], k: int
) -> tuple[complex, float]:
    """Return one user's unbiased estimate by an explicit filter for its own interference."""
    others = [j for j in range(h.shape[1]) if j != k]
    left = y - h[:, others] @ mean[others]
    interference = h[:, others] @ np.diag(variance[others]) @ h[:, others].conj().T
    covariance = interference + no * np.eye(y.size)
    w = np.linalg.inv(covariance + np.outer(h[:, k], h[:, k].conj())) @ h[:, k]
    gain = float((w.conj() @ h[:, k]).real)
    power = float((w.conj() @ covariance @ w).real)
    return complex(w.conj() @ left) / gain, power / gain**2


def test_the_estimates_are_those_of_one_filter_a_user() -> None:
    problem = rayleigh("qpsk", num_rx_ant=3, num_tx=3, snr_db=9.0, num_elements=20).problem
    model, rng = linear_model(problem), np.random.default_rng(1)
    mean = rng.standard_normal((20, 3)) + 1j * rng.standard_normal((20, 3))
    variance = rng.uniform(0.0, 1.0, (20, 3))

    x_hat, spread = estimates(model, torch.from_numpy(mean), torch.from_numpy(variance))

    for i in range(20):
        for k in range(3):
            expected = _filtered(
                model.y[i].numpy(),
                model.h[i].numpy(),
                float(model.spread[i]),
                mean[i],
                variance[i],
                k,
            )
            assert complex(x_hat[i, k]) == pytest.approx(expected[0], rel=1e-6)
            assert float(spread[i, k]) == pytest.approx(expected[1], rel=1e-6)


def _successive(
    y: Complex, h: Complex, no: float, points: Complex, *, is_hard: bool
) -> tuple[NDArray[np.float64], list[int]]:
    """Return the logits, and the order, of a user-by-user run on a shrinking set of users."""
    num_tx = h.shape[1]
    mean, variance = np.zeros(num_tx, complex), np.ones(num_tx)
    logits, order = np.zeros((num_tx, points.size)), list[int]()
    while len(order) < num_tx:
        found = {k: _filtered(y, h, no, mean, variance, k) for k in range(num_tx) if k not in order}
        best = min(found, key=lambda k: found[k][1])
        order.append(best)
        x_hat, left = found[best]
        logits[best] = -(np.abs(x_hat - points) ** 2) / left
        p = np.exp(logits[best] - logits[best].max())
        p /= p.sum()
        if is_hard:
            mean[best], variance[best] = points[p.argmax()], 0.0
        else:
            mean[best] = p @ points
            variance[best] = p @ np.abs(points - mean[best]) ** 2
    return logits, order


@CANCELLATIONS
def test_successive_cancellation_is_its_definition_best_user_first(
    cancellation: Cancellation,
) -> None:
    problem = rayleigh("16qam", num_rx_ant=3, num_tx=3, snr_db=12.0, num_elements=40).problem

    logits = MmseSic(cancellation).detect(problem).logits

    points = problem.modulation.points.numpy().astype(complex)
    orders = set[tuple[int, ...]]()
    for i in range(40):
        expected, order = _successive(
            problem.y[i].numpy().astype(complex),
            problem.h[i].numpy().astype(complex),
            float(problem.noise_variance[i]),
            points,
            is_hard=cancellation is Cancellation.HARD,
        )
        orders.add(tuple(order))
        np.testing.assert_allclose(logits[i].numpy(), expected, rtol=1e-3, atol=1e-3)
    assert len(orders) == 6  # or the order would not matter here


def _orthogonal() -> tuple[Problem, Problem]:
    """Return three users on orthogonal channels, and what the first one's direction tells alone."""
    drawn = rayleigh("16qam", num_rx_ant=4, num_tx=3, snr_db=10.0, num_elements=200).problem
    directions, strengths = torch.linalg.qr(drawn.h)[0], drawn.h[:, :1].abs()
    own = (directions[..., 0].conj() * drawn.y).sum(1, keepdim=True)
    together = replace(drawn, h=directions * strengths)
    return together, replace(drawn, y=own, h=strengths[..., :1].to(torch.complex64))


@pytest.mark.parametrize(
    "detector",
    [MmseSic(Cancellation.HARD), MmseSic(Cancellation.SOFT), SoftSic(num_iterations=4)],
    ids=["hard", "soft", "iterative"],
)
def test_users_on_orthogonal_channels_are_detected_as_if_alone(
    detector: MmseSic | SoftSic,
) -> None:
    together, alone = _orthogonal()

    llr = detector.detect(together).llr[:, 0]

    torch.testing.assert_close(llr, detector.detect(alone).llr[:, 0], rtol=1e-3, atol=1e-2)


def test_one_round_of_soft_cancellation_is_lmmse() -> None:
    problem = rayleigh("64qam", num_rx_ant=3, num_tx=4, snr_db=9.0, num_elements=50).problem

    logits = SoftSic(num_iterations=1).detect(problem).logits

    expected = Linear(Filter.LMMSE).detect(problem).logits
    torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-3)


def _published(y: NDArray[np.float64], h: NDArray[np.float64], variance: float) -> float:
    """Return P(x_1 = +1) after five rounds, as the DeepSIC paper writes it for real BPSK.

    The likelihood of a symbol is a real Gaussian around h_k x in what is left of y, its covariance
    that of noise and of what the other users' symbols still vary.
    """
    num_tx = h.shape[1]
    p = np.full(num_tx, 0.5)
    for _ in range(5):
        mean, left_over = 2 * p - 1, 1 - (2 * p - 1) ** 2
        now = np.empty(num_tx)
        for k in range(num_tx):
            others = [j for j in range(num_tx) if j != k]
            z = y - h[:, others] @ mean[others]
            cov = (h[:, others] * left_over[others]) @ h[:, others].T + variance * np.eye(y.size)
            metric = [
                -0.5 * (z - h[:, k] * s) @ np.linalg.solve(cov, z - h[:, k] * s) for s in (1, -1)
            ]
            now[k] = 1 / (1 + math.exp(metric[1] - metric[0]))
        p = now
    return float(p[0])


def test_soft_cancellation_of_bpsk_is_the_algorithm_that_deepsic_unfolds() -> None:
    settings = BlockSettings(
        source=SyntheticDecay(num_rx_ant=4, num_tx=4),
        modulation=Modulation.BPSK,
        snr_db=5.0,
        num_elements=50,
    )
    problem = draw(settings, seed=1, block=9).problem

    p = SoftSic(num_iterations=5).detect(problem).probabilities[:, 0, 0]

    # The channel is real, so that all that is sent lies on the diagonal; turned back, the real part
    # is the paper's signal, with half the complex noise.
    real = (problem.y * complex(1, -1) / 2**0.5).real.double().numpy()
    h = problem.h[0].real.double().numpy()
    expected = [_published(y, h, 10**-0.5 / 2) for y in real]
    np.testing.assert_allclose(p.numpy(), expected, rtol=1e-3, atol=1e-4)
    assert min(expected) < 0.1
    assert max(expected) > 0.9


def test_moments_of_certain_and_of_unknown_symbols() -> None:
    points = linear_model(
        rayleigh("16qam", num_rx_ant=1, num_tx=1, snr_db=0.0, num_elements=1).problem
    ).points
    logits = torch.zeros(2, 16)
    logits[0, 5] = 1e3

    mean, variance = moments(logits, points)

    assert complex(mean[0]) == pytest.approx(complex(points[5]))
    assert variance.tolist() == pytest.approx([0.0, 1.0])
    assert abs(complex(mean[1])) < 1e-12


def test_no_round_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="num_iterations 0 must be at least 1"):
        SoftSic(num_iterations=0)
