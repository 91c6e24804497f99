# SPDX-License-Identifier: Apache-2.0
"""QAM against Sionna's mapper and demapper, an independent reference."""

import pytest
import torch

from sim.qam import demap, map_bits, unmap

ORDERS = pytest.mark.parametrize("num_bits", [2, 4, 6, 8], ids=["QPSK", "16QAM", "64QAM", "256QAM"])


def _all_bits(num_bits: int) -> torch.Tensor:
    labels = torch.arange(2**num_bits)
    shifts = torch.arange(num_bits - 1, -1, -1)
    return (labels[:, None] >> shifts & 1).to(torch.uint8).flatten()


@ORDERS
def test_every_symbol_is_the_one_sionna_sends(num_bits: int) -> None:
    from sionna.phy.mapping import Mapper

    bits = _all_bits(num_bits)

    ours = map_bits(bits, num_bits_per_symbol=num_bits)

    theirs = Mapper("qam", num_bits)(bits.float()[None])[0]
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
    assert float((ours.abs() ** 2).mean()) == pytest.approx(1.0, abs=1e-6)


@ORDERS
def test_every_llr_is_the_one_sionna_computes(num_bits: int) -> None:
    from sionna.phy.mapping import Demapper

    rng = torch.Generator().manual_seed(3)
    x_hat = torch.randn(400, dtype=torch.complex64, generator=rng)
    no = 0.05 + torch.rand(400, generator=rng)

    ours = demap(x_hat, no, num_bits_per_symbol=num_bits).flatten()

    theirs = Demapper("app", "qam", num_bits)(x_hat[None], no[None])[0]
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-3)


@ORDERS
def test_unmapping_undoes_mapping(num_bits: int) -> None:
    rng = torch.Generator().manual_seed(4)
    bits = torch.cat([_all_bits(num_bits), _all_bits(num_bits)]).reshape(2, -1)
    noise = 1e-3 * torch.randn(bits.shape[1] // num_bits, dtype=torch.complex64, generator=rng)

    symbols = map_bits(bits, num_bits_per_symbol=num_bits)

    assert torch.equal(unmap(symbols, num_bits_per_symbol=num_bits).flatten(-2), bits)
    assert torch.equal(unmap(symbols + noise, num_bits_per_symbol=num_bits).flatten(-2), bits)
    assert torch.equal(unmap(3 * symbols[:, -1], num_bits_per_symbol=num_bits), bits[:, -num_bits:])


def test_an_order_that_is_not_square_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of"):
        map_bits(torch.zeros(3, dtype=torch.uint8), num_bits_per_symbol=3)
