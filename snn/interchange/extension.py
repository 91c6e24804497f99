# SPDX-License-Identifier: Apache-2.0
"""Kinds of nodes that NIR does not have, and what a file of ours notes beside its graph.

    AirloopAdLif        tau_u, tau_w [s], a, b, threshold: `snn.neurons.adlif`
    AirloopStateSpace   a, b, r, threshold: `snn.neurons.state_space`, at the graph's dt_us

The package `nir` refuses a file with such a node, so that no tool takes it for something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from snn.errors import InterchangeError
from snn.interchange.conventions import Convention, Reset, Steps
from snn.interchange.graph import Array, Fields, Node
from snn.neurons.adlif import AdLif
from snn.neurons.fixed import FixedNeurons
from snn.neurons.lif import Lif
from snn.neurons.neurons import Neurons
from snn.neurons.state_space import StateSpace

ADLIF, STATE_SPACE = "AirloopAdLif", "AirloopStateSpace"
KINDS = frozenset({ADLIF, STATE_SPACE})
BY_RATE = "weight_by_rate"
_VERSION = 1
_ADLIF: Mapping[str, str] = {"tau_u": "tau_u_s", "tau_w": "tau_w_s", "a": "a", "b": "b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a file of ours says beside its graph: the step, and how the network was made."""

    dt_us: int
    neuron: str
    dropout: float
    time_scale: float = 1.0

    @property
    def convention(self) -> Convention:
        """Return what the equations mean in a file of ours."""
        return Convention(dt_us=self.dt_us, steps=Steps.EXACT, reset=Reset.SUBTRACT)

    def to_metadata(self) -> dict[str, object]:
        """Return the metadata of a graph."""
        return {
            "airloop": _VERSION,
            "dt_us": self.dt_us,
            "steps": Steps.EXACT.value,
            "reset": Reset.SUBTRACT.value,
            "readout": "mean over time",
            "neuron": self.neuron,
            "dropout": self.dropout,
            "time_scale": self.time_scale,
        }


def note(metadata: Fields) -> Note | None:
    """Return what a file of ours notes, None for another's; raises InterchangeError."""
    if "airloop" not in metadata:
        return None
    version = str(metadata["airloop"])
    if version != str(_VERSION):
        raise InterchangeError(f"the file is of version {version}; this program reads {_VERSION}")
    try:
        found = Note(
            dt_us=int(str(metadata["dt_us"])),
            neuron=str(metadata["neuron"]),
            dropout=float(str(metadata["dropout"])),
            time_scale=float(str(metadata.get("time_scale", 1.0))),
        )
    except (KeyError, ValueError) as error:
        raise InterchangeError(f"the metadata of the graph are damaged: {error}") from None
    if found.dt_us < 1 or not 0.0 <= found.dropout < 1.0 or not 0.0 < found.time_scale < np.inf:
        raise InterchangeError(
            f"the metadata of the graph are damaged: dt_us {found.dt_us}, dropout {found.dropout}, "
            f"time_scale {found.time_scale}"
        )
    return found


def fields_of(neurons: Neurons, dt_s: float) -> dict[str, object]:
    """Return neurons that NIR has no kind for as the fields of a node."""
    if isinstance(neurons, AdLif):
        values = {key: array(getattr(neurons, name)) for key, name in _ADLIF.items()}
        return {"type": ADLIF, "threshold": neurons.threshold, **values}
    at = neurons.at(dt_s)
    values = {"a": array(at.a), "b": array(at.b), "r": array(at.r)}
    return {"type": STATE_SPACE, "threshold": at.threshold, **values}


def neurons_of(node: Node, *, num_neurons: int, dt_s: float) -> Neurons:
    """Return the neurons of a node of ours.

    Raises
    ------
    InterchangeError
        If a field is missing or of another shape.
    """
    threshold = float(_shaped(node, "threshold", ()))
    if node.kind == STATE_SPACE:
        num_states = len(np.atleast_1d(node.array("b")))
        pairs = (num_states, num_neurons)
        _shaped(node, "a", (num_states, *pairs))
        _shaped(node, "b", pairs)
        _shaped(node, "r", pairs)
        a, b, r = (tensor(node, key) for key in ("a", "b", "r"))
        return FixedNeurons(StateSpace(a=a, b=b, r=r, threshold=threshold, dt_s=dt_s))
    neurons = AdLif(num_neurons, threshold=threshold, rng=torch.Generator())
    for key, name in _ADLIF.items():
        _shaped(node, key, (num_neurons,))
        setattr(neurons, name, nn.Parameter(tensor(node, key)))
    return neurons


def _shaped(node: Node, key: str, shape: tuple[int, ...]) -> Array:
    values = node.array(key)
    if values.shape != shape or not np.isfinite(values).all():
        raise InterchangeError(
            f"node {node.name} ({node.kind}): {key} must hold finite numbers of the shape {shape}"
        )
    return values


def by_rate(node: Node, *, gain: float) -> Array | None:
    """Return the weights of a read-out without its gain, None if they are not noted or not those.

    A file that was changed since is read as it is now.
    """
    metadata = node.fields.get("metadata")
    if not isinstance(metadata, Mapping) or BY_RATE not in metadata:
        return None
    weights = np.asarray(metadata[BY_RATE])
    if not np.array_equal(gain * weights, np.asarray(node.fields["weight"])):
        return None
    return weights.astype(np.float64)


def lif_of(node: Node, *, num_neurons: int) -> Lif | None:
    """Return the LIF neurons of a file of ours bit for bit, None if they were changed since."""
    expected = {"r": 1.0, "v_leak": 0.0, "v_reset": 0.0}
    height = node.array("v_threshold")
    is_ours = node.array("tau").shape == height.shape == (num_neurons,) and all(
        bool((node.array(key) == value).all()) for key, value in expected.items()
    )
    if not is_ours or bool((height != height[0]).any()) or bool((node.array("tau") <= 0.0).any()):
        return None
    neurons = Lif(num_neurons, threshold=float(height[0]), rng=torch.Generator())
    neurons.tau_s = nn.Parameter(tensor(node, "tau"))
    return neurons


def array(values: Tensor) -> NDArray[np.floating[Any]]:
    """Return the numbers of a tensor, as they are."""
    found: NDArray[np.floating[Any]] = values.detach().cpu().numpy()
    return found


def tensor(node: Node, key: str) -> Tensor:
    """Return a field of a node in the precision that it was written with."""
    values = np.array(node.fields[key])
    return torch.from_numpy(values if values.dtype.kind == "f" else node.array(key))
