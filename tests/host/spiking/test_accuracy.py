# SPDX-License-Identifier: Apache-2.0
"""How a network does at other time steps, where it has a counterpart and where it has none."""

import pytest

from host.spiking import accuracy
from host.spiking.accuracy import accuracies, matrix
from snn.adaptation.adapt import adapt
from snn.adaptation.methods import Method
from snn.errors import AdaptationError
from snn.network import SpikingNetwork
from tests.host.spiking.small_network import small_network
from tests.snn.recordings import sweeps

METHODS = (Method.INTEGRAL, Method.EULER)
STEPS_US = (2000, 4000, 8000)


def _refusing(network: SpikingNetwork, *, dt_us: int, method: Method) -> SpikingNetwork:
    if (dt_us, method) == (2000, Method.INTEGRAL):
        raise AdaptationError("neuron 3 has no half step")
    return adapt(network, dt_us=dt_us, method=method)


def test_where_all_can_be_mapped_nothing_is_refused() -> None:
    network, test = small_network(), sweeps(12, seed=5)

    found, refused = matrix(network, test, run_dt_us=STEPS_US, methods=METHODS)

    assert refused == ()
    assert found == accuracies(network, test, run_dt_us=STEPS_US, methods=METHODS)
    assert [(a.dt_us, a.method) for a in found] == [
        (4000, Method.NONE),
        (2000, Method.INTEGRAL),
        (2000, Method.EULER),
        (8000, Method.INTEGRAL),
        (8000, Method.EULER),
    ]


def test_what_has_no_counterpart_is_told_and_the_rest_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, test = small_network(), sweeps(12, seed=5)
    whole = accuracies(network, test, run_dt_us=STEPS_US, methods=METHODS)
    monkeypatch.setattr(accuracy, "adapt", _refusing)

    found, refused = matrix(network, test, run_dt_us=STEPS_US, methods=METHODS)

    assert found == tuple(a for a in whole if (a.dt_us, a.method) != (2000, Method.INTEGRAL))
    (one,) = refused
    assert (one.dt_us, one.method) == (2000, Method.INTEGRAL)
    assert one.reason == "neuron 3 has no half step"
    with pytest.raises(AdaptationError, match="half step"):
        accuracies(network, test, run_dt_us=STEPS_US, methods=METHODS)
