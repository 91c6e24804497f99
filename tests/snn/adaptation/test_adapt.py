# SPDX-License-Identifier: Apache-2.0
"""Networks at another time step against the differential equations of their neurons."""

import copy
from fractions import Fraction

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import linalg
from torch import Tensor

from snn.adaptation.adapt import adapt
from snn.adaptation.methods import Method
from snn.errors import AdaptationError
from snn.network import NetworkSettings, SpikingNetwork
from snn.neurons.adlif import AdLif
from snn.neurons.fixed import FixedNeurons
from snn.neurons.state_space import State, StateSpace, step

SOURCE_US = 4000
SILENT = 1e9


def _network(*, neuron: str = "adlif", is_recurrent: bool = False) -> SpikingNetwork:
    settings = NetworkSettings(
        num_inputs=6, num_classes=3, hidden=(8, 5), neuron=neuron, is_recurrent=is_recurrent
    )
    made = SpikingNetwork(settings, dt_us=SOURCE_US, rng=torch.Generator().manual_seed(4))
    return made.double().eval()


def _mapped(source: StateSpace, *, dt_us: int, method: Method) -> StateSpace:
    """Return the neurons of a one-layer network that has been mapped."""
    settings = NetworkSettings(num_inputs=1, num_classes=2, hidden=(source.num_neurons,))
    network = SpikingNetwork(settings, dt_us=SOURCE_US, rng=torch.Generator()).double()
    network.spiking_layers()[0].neurons = FixedNeurons(source)
    return adapt(network, dt_us=dt_us, method=method).spiking_layers()[0].neurons.at(dt_us * 1e-6)


def _response(neuron: StateSpace, currents: Tensor) -> NDArray[np.float64]:
    state: State = tuple(
        torch.zeros(neuron.num_neurons, dtype=torch.float64) for _ in range(neuron.num_states)
    )
    silence = torch.zeros(neuron.num_neurons, dtype=torch.float64)
    course = []
    for current in currents:
        state, _ = step(neuron, state, silence, current)
        course.append(torch.stack(state))
    return torch.stack(course).detach().numpy()


def _continuous(source: StateSpace) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return M and N of x' = M x + N i, of the first neuron, per source step."""
    a, b = source.a[:, :, 0].detach().numpy(), source.b[:, 0].detach().numpy()
    generator = np.array(linalg.logm(a), dtype=np.complex128).real.astype(np.float64)
    by_input = np.linalg.solve(a - np.eye(len(a)), generator @ b).astype(np.float64)
    return generator, by_input


def _exact(
    source: StateSpace, currents: NDArray[np.float64], *, ratio: Fraction
) -> NDArray[np.float64]:
    """Return the solution of the equation at the end of each step of `ratio` source steps."""
    generator, by_input = _continuous(source)
    held = np.block([[generator, by_input[:, None]], [np.zeros((1, len(generator) + 1))]]) * float(
        ratio
    )
    flow = linalg.expm(held)
    state, course = np.zeros(len(generator)), []
    for current in currents:
        state = flow[:-1, :-1] @ state + flow[:-1, -1] * current
        course.append(state)
    return np.array(course)


def _adlif(*, seed: int = 5) -> StateSpace:
    neurons = AdLif(1, threshold=SILENT, rng=torch.Generator().manual_seed(seed)).double()
    source = neurons.at(SOURCE_US * 1e-6)
    return StateSpace(
        a=source.a.detach(),
        b=source.b.detach(),
        r=source.r.detach(),
        threshold=SILENT,
        dt_s=source.dt_s,
    )


@pytest.mark.parametrize("dt_us", [500, 1000, 3000, 8000, 10000])
def test_integral_is_the_exact_solution_below_threshold(dt_us: int) -> None:
    source, ratio = _adlif(), Fraction(dt_us, SOURCE_US)
    currents = np.random.default_rng(6).normal(size=40)

    mapped = _mapped(source, dt_us=dt_us, method=Method.INTEGRAL)

    found = _response(mapped, torch.from_numpy(currents)[:, None])[:, :, 0]
    np.testing.assert_allclose(found, _exact(source, currents, ratio=ratio), rtol=1e-9, atol=1e-12)


