# SPDX-License-Identifier: Apache-2.0
"""Adam where it must be Adam, the right basis where it must turn, and a past that can be kept."""

import copy

import pytest
import torch
from torch import Tensor, nn

from receivers.learning.eigen_adam import EigenAdam

BETAS = (0.9, 0.99)


def weights(*shape: int, seed: int = 1) -> nn.Parameter:
    return nn.Parameter(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)))


def rotation(size: int, *, seed: int) -> Tensor:
    drawn = torch.randn(size, size, generator=torch.Generator().manual_seed(seed))
    rotated: Tensor = torch.linalg.qr(drawn).Q
    return rotated


@pytest.mark.parametrize("shape", [(7,), (6, 1, 3, 3)], ids=["vector", "depthwise"])
def test_what_is_no_matrix_is_trained_by_adam(shape: tuple[int, ...]) -> None:
    ours, theirs = weights(*shape), weights(*shape)
    one = EigenAdam([ours], lr=1e-2, betas=BETAS)
    other = torch.optim.Adam([theirs], lr=1e-2, betas=BETAS, eps=1e-10)
    target = weights(*shape, seed=2).detach()

    for _ in range(60):
        for parameter, optimizer in ((ours, one), (theirs, other)):
            optimizer.zero_grad()
            ((parameter - target) ** 4).sum().backward()
            optimizer.step()

    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_matrix_is_trained_by_adam_until_there_is_a_basis() -> None:
    ours, theirs = weights(5, 4, 1, 1), weights(5, 4, 1, 1)
    one = EigenAdam([ours], lr=1e-2, betas=BETAS)
    other = torch.optim.Adam([theirs], lr=1e-2, betas=BETAS, eps=1e-10)

    for _ in range(9):
        for parameter, optimizer in ((ours, one), (theirs, other)):
            optimizer.zero_grad()
            (parameter**2).sum().backward()
            optimizer.step()

    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_gradients_of_a_kronecker_law_are_uncorrelated_in_the_basis_and_have_its_moments() -> None:
    """With G = U diag(a) Z diag(b) V^T the basis is U, V, and the moments are a_i^2 b_j^2."""
    rng = torch.Generator().manual_seed(3)
    a, b = torch.tensor([1.0, 0.3, 0.1, 0.03]), torch.tensor([2.0, 0.6, 0.2])
    left, right = rotation(4, seed=4), rotation(3, seed=5)
    parameter = nn.Parameter(torch.zeros(4, 3, 1, 1))
    optimizer = EigenAdam([parameter], lr=0.0, betas=(0.9, 0.999))

    for _ in range(4_000):
        drawn = a[:, None] * torch.randn(4, 3, generator=rng) * b
        parameter.grad = (left @ drawn @ right.T)[:, :, None, None]
        optimizer.step()

    state = optimizer.state[parameter]
    # Columns of a basis come in rising order, with either sign.
    assert (state["left"].T @ left).abs().flip(0).diagonal().min() > 0.98
    assert (state["right"].T @ right).abs().flip(0).diagonal().min() > 0.98
    expected = torch.outer(a**2, b**2).flip(0, 1)
    torch.testing.assert_close(state["second"], expected, rtol=0.25, atol=0.0)


def test_correlated_inputs_with_noisy_labels_are_learned_sooner_than_by_adam() -> None:
    """Linear regression whose inputs lie along turned axes of very different power."""
    risks: dict[str, float] = {}
    axes = rotation(16, seed=6) * torch.logspace(0, -2, 16)
    truth = weights(8, 16, 1, 1, seed=7).detach()
    for name in ("eigen", "adam"):
        rng = torch.Generator().manual_seed(8)
        parameter = nn.Parameter(torch.zeros(8, 16, 1, 1))
        optimizer: torch.optim.Optimizer = (
            EigenAdam([parameter], lr=1e-2, betas=BETAS)
            if name == "eigen"
            else torch.optim.Adam([parameter], lr=1e-2, betas=BETAS)
        )
        for _ in range(600):
            x = torch.randn(32, 16, generator=rng) @ axes.T
            y = x @ truth[:, :, 0, 0].T + 0.3 * torch.randn(32, 8, generator=rng)
            optimizer.zero_grad()
            ((x @ parameter[:, :, 0, 0].T - y) ** 2).mean().backward()
            optimizer.step()
        error = (parameter - truth)[:, :, 0, 0].detach() @ axes
        risks[name] = float((error**2).sum())

    assert risks["eigen"] < 0.7 * risks["adam"]


def test_training_goes_on_bit_for_bit_from_a_kept_state() -> None:
    def steps(parameter: nn.Parameter, optimizer: EigenAdam, *, first: int, last: int) -> None:
        for i in range(first, last):
            noise = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(i))
            parameter.grad = parameter.detach() + noise
            optimizer.step()

    whole = weights(6, 5, 1, 1)
    first = EigenAdam([whole], lr=1e-2, betas=BETAS)
    steps(whole, first, first=0, last=35)
    parted = nn.Parameter(whole.detach().clone())
    second = EigenAdam([parted], lr=1e-2, betas=BETAS)
    second.load_state_dict(copy.deepcopy(first.state_dict()))

    steps(whole, first, first=35, last=70)
    steps(parted, second, first=35, last=70)

    assert torch.equal(whole, parted)


def test_a_parameter_without_a_gradient_stays() -> None:
    parameter = weights(3, 3, 1, 1)
    before = parameter.detach().clone()

    EigenAdam([parameter], lr=1.0, betas=BETAS).step()

    assert torch.equal(parameter, before)
