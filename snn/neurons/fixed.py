# SPDX-License-Identifier: Apache-2.0
"""Neurons given by their coefficients at one time step, which nothing trains."""

import math

from torch import Tensor
from torch.nn import Parameter

from snn.errors import AdaptationError
from snn.neurons.neurons import Neurons
from snn.neurons.state_space import StateSpace

_SAME_STEP = 1e-9


class FixedNeurons(Neurons):
    """A layer of neurons that works at one time step only: a mapped or an imported one."""

    a: Tensor
    b: Tensor
    r: Tensor

    def __init__(self, coefficients: StateSpace) -> None:
        super().__init__()
        self.register_buffer("a", coefficients.a)
        self.register_buffer("b", coefficients.b)
        self.register_buffer("r", coefficients.r)
        self.threshold, self._dt_s = coefficients.threshold, coefficients.dt_s

    def at(self, dt_s: float) -> StateSpace:
        """Return the neurons; raises AdaptationError at any other time step than their own."""
        if not math.isclose(dt_s, self._dt_s, rel_tol=_SAME_STEP):
            raise AdaptationError(
                f"these neurons are given at a time step of {self._dt_s * 1e3:g} ms and name no "
                f"time constants: they have nothing to say at {dt_s * 1e3:g} ms. Adapt the network "
                "that they come from, by another method than tau"
            )
        return StateSpace(a=self.a, b=self.b, r=self.r, threshold=self.threshold, dt_s=self._dt_s)

    @property
    def time_constants(self) -> tuple[Parameter, ...]:
        """Return nothing: coefficients are no times."""
        return ()

    def clamp(self) -> None:
        """Change nothing: coefficients have no limits."""