def test_the_error_of_euler_is_of_the_first_order() -> None:
    source = _adlif()
    errors = []
    for dt_us in (2000, 1000, 500, 250):
        # The generator of Euler is A - 1 per source step: its limit, at the end of 10 ms.
        ratio, num_steps = Fraction(dt_us, SOURCE_US), 10_000 // dt_us
        mapped = _mapped(source, dt_us=dt_us, method=Method.EULER)
        found = _response(mapped, torch.ones(num_steps, 1, dtype=torch.float64))[-1, :, 0]
        a, b = source.a[:, :, 0].numpy(), source.b[:, 0].numpy()
        held = np.block([[a - np.eye(2), b[:, None]], [np.zeros((1, 3))]])
        limit = linalg.expm(held * float(ratio) * num_steps)[:2, 2]
        errors.append(np.abs(found - limit).max())

    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    np.testing.assert_allclose(orders, 1.0, atol=0.15)


def test_expectation_has_the_mean_response_to_an_impulse_anywhere_in_its_step() -> None:
    source, ratio = _adlif(), 4
    mapped = _mapped(source, dt_us=SOURCE_US * ratio, method=Method.EXPECTATION)
    one = torch.ones(1, 1, dtype=torch.float64)
    single = []
    for i_step in range(ratio):  # the event falls into each of the source's steps once
        currents = torch.zeros(ratio, 1, dtype=torch.float64)
        currents[i_step] = 1.0
        single.append(_response(source, currents)[-1, :, 0])

    found = _response(mapped, one)[-1, :, 0]

    np.testing.assert_allclose(found, np.mean(single, axis=0), rtol=1e-9)


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("neuron", ["lif", "adlif"])
def test_at_its_own_time_step_a_network_stays_what_it_is(method: Method, neuron: str) -> None:
    network = _network(neuron=neuron, is_recurrent=True)
    rng = torch.Generator().manual_seed(8)
    counts = torch.randint(0, 4, (30, 7, 6), generator=rng).double()

    same = adapt(network, dt_us=SOURCE_US, method=method)

    torch.testing.assert_close(same(counts), network(counts))


def test_rates_divide_what_comes_in_and_nothing_else() -> None:
    network = _network()
    finer = adapt(network, dt_us=1000, method=Method.NONE_RATES)
    rng = torch.Generator().manual_seed(9)
    counts = torch.randint(0, 4, (30, 7, 6), generator=rng).double()

    torch.testing.assert_close(finer(counts), network(counts * 4.0))


def test_tau_gives_each_neuron_its_own_equation_at_the_new_step() -> None:
    network = _network()
    neurons = network.spiking_layers()[0].neurons

    mapped = adapt(network, dt_us=1000, method=Method.TAU).spiking_layers()[0].neurons

    torch.testing.assert_close(mapped.at(0.001).a, neurons.at(0.001).a)
    torch.testing.assert_close(mapped.at(0.001).r, neurons.at(0.001).r)


def test_the_network_that_is_adapted_keeps_its_weights() -> None:
    network = _network()
    before = copy.deepcopy(network.state_dict())

    adapt(network, dt_us=1000)

    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_there_and_back_again_by_the_integral_is_the_same_network() -> None:
    network = _network()
    back = adapt(adapt(network, dt_us=1000), dt_us=SOURCE_US)
    counts = torch.ones(30, 2, 6, dtype=torch.float64)

    torch.testing.assert_close(back(counts), network(counts))


def test_mapped_neurons_cannot_be_scaled_by_time_constants_they_do_not_name() -> None:
    mapped = adapt(_network(), dt_us=1000)

    with pytest.raises(AdaptationError, match=r"at a time step of 1 ms .* nothing to say at 2 ms"):
        adapt(mapped, dt_us=2000, method=Method.TAU)


@pytest.mark.parametrize("dt_us", [3, 0, SOURCE_US * 1001])
def test_a_ratio_beyond_reason_is_refused(dt_us: int) -> None:
    with pytest.raises(AdaptationError, match="between 1/1000 and 1000"):
        adapt(_network(), dt_us=dt_us)
