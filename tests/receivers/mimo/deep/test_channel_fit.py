# SPDX-License-Identifier: Apache-2.0
"""The fit. Truth: the limits of ridge regression, and leaving one pilot out in fact."""

from dataclasses import replace

import pytest
import torch

from channels.impairments.front_end import OneBit
from channels.matrices import Rayleigh
from receivers.mimo import catalog
from receivers.mimo.deep.channel_fit import ChannelFit, Fitted, fit, is_of_one_channel
from sim.mimo.blocks import BlockSettings, draw
from sim.mimo.problem import Block
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh


def _block(*, csi_error_variance: float = 0.0, num_elements: int = 200) -> Block:
    source = Rayleigh(num_rx_ant=4, num_tx=3, is_block_fading=True)
    settings = BlockSettings(
        source=source,
        modulation=Modulation.QPSK,
        snr_db=10.0,
        num_elements=num_elements,
        csi_error_variance=csi_error_variance,
    )
    return draw(settings, seed=1, block=0)


def _error(channel: ChannelFit, block: Block) -> float:
    return float((channel.h - block.sent.h[0]).abs().square().mean())


def test_a_wrong_channel_is_corrected_as_far_as_noise_allows() -> None:
    block = _block(csi_error_variance=0.3)
    told = float((block.problem.h[0] - block.sent.h[0]).abs().square().mean())

    found = fit(block)

    # Least squares from n pilots of unit energy errs by N0 / n.
    assert _error(found, block) < 3 * 0.1 / 200 < told / 50
    assert found.noise_variance == pytest.approx(0.1, rel=0.15)


def test_an_exact_channel_is_kept_where_pilots_are_few() -> None:
    block = _block(num_elements=12)
    points = block.problem.modulation.points[block.sent.labels]
    least_squares = torch.linalg.lstsq(points, block.problem.y).solution.T

    found = fit(block)

    of_least_squares = float((least_squares - block.sent.h[0]).abs().square().mean())
    assert _error(found, block) < 0.1 * of_least_squares


def test_the_error_is_that_of_leaving_each_pilot_out() -> None:
    block = _block(csi_error_variance=0.1, num_elements=30)
    x = block.problem.modulation.points[block.sent.labels].to(torch.complex128)
    first = block.problem.h[0].to(torch.complex128)
    left = block.problem.y.to(torch.complex128) - x @ first.T
    errors = {}
    for weight in [10.0**k for k in range(-2, 7)]:
        total = 0.0
        for out in range(30):
            kept = torch.arange(30) != out
            gram = x[kept].mH @ x[kept] + weight * torch.eye(3)
            b = torch.linalg.solve(gram, x[kept].mH @ left[kept])
            total += float((left[out] - x[out] @ b).abs().square().sum())
        errors[weight] = total / (30 * 4)

    assert fit(block).noise_variance == pytest.approx(min(errors.values()), rel=1e-6)


def test_distortion_is_in_the_noise() -> None:
    block = _block(num_elements=2000)
    distorted = OneBit().apply(block.problem.y.numpy(), mean_power=3.1)
    heard = replace(block, problem=replace(block.problem, y=torch.from_numpy(distorted)))

    found = fit(heard)

    # One bit keeps 2 / pi of the power in the linear part (Bussgang), and its output has one level.
    power = float((found.h.abs() ** 2).sum(1).mean())
    total = float(heard.problem.y.abs().square().mean())
    assert found.noise_variance + power == pytest.approx(total, rel=0.03)
    assert found.noise_variance / total == pytest.approx(1 - 2 / torch.pi * 3 / 3.1, abs=0.05)


def test_one_channel_is_told_from_many() -> None:
    assert is_of_one_channel(_block().problem)
    many = rayleigh("qpsk", num_rx_ant=2, num_tx=2, snr_db=5.0, num_elements=3)
    assert not is_of_one_channel(many.problem)


def test_a_detector_is_told_the_fit_and_its_noise() -> None:
    block = _block(csi_error_variance=0.3)
    found = fit(block)

    told = found.told(block.problem)

    assert torch.equal(told.h, found.h.expand_as(block.problem.h))
    torch.testing.assert_close(told.noise_variance, torch.full((200,), found.noise_variance))
    assert torch.equal(told.y, block.problem.y)
    exact = catalog.build("lmmse").detect(told)
    through = Fitted(catalog.build("lmmse"), found).detect(block.problem)
    assert torch.equal(through.logits, exact.logits)


def test_a_fit_is_for_its_own_number_of_users_and_antennas() -> None:
    fitted = Fitted(catalog.build("lmmse"), fit(_block()))
    shape = _block().problem.shape

    assert fitted.obstacle(shape) == ""
    assert "3 users on 4 antennas" in fitted.obstacle(replace(shape, num_tx=2))
    few = Fitted(catalog.build("zf"), fit(_block()))
    assert few.obstacle(shape) == ""
