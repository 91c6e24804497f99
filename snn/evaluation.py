# SPDX-License-Identifier: Apache-2.0
"""How many recordings a network tells right."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from snn.errors import SpikingError
from snn.events.binning import counts
from snn.events.event_set import EventSet
from snn.network import NetworkSettings, SpikingNetwork

_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a network made of recordings.

    Parameters
    ----------
    predicted, labels : int [num_recordings]
        Indices into the names of the classes.
    spikes_per_recording : tuple of float
        How often the neurons of each layer fired, mean over the recordings.
    events_per_recording : float
        The events that came in, mean over the recordings.
    """

    predicted: NDArray[np.int64]
    labels: NDArray[np.int64]
    spikes_per_recording: tuple[float, ...]
    events_per_recording: float

    def synops_per_recording(self, settings: NetworkSettings) -> float:
        """Return the weights added for a recording: one for each event and neuron it reaches."""
        fired = self.spikes_per_recording
        reached = (*settings.hidden, settings.num_classes)
        coming = (self.events_per_recording, *fired)
        forward = sum(rate * number for rate, number in zip(coming, reached, strict=True))
        if not settings.is_recurrent:
            return forward
        return forward + sum(rate * own for rate, own in zip(fired, settings.hidden, strict=True))

    @property
    def num_right(self) -> int:
        """Return how many recordings were told right."""
        return int((self.predicted == self.labels).sum())

    @property
    def accuracy(self) -> float:
        """Return the share that was told right."""
        return self.num_right / len(self.labels)


def evaluate(network: SpikingNetwork, events: EventSet) -> Evaluation:
    """Run a network over recordings at its own time step; raises SpikingError if neither fits."""
    if events.num_channels != network.settings.num_inputs:
        raise SpikingError(
            f"{events.name} has {events.num_channels} channels, and the network takes "
            f"{network.settings.num_inputs}. Evaluate it on what it was trained for"
        )
    if len(events) == 0:
        raise SpikingError(f"{events.name}: there are no recordings to evaluate on")
    predicted, fired, num_events = [], np.zeros(len(network.settings.hidden)), 0
    for first in range(0, len(events), _BATCH):
        part = events.chosen(range(first, min(first + _BATCH, len(events))))
        binned = torch.from_numpy(counts(part, dt_us=network.dt_us)).float()
        with torch.no_grad():
            spikes = network.spikes(binned)
            predicted.append(network.scores(spikes[-1]).argmax(dim=1).numpy())
        fired += [float(one.sum()) for one in spikes]
        num_events += int(binned.sum())
    return Evaluation(
        predicted=np.concatenate(predicted),
        labels=events.labels.astype(np.int64),
        spikes_per_recording=tuple((fired / len(events)).tolist()),
        events_per_recording=num_events / len(events),
    )
