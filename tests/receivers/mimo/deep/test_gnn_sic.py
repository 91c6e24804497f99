# SPDX-License-Identifier: Apache-2.0
"""GNNSIC. Truth: the symmetries that it promises, and its equations pair by pair."""

from dataclasses import replace

import torch

from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.real_model import levels, real_model
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh

PROBLEM = rayleigh("16qam", num_rx_ant=4, num_tx=3, snr_db=12.0, num_elements=40).problem
NETWORK = GnnSic(Modulation.QAM16)


def _logits(problem: Problem) -> torch.Tensor:
    with torch.no_grad():
        logits: torch.Tensor = NETWORK(problem)
    return logits


def test_the_order_of_users_does_not_matter() -> None:
    order = [2, 0, 1]

    found = _logits(replace(PROBLEM, h=PROBLEM.h[:, :, order]))

    torch.testing.assert_close(found, _logits(PROBLEM)[:, :, order], rtol=1e-4, atol=1e-5)


def test_a_rotation_of_the_antennas_does_not_matter() -> None:
    rotation, _ = torch.linalg.qr(torch.randn(4, 4, dtype=torch.complex64))

    turned = replace(PROBLEM, y=(rotation @ PROBLEM.y[..., None])[..., 0], h=rotation @ PROBLEM.h)

    torch.testing.assert_close(_logits(turned), _logits(PROBLEM), rtol=1e-3, atol=1e-4)


def test_elements_are_problems_of_their_own() -> None:
    found = _logits(PROBLEM.part(start=7, stop=9))

    torch.testing.assert_close(found, _logits(PROBLEM)[:, 7:9], rtol=1e-4, atol=1e-5)


def _node(
    k: int,
    known: list[torch.Tensor],
    mean: list[float],
    left: list[float],
    e: torch.Tensor,
) -> torch.Tensor:
    """Return what comes out at one node, from one sender after the other."""
    told = torch.zeros(24)
    for j in range(len(known)):
        if j != k:
            along = torch.tensor([1.0, mean[j], left[j]]) * e[k, j]
            sender, receiver = NETWORK.sender(known[j]), NETWORK.receiver(known[k])
            told += torch.relu(sender + receiver + NETWORK.pair(along))
    output: torch.Tensor = NETWORK.output(torch.relu(NETWORK.hidden(torch.cat([known[k], told]))))
    return output


def _by_pairs(num_iterations: int) -> list[torch.Tensor]:
    """Return the logits of levels of the first element, [num_unknowns, num_levels], by loops."""
    model = real_model(PROBLEM)
    y, h = model.y[0], model.h[0]
    num_unknowns = h.shape[1]
    gain = h.square().sum(0)
    e = (h.T @ h) / gain[:, None]
    amplitudes = levels(Modulation.QAM16)
    mean, variance = [0.0] * num_unknowns, [1.0] * num_unknowns
    memory = [torch.zeros(8)] * num_unknowns
    found = []
    for _ in range(num_iterations):
        left, known = [], []
        for k in range(num_unknowns):
            others = [j for j in range(num_unknowns) if j != k]
            z = float(h[:, k] @ y / gain[k])
            left.append(z - sum(float(e[k, j]) * mean[j] for j in others))
            spread = sum(float(e[k, j]) ** 2 * variance[j] for j in others)
            spread += float(model.noise_variance[0] / gain[k])
            numbers = torch.tensor([z, left[k], spread, mean[k], variance[k]])
            numbers[2] = numbers[2].log()
            known.append(torch.cat([numbers, memory[k]]))
        rows = [_node(k, known, mean, left, e) for k in range(num_unknowns)]
        output = torch.stack(rows).detach()
        memory = list(torch.tanh(output[:, :8]))
        found.append(output[:, 8:])
        p = found[-1].softmax(1)
        mean = (p @ amplitudes).tolist()
        variance = [
            float((row * (amplitudes - m) ** 2).sum()) for row, m in zip(p, mean, strict=True)
        ]
    return found


def test_iterations_are_their_equations_pair_by_pair() -> None:
    amplitudes = levels(Modulation.QAM16) / 2**0.5

    found = _logits(PROBLEM)[:, 0]

    for iteration, of_levels in enumerate(_by_pairs(3)):
        for label, point in enumerate(Modulation.QAM16.points):
            i = int((amplitudes - point.real).abs().argmin())
            q = int((amplitudes - point.imag).abs().argmin())
            expected = of_levels[:3, i] + of_levels[3:, q]
            torch.testing.assert_close(found[iteration, :, label], expected, rtol=1e-3, atol=1e-4)


def test_its_size_depends_on_the_levels_alone() -> None:
    qpsk, qam64 = GnnSic(Modulation.QPSK), GnnSic(Modulation.QAM64)

    assert qpsk.num_parameters == 2266
    assert qam64.num_parameters == 2266 + 6 * 33  # eight levels in place of two


def test_seeds_make_the_weights_and_leave_the_callers_stream_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, same, other = (GnnSic(Modulation.QPSK, seed=seed) for seed in (1, 1, 2))

    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(one.sender.weight, same.sender.weight)
    assert not torch.equal(one.sender.weight, other.sender.weight)


def test_another_modulation_is_refused_in_words() -> None:
    shape = Shape(num_rx_ant=2, num_tx=2, modulation=Modulation.QPSK)

    assert Deep(NETWORK).obstacle(shape) == "it was trained for 16qam, not for qpsk"
