# SPDX-License-Identifier: Apache-2.0
"""A graph's spikes compared with those of its authors' model, and what was written wrongly.

Where they differ, the graph is run under the other conventions of `conventions`, with time
constants multiplied by what tools are known to get wrong, and what gives the authors' spikes is
named.
"""

import itertools
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from snn.errors import InterchangeError, NetworkFileError
from snn.events.event_archive import DAMAGE
from snn.interchange import extension
from snn.interchange.chain import in_order
from snn.interchange.conventions import Convention, Reset, Steps
from snn.interchange.folding import parts
from snn.interchange.graph import Graph
from snn.interchange.reading import Layer, layers_of
from snn.neurons.state_space import State, step

SAME = 0.999
"""The share of equal spikes from which on the rest is rounding: what crosses a threshold by less
than float32 resolves may cross it elsewhere."""
_DECADES = tuple(10.0**k for k in range(-6, 7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What went into the authors' model and what came out of its last neurons.

    Parameters
    ----------
    inputs : float32 [num_steps, num_recordings, num_inputs]
    spikes : float32 [num_steps, num_recordings, num_neurons]
    """

    inputs: NDArray[np.float32]
    spikes: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How well a graph's spikes agree, and under which convention they do.

    Parameters
    ----------
    agreement : float
        The share of equal spikes among all that either has, 0..1; 1 where there are none.
    convention : Convention
        What was asked for.
    best : Convention or None
        What gives the authors' spikes; None if nothing that was tried does.
    message : str
        One line that says so, and what to do.
    """

    agreement: float
    convention: Convention
    best: Convention | None
    message: str

    @property
    def is_same(self) -> bool:
        """Return whether the convention that was asked for gives the authors' spikes."""
        return self.agreement >= SAME


def load_reference(path: Path) -> Reference:
    """Return the arrays `inputs` and `spikes` of an npz file; raises NetworkFileError."""
    try:
        with path.open("rb") as content, np.load(content) as file:
            reference = Reference(
                inputs=file["inputs"].astype(np.float32), spikes=file["spikes"].astype(np.float32)
            )
    except DAMAGE as error:
        problem = f"expected the arrays inputs and spikes ({error})"
        raise NetworkFileError(file=str(path), problem=problem) from None
    is_good = (
        reference.inputs.ndim == reference.spikes.ndim == 3
        and reference.inputs.shape[:2] == reference.spikes.shape[:2]
    )
    if not is_good:
        shapes = f"{reference.inputs.shape} and {reference.spikes.shape}"
        problem = f"inputs and spikes of {shapes} are not [steps, recordings, values] alike"
        raise NetworkFileError(file=str(path), problem=problem)
    return reference


def verify(graph: Graph, convention: Convention, reference: Reference) -> Verdict:
    """Compare a graph's spikes with its authors', and look for what was written wrongly.

    Raises
    ------
    InterchangeError
        If the reference has no spike, or other inputs or outputs than the graph.
    """
    if not reference.spikes.any():
        raise InterchangeError("the reference has no spike: nothing can be told from it")
    asked, problem = _agreement(graph, convention, reference)
    if asked >= SAME:
        message = f"{asked:.2%} of the spikes are those of the reference"
        return Verdict(agreement=asked, convention=convention, best=convention, message=message)
    agreement, best = _nearest(graph, convention, reference)
    if agreement >= SAME:
        told = _difference(convention, best)
        message = f"only {asked:.2%} of the spikes are those of the reference; {told}"
        return Verdict(agreement=asked, convention=convention, best=best, message=message)
    because = f": {problem}" if problem else ""
    message = (
        f"only {asked:.2%} of the spikes are those of the reference, and no known slip explains it "
        f"(the nearest, {_difference(convention, best)}, gives {agreement:.2%}){because}"
    )
    return Verdict(agreement=asked, convention=convention, best=None, message=message)


def spikes_of(graph: Graph, convention: Convention, inputs: NDArray[np.float32]) -> Tensor:
    """Return the spikes of the last neurons, also for resets that have no counterpart here.

    Returns
    -------
    float64 [num_steps, num_recordings, num_neurons]

    Raises
    ------
    InterchangeError
        If the convention does not fit the graph.
    """
    is_to_value = convention.reset is Reset.TO_VALUE
    linear = replace(convention, reset=Reset.NONE) if is_to_value else convention
    found = parts(in_order(graph))
    spikes = torch.from_numpy(inputs).double()
    is_ours = extension.note(graph.metadata) is not None
    for layer in layers_of(found, linear, is_ours=is_ours):
        if spikes.shape[-1] != layer.weights.shape[1]:
            raise InterchangeError(
                f"the graph takes {layer.weights.shape[1]} inputs, and the reference has "
                f"{spikes.shape[-1]}"
            )
        spikes = _fired(layer, linear.dt_s, spikes, is_to_value=is_to_value)
    return spikes


def _fired(layer: Layer, dt_s: float, inputs: Tensor, *, is_to_value: bool) -> Tensor:
    """Return a layer's spikes, step by step; a reset to a value is one to v_leak."""
    neuron = layer.neurons.at(dt_s)
    current = inputs @ torch.from_numpy(layer.weights).T + torch.from_numpy(layer.bias)
    back = None if layer.recurrent is None else torch.from_numpy(layer.recurrent).T
    spikes = torch.zeros_like(current[0])
    state: State = tuple(torch.zeros_like(spikes) for _ in range(neuron.num_states))
    fired = []
    for input_ in current:
        drive = input_ if back is None else input_ + spikes @ back
        state, spikes = step(neuron, state, spikes, drive)
        if is_to_value:
            state = (state[0] * (1.0 - spikes), *state[1:])
        fired.append(spikes)
    return torch.stack(fired)


def _agreement(graph: Graph, convention: Convention, reference: Reference) -> tuple[float, str]:
    """Return the share of equal spikes, and why there are none if a convention does not fit."""
    try:
        ours = spikes_of(graph, convention, reference.inputs).numpy() > 0.0
    except InterchangeError as error:
        return 0.0, str(error)
    theirs = reference.spikes > 0.0
    if ours.shape != theirs.shape:
        raise InterchangeError(
            f"the graph ends with {ours.shape[-1]} neurons, the reference has {theirs.shape[-1]}"
        )
    either = int((ours | theirs).sum())
    return (int((ours & theirs).sum()) / either if either else 1.0), ""


def _nearest(
    graph: Graph, convention: Convention, reference: Reference
) -> tuple[float, Convention]:
    """Return what agrees with the fewest changes, or what agrees best if nothing does."""
    nearest = (-1.0, convention)
    for other in _others(convention):
        agreement = _agreement(graph, other, reference)[0]
        if agreement > nearest[0]:
            nearest = (agreement, other)
        if agreement >= SAME:
            break
    return nearest


def _others(convention: Convention) -> list[Convention]:
    """Return what else could be meant, the fewest changes first."""
    known = (1.0, 1.0 / convention.dt_s, convention.dt_us / 100.0)
    others = [
        Convention(
            dt_us=convention.dt_us,
            steps=steps,
            reset=reset,
            has_jumps=has_jumps,
            tau_scale=convention.tau_scale * scale,
        )
        for scale in dict.fromkeys((*known, *_DECADES))
        for steps, reset, has_jumps in itertools.product(Steps, Reset, (False, True))
    ]
    return sorted(others, key=lambda other: _num_changes(convention, other))


def _num_changes(asked: Convention, other: Convention) -> int:
    is_reset_changed = asked.reset not in {None, other.reset}
    return sum(
        (
            asked.tau_scale != other.tau_scale,
            asked.steps is not other.steps,
            asked.has_jumps != other.has_jumps,
            is_reset_changed,
        )
    )


def _difference(asked: Convention, best: Convention) -> str:
    """Return in words what must change."""
    told: list[str] = []
    factor = best.tau_scale / asked.tau_scale
    if factor != 1.0:
        told.append(
            f"the time constants of the file are {1.0 / factor:g} times what they were in the model"
            f"{_cause(factor, asked)}: give --tau-scale {best.tau_scale:g}"
        )
    if best.steps is not asked.steps:
        told.append(f"the model steps by {best.steps.value}: give --steps {best.steps.value}")
    if best.has_jumps != asked.has_jumps:
        told.append(
            "inputs jump: give --jumps" if best.has_jumps else "inputs are held: no --jumps"
        )
    if best.reset is Reset.TO_VALUE:
        told.append(
            "a spike sets the model's membrane to a value, which neurons here cannot do: train it "
            "with a reset by subtraction"
        )
    elif best.reset is not None and best.reset is not asked.reset:
        told.append(f"the model resets by {best.reset.value}: give --reset {best.reset.value}")
    return "; ".join(told) or "nothing"


def _cause(factor: float, asked: Convention) -> str:
    if np.isclose(factor, 1.0 / asked.dt_s):
        return " (as Norse 1.1.0 writes them, dt / tau_inv: norse/norse#411)"
    if np.isclose(factor, asked.dt_us / 100.0):
        return " (as snnTorch 1.0.0 writes them, always for a step of 100 us)"
    return ""
