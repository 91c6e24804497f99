# SPDX-License-Identifier: Apache-2.0
r"""Adam in the basis in which the gradient of a weight matrix is least correlated.

Adam scales each weight by itself, as if the noise of their gradients were independent. With few
labels a step it is not, and noise is most of the gradient. For a matrix with gradients :math:`G_t`

.. math::
    L = E[G G^T] = Q_L \Lambda Q_L^T, \quad R = E[G^T G] = Q_R M Q_R^T

Adam runs on :math:`Q_L^T G Q_R`, and its step is turned back. When the basis changes, the second
moments become those that the factors imply, :math:`\lambda_i \mu_j / \mathrm{tr} R`. Everything
else than a pointwise convolution is trained by plain Adam.
"""

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn

_FIRST_BASES = (10, 20, 40)
_STEPS_A_BASIS = 50
_EPS = 1e-10

_State = dict[str, Any]


class EigenAdam(torch.optim.Optimizer):
    """Trains weights on a loss of few and noisy labels.

    Parameters
    ----------
    parameters : iterable of torch.nn.Parameter
    lr : float
        Size of a step, as Adam's.
    betas : (float, float)
        Memory of the first moment, and of the second moments and factors.

    Source
    ------
    D. P. Kingma, J. Ba, arXiv 1412.6980, 2014; N. Vyas et al., SOAP, arXiv 2409.11321, 2024 (Adam
    in the eigenbasis of Shampoo's factors). Here the second moments are restarted with the basis.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, lr: float, betas: tuple[float, float]
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # no closure is used
        """Take one step; parameters without a gradient stay."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, lr=group["lr"], betas=group["betas"])

    def _move(self, parameter: Tensor, *, lr: float, betas: tuple[float, float]) -> None:
        gradient = cast(Tensor, parameter.grad)
        is_matrix = _is_matrix(parameter)
        gradient = gradient.flatten(1) if is_matrix else gradient
        state = self.state[parameter]
        if not state:
            state.update(_fresh(gradient, is_matrix=is_matrix))
        state["num_steps"] += 1
        if is_matrix:
            _follow_factors(state, gradient, beta=betas[1])
        moment = state["first"].lerp_(gradient, 1.0 - betas[0])
        turned = _into_basis(state, gradient) if is_matrix else gradient
        state["second"].mul_(betas[1]).addcmul_(turned, turned, value=1.0 - betas[1])
        moment = _into_basis(state, moment) if is_matrix else moment
        scale = (state["second"] / (1.0 - betas[1] ** state["num_steps"])).sqrt() + _EPS
        change = moment / (1.0 - betas[0] ** state["num_steps"]) / scale
        change = state["left"] @ change @ state["right"].T if is_matrix else change
        parameter.sub_(lr * change.view_as(parameter))


def _is_matrix(parameter: Tensor) -> bool:
    """Return whether a weight is that of a pointwise convolution of several maps."""
    return parameter.ndim == 4 and parameter.shape[1] > 1


def _fresh(gradient: Tensor, *, is_matrix: bool) -> _State:
    state: _State = {
        "num_steps": 0,
        "first": torch.zeros_like(gradient),
        "second": torch.zeros_like(gradient),
    }
    if is_matrix:
        num_rows, num_columns = gradient.shape
        state |= {
            "left_factor": torch.zeros(num_rows, num_rows),
            "right_factor": torch.zeros(num_columns, num_columns),
            "left": torch.eye(num_rows),
            "right": torch.eye(num_columns),
        }
    return state


def _follow_factors(state: _State, gradient: Tensor, *, beta: float) -> None:
    """Take a gradient into both factors, and now and then the basis from them."""
    num_steps: int = state["num_steps"]
    share = max(1.0 - beta, 1.0 / num_steps)
    state["left_factor"].lerp_(gradient @ gradient.T, share)
    state["right_factor"].lerp_(gradient.T @ gradient, share)
    if num_steps not in _FIRST_BASES and num_steps % _STEPS_A_BASIS:
        return
    left, state["left"] = torch.linalg.eigh(state["left_factor"])
    right, state["right"] = torch.linalg.eigh(state["right_factor"])
    left, right = left.clamp(min=0.0), right.clamp(min=0.0)
    implied = torch.outer(left, right) / right.sum().clamp(min=1e-20)
    state["second"] = implied * (1.0 - beta ** (num_steps - 1))


def _into_basis(state: _State, matrix: Tensor) -> Tensor:
    return cast(Tensor, state["left"].T @ matrix @ state["right"])
