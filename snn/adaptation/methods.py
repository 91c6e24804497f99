# SPDX-License-Identifier: Apache-2.0
"""How the neurons of a network change with its time step.

With ratio = dt of the target / dt of the source, and G = (A^ratio - 1)(A - 1)^-1:

    method         A                     B             R             inputs    biases, read-out
    none           A                     B             R             counts
    none-rates     A                     B             R             rates
    tau            of the time constants at the new step             counts
    tau-rates      of the time constants at the new step             rates
    integral       A^ratio               G B           G R           rates
    euler          1 + ratio (A - 1)     ratio B       ratio R       rates
    expectation    A^ratio               G B / ratio   G R / ratio   counts    x ratio, / ratio

Rates are counts / ratio: the events that a step of the source would have seen. `integral` is the
exact response to inputs held for a step; a spike, and so what it resets, is such an input.
`expectation` takes an event for an impulse anywhere in its step. `tau` is what others are compared
with: each time constant is kept and all else stays as trained (Karilanova, Fabre, Neftci and
Ozcelikkale, arXiv 2411.04760, whose integral and Euler mappings of A these are; the mappings of B
and R, and the expectation, are derived here).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from snn.adaptation.powers import power_and_sum
from snn.neurons.neurons import Neurons
from snn.neurons.state_space import StateSpace

Mapped = Callable[[Neurons, StateSpace, Fraction], StateSpace]


class Method(StrEnum):
    """The mappings, by name."""

    NONE = "none"
    NONE_RATES = "none-rates"
    TAU = "tau"
    TAU_RATES = "tau-rates"
    INTEGRAL = "integral"
    EULER = "euler"
    EXPECTATION = "expectation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a method does.

    Parameters
    ----------
    neurons : callable
        (neurons, their coefficients at the source's step, ratio) -> coefficients at the target's.
    takes_rates : bool
        Whether what comes in is divided by the ratio.
    scales_bias : bool
        Whether biases grow with the step and rates, which are read out, shrink by it.
    """

    neurons: Mapped
    takes_rates: bool = False
    scales_bias: bool = False


def _none(_neurons: Neurons, source: StateSpace, ratio: Fraction) -> StateSpace:
    return replace(source, dt_s=source.dt_s * float(ratio))


def _tau(neurons: Neurons, source: StateSpace, ratio: Fraction) -> StateSpace:
    return neurons.at(source.dt_s * float(ratio))


def _integral(_neurons: Neurons, source: StateSpace, ratio: Fraction) -> StateSpace:
    return _held(source, ratio, per_step=1.0)


def _expectation(_neurons: Neurons, source: StateSpace, ratio: Fraction) -> StateSpace:
    return _held(source, ratio, per_step=1.0 / float(ratio))


def _held(source: StateSpace, ratio: Fraction, *, per_step: float) -> StateSpace:
    a, b, r = _arrays(source)
    power, total = power_and_sum(a, ratio)
    total = total * per_step
    mapped_b = np.einsum("nij,nj->ni", total, b)
    return _neurons(source, ratio, power, mapped_b, np.einsum("nij,nj->ni", total, r))


def _euler(_neurons_: Neurons, source: StateSpace, ratio: Fraction) -> StateSpace:
    a, b, r = _arrays(source)
    identity = np.eye(a.shape[-1])
    scale = float(ratio)
    return _neurons(source, ratio, identity + scale * (a - identity), scale * b, scale * r)


def _arrays(source: StateSpace) -> tuple[NDArray[np.float64], ...]:
    """Return a, b and r with the neurons first, in double precision."""
    return (
        source.a.detach().double().permute(2, 0, 1).numpy(),
        source.b.detach().double().T.numpy(),
        source.r.detach().double().T.numpy(),
    )


def _neurons(
    source: StateSpace,
    ratio: Fraction,
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    r: NDArray[np.float64],
) -> StateSpace:
    kind = source.a.dtype
    return StateSpace(
        a=torch.from_numpy(a).permute(1, 2, 0).contiguous().to(kind),
        b=torch.from_numpy(b).T.contiguous().to(kind),
        r=torch.from_numpy(r).T.contiguous().to(kind),
        threshold=source.threshold,
        dt_s=source.dt_s * float(ratio),
    )


RULES: Mapping[Method, Rule] = {
    Method.NONE: Rule(neurons=_none),
    Method.NONE_RATES: Rule(neurons=_none, takes_rates=True),
    Method.TAU: Rule(neurons=_tau),
    Method.TAU_RATES: Rule(neurons=_tau, takes_rates=True),
    Method.INTEGRAL: Rule(neurons=_integral, takes_rates=True),
    Method.EULER: Rule(neurons=_euler, takes_rates=True),
    Method.EXPECTATION: Rule(neurons=_expectation, scales_bias=True),
}
