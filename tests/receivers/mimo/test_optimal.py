# SPDX-License-Identifier: Apache-2.0
"""The searches against an enumeration of all vectors, and Sionna's wrapped detectors against it.

Truth: enumeration in plain NumPy, which shares nothing with the detectors but the problem.
"""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import logsumexp

from receivers.errors import UnsuitedProblemError
from receivers.mimo.detector import Beliefs, Detector, Rule
from receivers.mimo.ep import ExpectationPropagation
from receivers.mimo.exhaustive import Exhaustive
from receivers.mimo.k_best import KBest
from receivers.mimo.sphere import Sphere
from sim.mimo.problem import Problem
from sim.qam import map_bits
from tests.receivers.mimo.drawn import rayleigh

SIZES = pytest.mark.parametrize(
    ("modulation", "num_rx_ant", "num_tx"),
    [("bpsk", 2, 4), ("qpsk", 3, 3), ("16qam", 2, 2), ("64qam", 2, 1)],
)


def _symbol(bits: tuple[int, ...]) -> complex:
    """Map bits by the link's mapper, and one bit by TS 38.211, clause 5.1.2."""
    if len(bits) == 1:
        return complex(1 - 2 * bits[0], 1 - 2 * bits[0]) / 2**0.5
    mapped = map_bits(torch.tensor(bits, dtype=torch.uint8), num_bits_per_symbol=len(bits))
    return complex(mapped[0])


def enumerated(problem: Problem, *, is_max: bool) -> NDArray[np.float64]:
    """Return the LLRs, [num_elements, num_tx, num_bits_per_symbol], term by term."""
    num_bits, num_tx = problem.modulation.num_bits_per_symbol, problem.shape.num_tx
    alphabet = list(itertools.product((0, 1), repeat=num_bits))
    vectors = np.array(list(itertools.product(alphabet, repeat=num_tx)))
    points = {bits: _symbol(bits) for bits in alphabet}
    x = np.array([[points[tuple(bits)] for bits in vector] for vector in vectors.tolist()])
    llr = np.empty((problem.num_elements, num_tx, num_bits))
    for i in range(problem.num_elements):
        left = problem.y[i].numpy() - x @ problem.h[i].numpy().T
        metric = -(np.abs(left) ** 2).sum(1) / float(problem.noise_variance[i])
        for k, b in itertools.product(range(num_tx), range(num_bits)):
            is_one = vectors[:, k, b] == 1
            one, zero = metric[is_one], metric[~is_one]
            llr[i, k, b] = one.max() - zero.max() if is_max else logsumexp(one) - logsumexp(zero)
    return llr


@SIZES
@pytest.mark.parametrize("rule", Rule)
def test_the_exhaustive_search_is_the_enumeration(
    modulation: str, num_rx_ant: int, num_tx: int, rule: Rule
) -> None:
    problem = rayleigh(
        modulation, num_rx_ant=num_rx_ant, num_tx=num_tx, snr_db=6.0, num_elements=20
    ).problem

    llr = Exhaustive(rule).detect(problem).llr

    expected = enumerated(problem, is_max=rule is Rule.MAX)
    np.testing.assert_allclose(llr.numpy(), expected, rtol=1e-3, atol=1e-3)


