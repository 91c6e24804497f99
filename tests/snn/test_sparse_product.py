# SPDX-License-Identifier: Apache-2.0
"""The product of weights and rare spikes against the dense one."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from snn import sparse_product
from snn.sparse_product import product

SHAPE = (40, 16, 300)


def counts(mean: float) -> Tensor:
    """Return counts of events in bins, most of them 0 and some above 1."""
    rng = torch.Generator().manual_seed(1)
    return torch.poisson(torch.full(SHAPE, mean, dtype=torch.float64), generator=rng)


@pytest.mark.parametrize("mean", [0.0, 0.03, 0.09, 0.5], ids=["none", "few", "some", "many"])
@pytest.mark.parametrize("is_learned", [False, True], ids=["data", "spikes of a layer"])
def test_product_and_gradients_are_those_of_the_dense_product(
    mean: float, *, is_learned: bool
) -> None:
    rng = torch.Generator().manual_seed(2)
    spikes = counts(mean).requires_grad_(is_learned)
    weights = torch.randn(17, 300, generator=rng, dtype=torch.float64).requires_grad_()
    bias = torch.randn(17, generator=rng, dtype=torch.float64).requires_grad_()
    wanted = torch.randn(40, 16, 17, generator=rng, dtype=torch.float64)
    leaves = [weights, bias, *([spikes] if is_learned else [])]

    found, expected = product(spikes, weights, bias), functional.linear(spikes, weights, bias)

    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    ours = torch.autograd.grad((found * wanted).sum(), leaves)
    theirs = torch.autograd.grad((expected * wanted).sum(), leaves)
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == torch.float64
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-10)


def test_rare_events_take_the_sparse_way_and_frequent_ones_the_dense() -> None:
    weights, bias = torch.zeros(17, 300, dtype=torch.float64).requires_grad_(), torch.zeros(17)

    rare = product(counts(0.03), weights, bias.double())
    frequent = product(counts(0.5), weights, bias.double())

    assert counts(0.03).numel() >= sparse_product.FEWEST_VALUES
    assert "SparseProduct" in type(rare.grad_fn).__name__
    assert "SparseProduct" not in type(frequent.grad_fn).__name__


def test_spikes_that_do_not_lie_in_order_are_read_in_theirs() -> None:
    rng = torch.Generator().manual_seed(3)
    spikes = counts(0.03).transpose(0, 1)
    weights = torch.randn(17, 300, generator=rng, dtype=torch.float64)
    bias = torch.zeros(17, dtype=torch.float64)

    torch.testing.assert_close(
        product(spikes, weights, bias), functional.linear(spikes, weights, bias)
    )
