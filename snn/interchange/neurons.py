# SPDX-License-Identifier: Apache-2.0
"""The neurons of NIR at a time step, as state-space neurons.

    LIF      tau v' = (v_leak - v) + r i
    IF       v' = r i
    CubaLIF  tau_syn I' = -I + w_in i,    tau_mem v' = (v_leak - v) + r I
    LI       tau v' = (v_leak - v) + r i;  in front of one of the first two it is a synapse

Source: Pedersen et al., "Neuromorphic intermediate representation", Nature Communications 15, 2024,
and the docstrings of the package `nir`, 1.0.8. A neuron starts at rest, v = v_leak; states here are
v - v_leak, and where thresholds differ within a layer they are in units of the threshold. In Euler
steps the membrane sees the synapse as it is in the same step.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import linalg

from snn.errors import InterchangeError
from snn.interchange.conventions import Convention, Reset, Steps
from snn.interchange.graph import Array, Node
from snn.neurons.state_space import StateSpace

SPIKING = frozenset({"LIF", "IF", "CubaLIF"})
_FORGOTTEN = 20.0
_NORSE = "Norse 1.1.0 writes dt / tau_inv where 1 / tau_inv is meant (norse/norse#411)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membrane:
    """A membrane and its synapse, if it has one: all [num_neurons]; tau_s is inf without leak."""

    tau_s: Array
    r: Array
    v_leak: Array
    threshold: Array
    v_reset: Array
    synapse: "Synapse | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Synapse:
    """A leaky current in front of a membrane."""

    tau_s: Array
    gain: Array


def membrane(node: Node, *, num_neurons: int, convention: Convention) -> Membrane:
    """Return the equation's constants, those that are given once repeated for each neuron.

    Raises
    ------
    InterchangeError
        If one is missing, of another size, not finite, or a time constant or threshold not above 0.
    """

    def of(key: str, default: float | None = None) -> Array:
        return _per_neuron(node, key, default=default, num_neurons=num_neurons)

    scale = convention.tau_scale
    threshold = of("v_threshold")
    _require(node, "v_threshold", is_good=bool((threshold > of("v_leak", 0.0)).all()))
    tau_s = of("tau_mem" if node.kind == "CubaLIF" else "tau") if node.kind != "IF" else None
    synapse = None
    if node.kind == "CubaLIF":
        synapse = Synapse(tau_s=scale * of("tau_syn"), gain=of("w_in", 1.0))
    found = Membrane(
        tau_s=np.full(num_neurons, np.inf) if tau_s is None else scale * tau_s,
        r=of("r"),
        v_leak=of("v_leak", 0.0),
        threshold=threshold,
        v_reset=of("v_reset", 0.0),
        synapse=synapse,
    )
    _require_tau(node, found.tau_s, convention)
    if synapse is not None:
        _require_tau(node, synapse.tau_s, convention)
    return found


def synapse_of(node: Node, *, num_neurons: int, convention: Convention) -> Synapse:
    """Return a leaky integrator as the synapse of what it feeds; raises InterchangeError."""
    if bool(_per_neuron(node, "v_leak", default=0.0, num_neurons=num_neurons).any()):
        raise InterchangeError(f"node {node.name} (LI): a v_leak other than 0 is not read")
    tau_s = convention.tau_scale * _per_neuron(node, "tau", num_neurons=num_neurons)
    _require_tau(node, tau_s, convention)
    return Synapse(tau_s=tau_s, gain=_per_neuron(node, "r", num_neurons=num_neurons))


def at_step(membrane: Membrane, convention: Convention) -> StateSpace:
    """Return the neurons at the convention's time step: float64, one state or two.

    Raises
    ------
    InterchangeError
        If the reset is unknown, or sets the membrane to a value.
    """
    a, b = _continued(membrane, convention)
    height = membrane.threshold - membrane.v_leak
    jump = membrane.threshold - membrane.v_reset
    r = _reset(a, jump, convention.reset)
    is_one_height = bool((height == height[0]).all())
    if not is_one_height:
        b[0], r[0], height = b[0] / height, r[0] / height, np.ones_like(height)
        a[0, 1:] = a[0, 1:] / (membrane.threshold - membrane.v_leak)
    return StateSpace(
        a=torch.from_numpy(a),
        b=torch.from_numpy(b),
        r=torch.from_numpy(r),
        threshold=float(height[0]),
        dt_s=convention.dt_s,
    )


def _reset(a: Array, jump: Array, reset: Reset | None) -> Array:
    if reset is None:
        raise InterchangeError(
            "the file does not say what a spike does: NIR sets the membrane to v_reset, and tools "
            "that subtract the threshold write the same. Name the tool that wrote it "
            "(--tool), or give --reset"
        )
    if reset is Reset.TO_VALUE:
        raise InterchangeError(
            "a reset that sets the membrane to a value has no counterpart here: neurons are linear "
            "between spikes, and a spike subtracts. Train the model with a reset by subtraction"
        )
    r = np.zeros_like(a[:, 0])
    if reset is Reset.SUBTRACT:
        r[0] = -a[0, 0] * jump
    elif reset is Reset.SUBTRACT_LATE:
        r[0] = -jump
    return r


def _continued(membrane: Membrane, convention: Convention) -> tuple[Array, Array]:
    """Return a [num_states, num_states, num_neurons] and b [num_states, num_neurons]."""
    share, kept = _decay(membrane.tau_s, convention)
    into = share * membrane.r
    if np.isinf(membrane.tau_s).any():
        per_step = 1.0 if convention.has_jumps else convention.dt_s
        into = np.where(np.isinf(membrane.tau_s), per_step * membrane.r, into)
    if membrane.synapse is None:
        return kept[None, None], into[None]
    held, kept_current = _decay(membrane.synapse.tau_s, convention)
    jump = membrane.synapse.gain * (1.0 if convention.has_jumps else held)
    zero = np.zeros_like(kept)
    if convention.steps is Steps.EULER or convention.has_jumps:
        a = np.array([[kept, into * kept_current], [zero, kept_current]])
        return a, np.array([into * jump, jump])
    return _exact(membrane, membrane.synapse, convention.dt_s)


def _decay(tau_s: Array, convention: Convention) -> tuple[Array, Array]:
    """Return what a step takes of its input, and what it keeps."""
    ratio = convention.dt_s / tau_s
    if convention.steps is Steps.EULER:
        return ratio, 1.0 - ratio
    kept = np.exp(-ratio)
    return 1.0 - kept, kept


def _exact(membrane: Membrane, synapse: Synapse, dt_s: float) -> tuple[Array, Array]:
    """Return both states at the end of a step whose input is held, by one exponential a neuron."""
    a = np.zeros((2, 2, len(membrane.r)))
    b = np.zeros((2, len(membrane.r)))
    for i, (tau_s, r) in enumerate(zip(membrane.tau_s, membrane.r, strict=True)):
        leak, drive = (0.0, r) if np.isinf(tau_s) else (-1.0 / tau_s, r / tau_s)
        rate = 1.0 / synapse.tau_s[i]
        system = np.array([[leak, drive, 0.0], [0.0, -rate, rate * synapse.gain[i]], [0, 0, 0]])
        step: NDArray[np.float64] = np.asarray(linalg.expm(system * dt_s))
        a[:, :, i], b[:, i] = step[:2, :2], step[:2, 2]
    return a, b


def _per_neuron(node: Node, key: str, *, num_neurons: int, default: float | None = None) -> Array:
    value = node.array(key, default=default).reshape(-1)
    if len(value) not in {1, num_neurons}:
        raise InterchangeError(
            f"node {node.name} ({node.kind}): {key} has {len(value)} values for "
            f"{num_neurons} neurons"
        )
    _require(node, key, is_good=bool(np.isfinite(value).all()))
    return np.array(np.broadcast_to(value, num_neurons))


def _require(node: Node, key: str, *, is_good: bool) -> None:
    if not is_good:
        raise InterchangeError(
            f"node {node.name} ({node.kind}): {key} must be finite, and a threshold above the leak"
        )


def _require_tau(node: Node, tau_s: Array, convention: Convention) -> None:
    """Refuse what the time step cannot follow, and say what wrote it so."""
    smallest = float(tau_s.min())
    if smallest <= 0.0:
        raise InterchangeError(f"node {node.name} ({node.kind}): a time constant is {smallest:g} s")
    limit = 1.0 if convention.steps is Steps.EULER else _FORGOTTEN
    if convention.dt_s > limit * smallest * (1.0 + 1e-5):
        raise InterchangeError(
            f"node {node.name} ({node.kind}): a time constant of {smallest:.3g} s is nothing "
            f"beside the step of {convention.dt_s:.3g} s. {_NORSE}: if the file is its, give "
            f"--tau-scale {1.0 / convention.dt_s:g}; else give the "
            "time step that the model was made for"
        )
