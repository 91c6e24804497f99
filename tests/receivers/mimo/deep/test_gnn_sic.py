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


def test_an_iteration_is_its_equations_pair_by_pair() -> None:
    model = real_model(PROBLEM)
    y, h = model.y[0], model.h[0]
    num_unknowns = h.shape[1]
    gain = h.square().sum(0)
    z = [float(h[:, k] @ y / gain[k]) for k in range(num_unknowns)]
    known = []
    for k in range(num_unknowns):
        # Nothing is believed yet: means of 0, variances of 1, memories of 0.
        others = [j for j in range(num_unknowns) if j != k]
        spread = sum(float(h[:, k] @ h[:, j] / gain[k]) ** 2 for j in others)
        spread += float(model.noise_variance[0] / gain[k])
        known.append(torch.tensor([z[k], z[k], spread, 0.0, 1.0, *[0.0] * 8]))
        known[k][2] = known[k][2].log()
    rows = []
    for k in range(num_unknowns):
        told = torch.zeros(24)
        for j in range(num_unknowns):
            if j != k:
                e = float(h[:, k] @ h[:, j] / gain[k])
                of_pair = NETWORK.pair(torch.tensor([e, 0.0, e * z[j]]))
                sender, receiver = NETWORK.sender(known[j]), NETWORK.receiver(known[k])
                told += torch.relu(sender + receiver + of_pair)
        rows.append(NETWORK.output(torch.relu(NETWORK.hidden(torch.cat([known[k], told])))))
    of_levels = torch.stack(rows)[:, 8:].detach()

    first = _logits(PROBLEM)[0, 0]

    amplitudes = levels(Modulation.QAM16)
    for label, point in enumerate(Modulation.QAM16.points):
        i = int((amplitudes / 2**0.5 - point.real).abs().argmin())
        q = int((amplitudes / 2**0.5 - point.imag).abs().argmin())
        expected = of_levels[:3, i] + of_levels[3:, q]
        torch.testing.assert_close(first[:, label], expected, rtol=1e-3, atol=1e-4)


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
