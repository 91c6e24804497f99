# SPDX-License-Identifier: Apache-2.0
"""The leaky integrate-and-fire neuron.

    tau u' = -u + i;    at a spike  u <- u - theta

At a time step dt, with alpha = exp(-dt / tau) and the input held meanwhile:
    u_t = alpha (u_{t-1} - theta s_{t-1}) + (1 - alpha) i_t
"""

from dataclasses import asdict, dataclass

import torch
from torch import nn

from snn.neurons.neurons import Neurons
from snn.neurons.state_space import StateSpace


@dataclass(frozen=True, slots=True, kw_only=True)
class LifRange:
    """What a time constant may become while it is learned, and where it begins [s]."""

    lowest_s: float = 0.005
    highest_s: float = 0.2
    first_lowest_s: float = 0.01
    first_highest_s: float = 0.06

    def scaled(self, times: float, /) -> "LifRange":
        """Return a range of so many times these time constants."""
        return LifRange(**{name: times * value_s for name, value_s in asdict(self).items()})


class Lif(Neurons):
    """A layer of LIF neurons whose time constants are learned.

    Parameters
    ----------
    num_neurons : int
    threshold : float
    rng : torch.Generator
        Draws the first time constants, uniformly.
    limits : LifRange
    time_scale : float
        So many times the limits.
    """

    def __init__(
        self,
        num_neurons: int,
        *,
        threshold: float = 1.0,
        rng: torch.Generator,
        limits: LifRange | None = None,
        time_scale: float = 1.0,
    ) -> None:
        super().__init__()
        self._limits = (limits or LifRange()).scaled(time_scale)
        self.threshold = threshold
        low, high = self._limits.first_lowest_s, self._limits.first_highest_s
        self.tau_s = nn.Parameter(low + (high - low) * torch.rand(num_neurons, generator=rng))

    @property
    def time_constants(self) -> tuple[nn.Parameter, ...]:
        """Return the parameters that are told in seconds."""
        return (self.tau_s,)

    def at(self, dt_s: float) -> StateSpace:
        """Return the neurons at a time step [s]; gradients flow to the time constants."""
        alpha = torch.exp(-dt_s / self.tau_s)
        return StateSpace(
            a=alpha[None, None],
            b=(1.0 - alpha)[None],
            r=(-alpha * self.threshold)[None],
            threshold=self.threshold,
            dt_s=dt_s,
        )

    def clamp(self) -> None:
        """Bring what an optimizer's step moved beyond its limits back to them."""
        with torch.no_grad():
            self.tau_s.clamp_(self._limits.lowest_s, self._limits.highest_s)
