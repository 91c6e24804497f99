# SPDX-License-Identifier: Apache-2.0
"""What every layer of neurons can do."""

from abc import ABC, abstractmethod

from torch import nn
from torch.nn import Parameter

from snn.neurons.state_space import StateSpace


class Neurons(nn.Module, ABC):
    """A layer of neurons whose parameters know no time step; they fire above `threshold`."""

    threshold: float

    @abstractmethod
    def at(self, dt_s: float) -> StateSpace:
        """Return them at a time step [s]."""

    @property
    @abstractmethod
    def time_constants(self) -> tuple[Parameter, ...]:
        """Return the parameters that are told in seconds: they are learned in time scales."""

    @abstractmethod
    def clamp(self) -> None:
        """Bring what an optimizer moved beyond its limits back to them."""
