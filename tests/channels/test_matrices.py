# SPDX-License-Identifier: Apache-2.0
"""Channel matrices of single elements: covariances against their formulas, scenarios by hand."""

import math

import pytest
import torch

from channels import catalog
from channels.matrices import FromScenario, Rayleigh, SyntheticDecay
from tests.channels.scenarios import scenario

NUM = 40_000


def test_correlated_fading_has_the_covariance_of_its_antennas_and_users() -> None:
    source = Rayleigh(num_rx_ant=3, num_tx=2, rx_correlation=0.7, tx_correlation=0.4)

    h = source.draw(block=0, num_elements=NUM, seed=1).flatten(1)

    # Closed form: the entries (i, k) and (j, l) correlate by 0.7 ** |i - j| * 0.4 ** |k - l|.
    i, k = torch.arange(3).repeat_interleave(2), torch.arange(2).repeat(3)
    expected = 0.7 ** (i[:, None] - i).abs().float() * 0.4 ** (k[:, None] - k).abs().float()
    measured = h.T @ h.conj() / NUM
    # Means of products of unit variance spread with 1 / sqrt(NUM): 36 entries within 5 of that,
    # false alarm < 1e-4.
    assert float((measured - expected).abs().max()) < 5.0 / math.sqrt(NUM)
    assert float((h.T @ h / NUM).abs().max()) < 5.0 * math.sqrt(2.0 / NUM)


def test_a_block_of_block_fading_is_one_matrix() -> None:
    source = Rayleigh(num_rx_ant=2, num_tx=2, is_block_fading=True)

    h = source.draw(block=3, num_elements=5, seed=1)

    assert torch.equal(h, h[:1].expand_as(h))
    assert not torch.equal(h, source.draw(block=4, num_elements=5, seed=1))


def test_every_element_of_fast_fading_has_its_own_matrix() -> None:
    h = Rayleigh(num_rx_ant=2, num_tx=2).draw(block=0, num_elements=5, seed=1)

    assert len({tuple(row) for row in h.flatten(1).tolist()}) == 5


def test_a_correlation_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"tx_correlation 1\.0 is not in 0 <= rho < 1"):
        Rayleigh(num_rx_ant=2, num_tx=2, tx_correlation=1.0)


def test_the_synthetic_decay_fades_user_by_user_from_block_to_block() -> None:
    h = SyntheticDecay(num_rx_ant=4, num_tx=5).draw(block=7, num_elements=2, seed=1)

    for i in range(4):
        for j, period in enumerate((51, 39, 33, 21, 51)):
            fading = 0.8 + 0.2 * math.cos(2 * math.pi * 7 / period)
            assert h[1, i, j].item() == pytest.approx(math.exp(-abs(i - j)) * fading, abs=1e-6)


def test_the_synthetic_decay_without_fading_is_the_same_in_every_block() -> None:
    still = SyntheticDecay(num_rx_ant=2, num_tx=2, has_fading=False)

    h = still.draw(block=7, num_elements=1, seed=1)

    expected = torch.tensor([[1.0, math.exp(-1)], [math.exp(-1), 1.0]], dtype=torch.complex64)
    torch.testing.assert_close(h[0], expected)


def test_elements_of_a_scenario_are_those_of_its_slots_in_order() -> None:
    made = scenario(
        {
            "grid.num_symbols": 2,
            "grid.num_subcarriers": 3,
            "antennas.num_rx_ant": 2,
            "antennas.num_tx": 2,
            "channel.kind": "tdl-a",
            "channel.delay_spread_s": 1e-6,
            "channel.max_speed_mps": 100.0,
        }
    )

    h = FromScenario(scenario=made).draw(block=2, num_elements=8, seed=5)

    slots = catalog.build(made, seed=5).response(4, 2)  # two slots of six elements a block
    assert torch.equal(h[0], slots[0, :, :, 0, 0])
    assert torch.equal(h[4], slots[0, :, :, 1, 1])
    assert torch.equal(h[7], slots[1, :, :, 0, 1])
    assert h.shape == (8, 2, 2)
