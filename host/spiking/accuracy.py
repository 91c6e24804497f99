# SPDX-License-Identifier: Apache-2.0
"""How a network does at its own time step, and mapped to others."""

from collections.abc import Sequence

from host.spiking.record import Accuracy, Refused
from sim.estimate import ErrorRate
from snn.adaptation.adapt import adapt
from snn.adaptation.methods import Method
from snn.errors import AdaptationError
from snn.evaluation import evaluate
from snn.events.event_set import EventSet
from snn.network import SpikingNetwork


def accuracies(
    network: SpikingNetwork,
    test: EventSet,
    *,
    run_dt_us: Sequence[int],
    methods: Sequence[Method],
) -> tuple[Accuracy, ...]:
    """Return how the network does: at its own step first, then at each step by each method.

    Raises
    ------
    AdaptationError
        It has no counterpart somewhere.
    """
    found = [_accuracy(network, test, method=Method.NONE)]
    found += [
        _accuracy(adapt(network, dt_us=dt_us, method=method), test, method=method)
        for dt_us, method in _places(network, run_dt_us, methods)
    ]
    return tuple(found)


def matrix(
    network: SpikingNetwork,
    test: EventSet,
    *,
    run_dt_us: Sequence[int],
    methods: Sequence[Method],
) -> tuple[tuple[Accuracy, ...], tuple[Refused, ...]]:
    """Return the same, and apart from it where the network has no counterpart."""
    found = [_accuracy(network, test, method=Method.NONE)]
    refused: list[Refused] = []
    for dt_us, method in _places(network, run_dt_us, methods):
        try:
            mapped = adapt(network, dt_us=dt_us, method=method)
        except AdaptationError as error:
            refused.append(Refused(dt_us=dt_us, method=method, reason=str(error)))
        else:
            found.append(_accuracy(mapped, test, method=method))
    return tuple(found), tuple(refused)


def _places(
    network: SpikingNetwork, run_dt_us: Sequence[int], methods: Sequence[Method]
) -> list[tuple[int, Method]]:
    others = [dt_us for dt_us in run_dt_us if dt_us != network.dt_us]
    return [(dt_us, method) for dt_us in others for method in methods]


def _accuracy(network: SpikingNetwork, test: EventSet, *, method: Method) -> Accuracy:
    found = evaluate(network, test)
    num_recordings = len(found.labels)
    low, high = ErrorRate(errors=found.num_right, n=num_recordings).interval()
    return Accuracy(
        dt_us=network.dt_us,
        method=method,
        num_right=found.num_right,
        num_recordings=num_recordings,
        low=low,
        high=high,
        events_per_recording=found.events_per_recording,
        spikes_per_recording=found.spikes_per_recording,
        synops_per_recording=found.synops_per_recording(network.settings),
    )
