# SPDX-License-Identifier: Apache-2.0
"""OAMP-Net2. Truth: OAMP in plain NumPy, filter by filter, where nothing was trained."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from receivers.mimo import catalog
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.oamp_net import OampNet
from receivers.mimo.deep.real_model import levels, real_model
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh

Array = NDArray[np.float64]


def _oamp(h: Array, y: Array, noise: float, alphabet: Array, *, num_layers: int) -> list[Array]:
    """Return P(level) behind each layer: the filter as the paper has it, over the equations."""
    num_equations, num_unknowns = h.shape
    x = np.zeros(num_unknowns)
    beliefs = []
    for _ in range(num_layers):
        error = y - h @ x
        v = max((error @ error - num_equations * noise) / np.trace(h.T @ h), 1e-6)
        filtered = v * h.T @ np.linalg.inv(v * h @ h.T + noise * np.eye(num_equations))
        w = num_unknowns / np.trace(filtered @ h) * filtered
        r = x + w @ error
        c = np.eye(num_unknowns) - w @ h
        tau = (np.trace(c @ c.T) * v + np.trace(w @ w.T) * noise) / num_unknowns
        p = np.exp(-((r[:, None] - alphabet) ** 2) / (2 * tau))
        p /= p.sum(1, keepdims=True)
        beliefs.append(p)
        x = p @ alphabet
    return beliefs


@pytest.mark.parametrize("modulation", ["bpsk", "qpsk", "16qam"])
def test_untrained_it_is_plain_oamp(modulation: str) -> None:
    block = rayleigh(modulation, num_rx_ant=4, num_tx=3, snr_db=9.0, num_elements=20)
    network = OampNet(Modulation(modulation), num_iterations=4)
    model = real_model(block.problem)

    with torch.no_grad():
        p = network(block.problem).softmax(-1)

    amplitudes = levels(Modulation(modulation)).numpy().astype(np.float64)
    for element in range(20):
        expected = _oamp(
            model.h[element].numpy().astype(np.float64),
            model.y[element].numpy().astype(np.float64),
            float(model.noise_variance[element]),
            amplitudes,
            num_layers=4,
        )
        for layer, of_levels in enumerate(expected):
            joined = _joined(of_levels, Modulation(modulation))
            np.testing.assert_allclose(p[layer, element].numpy(), joined, atol=2e-3)


def _joined(of_levels: Array, modulation: Modulation) -> Array:
    """Return P(label): the product of both axes' levels nearest to the point."""
    if modulation is Modulation.BPSK:
        return of_levels
    num_tx = len(of_levels) // 2
    amplitudes = levels(modulation).numpy() / 2**0.5
    labels = [
        (
            int(np.abs(amplitudes - point.real).argmin()),
            int(np.abs(amplitudes - point.imag).argmin()),
        )
        for point in modulation.points.numpy()
    ]
    return np.stack([of_levels[:num_tx, i] * of_levels[num_tx:, q] for i, q in labels], axis=1)


def test_untrained_it_makes_fewer_errors_than_lmmse() -> None:
    block = rayleigh("qpsk", num_rx_ant=8, num_tx=4, snr_db=4.0, num_elements=4000)

    found = Deep(OampNet(Modulation.QPSK)).detect(block.problem).labels

    linear = catalog.build("lmmse").detect(block.problem).labels
    sent = block.sent.labels
    assert (found != sent).sum() < 0.8 * (linear != sent).sum()


def test_it_has_four_numbers_a_layer_less_two_that_would_serve_nothing() -> None:
    assert OampNet(Modulation.QPSK, num_iterations=10).num_parameters == 38


def test_every_number_has_a_gradient() -> None:
    block = rayleigh("16qam", num_rx_ant=4, num_tx=3, snr_db=9.0, num_elements=50)
    network = OampNet(Modulation.QAM16, num_iterations=4)

    network(block.problem)[-1].softmax(-1)[..., 0].sum().backward()

    for parameter in network.parameters():
        assert parameter.grad is not None
        assert (parameter.grad != 0).all()
