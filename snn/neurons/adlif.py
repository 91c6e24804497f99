# SPDX-License-Identifier: Apache-2.0
"""The adaptive leaky integrate-and-fire neuron: a second state holds it back, or makes it ring.

    tau_u u' = -u - w + i
    tau_w w' = -w + a u;    at a spike  u <- u - theta,  w <- w + (1 - beta) gain b

At a time step dt, with alpha = exp(-dt / tau_u), beta = exp(-dt / tau_w), and each state seeing the
other as it was a step ago:
    u_t = alpha (u_{t-1} - theta s_{t-1}) + (1 - alpha) (i_t - w_{t-1})
    w_t = beta w_{t-1} + (1 - beta) (a u_{t-1} + gain b s_{t-1})
After Bittar and Garner, "A surrogate gradient spiking baseline for speech command recognition",
2022. The gain of 5 makes b as easy to learn as a.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from snn.neurons.neurons import Neurons
from snn.neurons.state_space import StateSpace, stacked

SPIKE_GAIN = 5.0
_Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdLifRange:
    """What the parameters may become while they are learned, and where they begin.

    Parameters
    ----------
    tau_u_s, tau_w_s, a, b : pair of float
        The limits; the time constants in [s].
    first_* : pair of float
        Between which the first values are drawn, uniformly.
    """

    tau_u_s: _Range = (0.005, 0.2)
    tau_w_s: _Range = (0.03, 1.0)
    a: _Range = (-0.5, 4.0)
    b: _Range = (0.0, 4.0)
    first_tau_u_s: _Range = (0.01, 0.06)
    first_tau_w_s: _Range = (0.06, 0.3)
    first_a: _Range = (0.0, 1.0)
    first_b: _Range = (0.0, 1.0)

    def scaled(self, times: float, /) -> "AdLifRange":
        """Return a range of so many times these time constants, and the same couplings."""
        names = ("tau_u_s", "tau_w_s", "first_tau_u_s", "first_tau_w_s")
        ends = {name: getattr(self, name) for name in names}
        return replace(self, **{name: (times * a, times * b) for name, (a, b) in ends.items()})


class AdLif(Neurons):
    """A layer of adLIF neurons that learn time constants and couplings.

    Parameters
    ----------
    num_neurons : int
    threshold : float
    rng : torch.Generator
        Draws the first values.
    limits : AdLifRange
    time_scale : float
        So many times the time constants of the limits.
    """

    def __init__(
        self,
        num_neurons: int,
        *,
        threshold: float = 1.0,
        rng: torch.Generator,
        limits: AdLifRange | None = None,
        time_scale: float = 1.0,
    ) -> None:
        super().__init__()
        self._limits = (limits or AdLifRange()).scaled(time_scale)
        self.threshold = threshold

        def drawn(between: _Range) -> nn.Parameter:
            low, high = between
            return nn.Parameter(low + (high - low) * torch.rand(num_neurons, generator=rng))

        self.tau_u_s = drawn(self._limits.first_tau_u_s)
        self.tau_w_s = drawn(self._limits.first_tau_w_s)
        self.a = drawn(self._limits.first_a)
        self.b = drawn(self._limits.first_b)

    @property
    def time_constants(self) -> tuple[nn.Parameter, ...]:
        """Return the parameters that are told in seconds."""
        return self.tau_u_s, self.tau_w_s

    def at(self, dt_s: float) -> StateSpace:
        """Return the neurons at a time step [s]; gradients flow to all parameters."""
        return coefficients(
            alpha=torch.exp(-dt_s / self.tau_u_s),
            beta=torch.exp(-dt_s / self.tau_w_s),
            a=self.a,
            b=self.b,
            threshold=self.threshold,
            dt_s=dt_s,
        )

    def clamp(self) -> None:
        """Bring what an optimizer's step moved beyond its limits back to them."""
        limits = self._limits
        with torch.no_grad():
            self.tau_u_s.clamp_(*limits.tau_u_s)
            self.tau_w_s.clamp_(*limits.tau_w_s)
            self.a.clamp_(*limits.a)
            self.b.clamp_(*limits.b)


def coefficients(
    *, alpha: Tensor, beta: Tensor, a: Tensor, b: Tensor, threshold: float, dt_s: float
) -> StateSpace:
    """Return adLIF neurons of given decays and couplings, all [num_neurons]."""
    zero = torch.zeros_like(alpha)
    return StateSpace(
        a=stacked([[alpha, alpha - 1.0], [(1.0 - beta) * a, beta]]),
        b=torch.stack([1.0 - alpha, zero]),
        r=torch.stack([-alpha * threshold, (1.0 - beta) * SPIKE_GAIN * b]),
        threshold=threshold,
        dt_s=dt_s,
    )
