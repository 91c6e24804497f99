# SPDX-License-Identifier: Apache-2.0
"""One recording as a network sees it: its events, the spikes of each layer, and some potentials.

It is kept beside the network of a trial, and drawn in the report.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.journal import replace_file
from snn.adaptation.adapt import adapt
from snn.adaptation.methods import Method
from snn.errors import AdaptationError
from snn.events.binning import recording_counts
from snn.events.event_archive import DAMAGE
from snn.events.event_set import EventSet
from snn.network import SpikingNetwork
from snn.tracing import LayerTrace, trace

NUM_DRAWN = 3
"""Neurons of the first layer whose potentials are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What is drawn of one recording.

    Parameters
    ----------
    title : str
    dt_us : int [us]
        Of the network as it was trained.
    duration_us : int [us]
        Of the window that networks see.
    times_us : int64 [num_events]
    channels : int32 [num_events]
    fired : tuple of bool [num_steps, num_neurons]
        The spikes of each layer.
    neurons : tuple of int
        Whose potentials there are, in the first layer.
    threshold : float
    potentials : mapping of int to float32 [num_steps, num_neurons]
        Of those neurons, by time step [us]: the network's own, and others that it was mapped to.
    """

    title: str
    dt_us: int
    duration_us: int
    times_us: NDArray[np.int64]
    channels: NDArray[np.int32]
    fired: tuple[NDArray[np.bool_], ...]
    neurons: tuple[int, ...]
    threshold: float
    potentials: Mapping[int, NDArray[np.float32]]


def example(
    network: SpikingNetwork, events: EventSet, *, i_recording: int, run_dt_us: Sequence[int]
) -> Example:
    """Return one recording as a network sees it, at its own time step and the outermost others.

    A step that the integral mapping does not reach is left out.
    """
    recording = events.recording(i_recording)
    own = _trace(network, events, i_recording=i_recording)
    neurons = _drawn(own[0])
    potentials = {network.dt_us: own[0].potentials[:, neurons]}
    for dt_us in dict.fromkeys((min(run_dt_us, default=0), max(run_dt_us, default=0))):
        if dt_us in (0, network.dt_us):
            continue
        try:
            mapped = adapt(network, dt_us=dt_us, method=Method.INTEGRAL)
        except AdaptationError:
            continue
        first = _trace(mapped, events, i_recording=i_recording)[0]
        potentials[dt_us] = first.potentials[:, neurons]
    return Example(
        title=events.title(i_recording),
        dt_us=network.dt_us,
        duration_us=events.duration_us,
        times_us=recording.times_us,
        channels=recording.channels,
        fired=tuple(layer.spikes for layer in own),
        neurons=tuple(neurons),
        threshold=own[0].threshold,
        potentials=potentials,
    )


def save(path: Path, shown: Example) -> None:
    """Write an example; the file is either the old one or the whole new one."""
    arrays: dict[str, NDArray[np.generic]] = {
        "title": np.array(shown.title),
        "numbers": np.array([shown.dt_us, shown.duration_us]),
        "times_us": shown.times_us,
        "channels": shown.channels,
        "neurons": np.array(shown.neurons),
        "threshold": np.array(shown.threshold),
    }
    arrays |= {f"fired_{i}": one for i, one in enumerate(shown.fired)}
    arrays |= {f"potentials_{dt_us}": one for dt_us, one in shown.potentials.items()}
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    replace_file(path, content.getvalue())


def load(path: Path) -> Example | None:
    """Read what `save` wrote; None if it is gone or damaged, for it can be made again."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            return _read({name: held[name] for name in held.files})
    except (OSError, *DAMAGE):
        return None


def _read(held: Mapping[str, NDArray[Any]]) -> Example:
    num_layers = sum(name.startswith("fired_") for name in held)
    steps = [name for name in held if name.startswith("potentials_")]
    dt_us, duration_us = held["numbers"].tolist()
    return Example(
        title=str(held["title"]),
        dt_us=dt_us,
        duration_us=duration_us,
        times_us=held["times_us"],
        channels=held["channels"],
        fired=tuple(held[f"fired_{i}"] for i in range(num_layers)),
        neurons=tuple(held["neurons"].tolist()),
        threshold=float(held["threshold"]),
        potentials={int(name.removeprefix("potentials_")): held[name] for name in steps},
    )


def _trace(
    network: SpikingNetwork, events: EventSet, *, i_recording: int
) -> tuple[LayerTrace, ...]:
    counts = recording_counts(
        events.recording(i_recording),
        dt_us=network.dt_us,
        duration_us=events.duration_us,
        num_channels=events.num_channels,
    )
    return trace(network, counts)


def _drawn(first: LayerTrace) -> list[int]:
    """Return the neurons to draw: from the one that fires most to one that fires now and then."""
    often = np.argsort(-first.spikes.sum(axis=0), kind="stable")
    num_firing = max(int(first.spikes.any(axis=0).sum()), 1)
    places = [i * num_firing // NUM_DRAWN for i in range(NUM_DRAWN)]
    return [int(often[place]) for place in dict.fromkeys(places)]
