# SPDX-License-Identifier: Apache-2.0
r"""Orthogonal approximate message passing with a few trained scalars a layer (OAMP-Net2).

Each layer t goes along a decorrelated LMMSE filter, with the residual variance v of the unknowns
and the noise variance s of a real equation, n unknowns and m equations,

.. math:: v_t^2 = \frac{\|y - H x_t\|^2 - m s}{\mathrm{tr}(H^T H)}, \qquad
          \hat W_t = (H^T H + (s / v_t^2) I)^{-1} H^T, \qquad
          W_t = \frac{n}{\mathrm{tr}(\hat W_t H)} \hat W_t

.. math:: r_t = x_t + \gamma_t W_t (y - H x_t), \qquad
          \tau_t^2 = \tfrac1n \mathrm{tr}(C_t C_t^T) v_t^2 + \tfrac{\theta_t^2 s}{n}
          \mathrm{tr}(W_t W_t^T), \qquad C_t = I - \theta_t W_t H

and takes what levels r shows, in noise of variance tau squared:

.. math:: x_{t+1} = \phi_t (E[x | r_t, \tau_t] - \xi_t r_t)

With gamma, theta, phi of 1 and xi of 0 this is OAMP without training, and so it begins.

Source
------
H. He, C.-K. Wen, S. Jin, G. Y. Li, Model-driven deep learning for MIMO detection, IEEE Trans.
Signal Process. 68, 2020, section III; J. Ma, L. Ping, Orthogonal AMP, IEEE Access 5, 2017. Filters
over the unknowns in place of the equations are the same by the matrix inversion lemma.
"""

import torch
from torch import Tensor, nn

from receivers.mimo.deep.network import DeepNetwork, other_modulation
from receivers.mimo.deep.real_model import joined_logits, levels, real_model
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation

_TINY = 1e-6


class OampNet(DeepNetwork):
    """The network; see the module.

    Parameters
    ----------
    modulation : Modulation
    num_iterations : int
        Layers.
    """

    def __init__(self, modulation: Modulation, *, num_iterations: int = 10) -> None:
        super().__init__()
        self.modulation = modulation
        self.num_iterations = num_iterations
        self._levels = levels(modulation)
        self.gamma = nn.Parameter(torch.ones(num_iterations))
        self.theta = nn.Parameter(torch.ones(num_iterations))
        # Behind the last layer nothing follows that these could serve.
        self.phi = nn.Parameter(torch.ones(num_iterations - 1))
        self.xi = nn.Parameter(torch.zeros(num_iterations - 1))

    @property
    def size(self) -> dict[str, int]:
        """Return the numbers of its constructor."""
        return {"num_iterations": self.num_iterations}

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot work: it was trained for one modulation."""
        return other_modulation(self.modulation, shape)

    def forward(self, problem: Problem) -> Tensor:
        """Return the logits, float32 [num_iterations, num_elements, num_tx, num_points]."""
        equations = _Equations(problem)
        x = torch.zeros(equations.matched.shape)
        logits = []
        for layer in range(self.num_iterations):
            r, variance = equations.decorrelated(x, self.gamma[layer], self.theta[layer])
            distance = (r[..., None] - self._levels).square()
            logits.append(-distance / (2.0 * variance[:, None, None]))
            if layer + 1 < self.num_iterations:
                mean = logits[-1].softmax(-1) @ self._levels
                x = self.phi[layer] * (mean - self.xi[layer] * r)
        return joined_logits(torch.stack(logits), self.modulation)


class _Equations:
    """What does not change from one layer to the next."""

    def __init__(self, problem: Problem) -> None:
        model = real_model(problem)
        self._y, self._h, self._noise = model.y, model.h, model.noise_variance
        self._gram = model.h.mT @ model.h
        self.matched = (model.h * model.y[..., None]).sum(1)
        self._identity = torch.eye(self._gram.shape[-1])

    def decorrelated(self, x: Tensor, gamma: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return r and tau squared, float32 [num_elements, num_unknowns] and [num_elements]."""
        variance = self._residual_variance(x)
        regular = (self._noise / variance)[:, None, None] * self._identity
        inverse = torch.linalg.inv(self._gram + regular)
        gain = inverse @ self._gram
        scale = x.shape[1] / gain.diagonal(dim1=1, dim2=2).sum(1)
        gradient = self.matched - (self._gram @ x[..., None])[..., 0]
        r = x + gamma * scale[:, None] * (inverse @ gradient[..., None])[..., 0]
        left = self._identity - theta * scale[:, None, None] * gain
        # tr(W W^T) = scale^2 tr(A G A) with the inverse A, which is symmetric.
        of_noise = scale.square() * (inverse * gain.mT).sum((1, 2)) * self._noise
        tau = left.square().sum((1, 2)) * variance + theta.square() * of_noise
        return r, (tau / x.shape[1]).clamp(min=_TINY)

    def _residual_variance(self, x: Tensor) -> Tensor:
        error = (self._y - (self._h @ x[..., None])[..., 0]).square().sum(1)
        power = self._gram.diagonal(dim1=1, dim2=2).sum(1)
        return ((error - self._y.shape[1] * self._noise) / power).clamp(min=_TINY)