@SIZES
def test_k_best_with_all_branches_is_the_enumeration_clipped(
    modulation: str, num_rx_ant: int, num_tx: int
) -> None:
    problem = rayleigh(
        modulation, num_rx_ant=num_rx_ant, num_tx=num_tx, snr_db=6.0, num_elements=20
    ).problem

    llr = KBest(num_paths=1 << 16).detect(problem).llr

    expected = enumerated(problem, is_max=True).clip(-20, 20)
    np.testing.assert_allclose(llr.numpy(), expected, rtol=1e-3, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    modulation=st.sampled_from(["bpsk", "qpsk", "16qam"]),
    num_tx=st.integers(1, 3),
    more=st.integers(0, 2),
    snr_db=st.floats(-5.0, 25.0),
    clip=st.sampled_from([0.5, 20.0, float("inf")]),
    seed=st.integers(0, 2**20),
)
def test_the_sphere_decoder_is_the_exhaustive_max_log_exactly(
    modulation: str, num_tx: int, more: int, snr_db: float, clip: float, seed: int
) -> None:
    # BPSK has two equations an antenna, and may have half as many antennas as users.
    least = -(-num_tx // 2) if modulation == "bpsk" else num_tx
    problem = rayleigh(
        modulation, num_rx_ant=least + more, num_tx=num_tx, snr_db=snr_db, num_elements=3, seed=seed
    ).problem

    found = Sphere(clip=clip).detect(problem)

    truth = Exhaustive(Rule.MAX).detect(problem)
    torch.testing.assert_close(found.llr, truth.llr.clamp(-clip, clip), rtol=1e-4, atol=1e-3)
    below = (truth.logits - truth.logits.amax((1, 2), keepdim=True)).clamp(min=-clip)
    torch.testing.assert_close(found.logits, below, rtol=1e-4, atol=1e-3)


def test_the_sphere_decoder_is_exact_over_many_pieces_and_elements() -> None:
    # More elements than a chunk, and at this SNR more branches than a piece.
    problem = rayleigh("16qam", num_rx_ant=3, num_tx=3, snr_db=0.0, num_elements=300).problem

    llr = Sphere().detect(problem).llr

    expected = Exhaustive(Rule.MAX).detect(problem).llr.clamp(-20, 20)
    torch.testing.assert_close(llr, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("num_paths", [1, 7, 64])
def test_k_best_is_sionnas(num_paths: int) -> None:
    from sionna.phy.mimo import KBestDetector

    problem = rayleigh("16qam", num_rx_ant=4, num_tx=3, snr_db=10.0, num_elements=100).problem

    llr = KBest(num_paths=num_paths).detect(problem).llr

    stock = KBestDetector(
        "bit", 3, num_paths, constellation_type="qam", num_bits_per_symbol=4, precision="double"
    )
    with torch.compiler.set_stance("force_eager"):  # it compiles its list, for minutes
        expected = stock(*_for_sionna(problem)).float()
    torch.testing.assert_close(llr, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("modulation", ["qpsk", "16qam", "64qam"])
def test_expectation_propagation_is_sionnas(modulation: str) -> None:
    from sionna.phy.mimo import EPDetector

    problem = rayleigh(modulation, num_rx_ant=4, num_tx=3, snr_db=10.0, num_elements=100).problem

    found = ExpectationPropagation().detect(problem)

    # Sionna's bits are max-log over its logits.
    num_bits = problem.modulation.num_bits_per_symbol
    expected = EPDetector("bit", num_bits, precision="double")(*_for_sionna(problem)).float()
    max_log = Beliefs(modulation=problem.modulation, logits=found.logits, rule=Rule.MAX).llr
    torch.testing.assert_close(max_log, expected, rtol=1e-3, atol=1e-3)
    labels = EPDetector("symbol", num_bits, hard_out=True, precision="double")
    assert torch.equal(found.labels, labels(*_for_sionna(problem)).long())


@pytest.mark.parametrize(("modulation", "snr_db"), [("bpsk", -6.0), ("qpsk", -3.0), ("64qam", 8.0)])
def test_expectation_propagation_comes_near_the_enumeration(modulation: str, snr_db: float) -> None:
    # With many antennas the stand-ins are nearly exact. A wrong order of bits, noise that is off by
    # a factor of two, or a wrong half of the BPSK problem all miss by far more.
    problem = rayleigh(modulation, num_rx_ant=8, num_tx=2, snr_db=snr_db, num_elements=60).problem

    llr = ExpectationPropagation(num_iterations=20, damping=0.5).detect(problem).llr.numpy()

    expected = enumerated(problem, is_max=False)
    weak = np.abs(expected) < 15
    assert np.median(np.abs(llr - expected)[weak] / (1 + np.abs(expected[weak]))) < 0.03
    assert np.mean((llr > 0) == (expected > 0)) > 0.99


@pytest.mark.parametrize("detector", [KBest(), Sphere()], ids=["k-best", "sphere"])
def test_tree_searches_refuse_more_users_than_equations(detector: Detector) -> None:
    problem = rayleigh("qpsk", num_rx_ant=1, num_tx=2, snr_db=8.0, num_elements=2).problem

    with pytest.raises(UnsuitedProblemError, match="1 antennas are too few for 2 users of qpsk"):
        detector.detect(problem)


def test_an_exhaustive_search_refuses_more_vectors_than_it_can_go_through() -> None:
    problem = rayleigh("64qam", num_rx_ant=4, num_tx=3, snr_db=8.0, num_elements=2).problem

    with pytest.raises(UnsuitedProblemError, match=r"one of 262144 vectors, .* use sphere"):
        Exhaustive(Rule.SUM).detect(problem)


def _for_sionna(problem: Problem) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    identity = torch.eye(problem.shape.num_rx_ant, dtype=torch.complex128)
    covariance = problem.noise_variance[:, None, None] * identity
    return problem.y.to(torch.complex128), problem.h.to(torch.complex128), covariance
