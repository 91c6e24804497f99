# SPDX-License-Identifier: Apache-2.0
"""NIR's neurons at a time step against the solution of their equations, and what is refused."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

from snn.errors import InterchangeError
from snn.interchange.chain import in_order
from snn.interchange.conventions import Convention, Reset, Steps, given
from snn.interchange.folding import parts
from snn.interchange.graph import Graph, from_fields
from snn.interchange.reading import layers_of, network_of
from snn.interchange.verification import spikes_of
from snn.neurons.state_space import StateSpace

DT_S = 1e-3
EXACT = Convention(dt_us=1000, reset=Reset.SUBTRACT)
EULER = Convention(dt_us=1000, steps=Steps.EULER, reset=Reset.SUBTRACT)
LIF: Mapping[str, Any] = {
    "type": "LIF", "tau": [0.01, 0.02], "r": [2.0, 1.0], "v_leak": [0.0, 0.0],
    "v_threshold": [1.0, 1.0], "v_reset": [0.0, 0.0],
}  # fmt: skip
AFFINE: Mapping[str, Any] = {
    "type": "Affine", "weight": [[1.0, 0.5, 0.0], [0.2, -1.0, 0.3]], "bias": [0.1, 0.2],
}  # fmt: skip


def a_graph(*chain: Mapping[str, Any], edges: list[tuple[str, str]] | None = None) -> Graph:
    """Return a chain of nodes called n0, n1, ... between `input` and `output`."""
    names = [f"n{i}" for i in range(len(chain))]
    nodes = {"input": {"type": "Input"}, "output": {"type": "Output"}}
    nodes |= {name: dict(one) for name, one in zip(names, chain, strict=True)}
    path = ["input", *names, "output"]
    return from_fields(
        {
            "type": "NIRGraph",
            "nodes": nodes,
            "edges": [*itertools.pairwise(path), *(edges or [])],
        }
    )


def of(node: Mapping[str, Any], convention: Convention = EXACT) -> StateSpace:
    weights = {"type": "Linear", "weight": np.eye(2)}
    (layer,) = layers_of(parts(in_order(a_graph(weights, node))), convention)
    return layer.neurons.at(convention.dt_s)


def test_an_exact_step_is_the_solution_for_an_input_that_is_held() -> None:
    neuron = of(LIF)

    decay = np.exp(-DT_S / np.array([0.01, 0.02]))
    np.testing.assert_allclose(neuron.a[0, 0].numpy(), decay, rtol=1e-15)
    np.testing.assert_allclose(neuron.b[0].numpy(), (1.0 - decay) * [2.0, 1.0], rtol=1e-14)
    np.testing.assert_allclose(neuron.r[0].numpy(), -decay, rtol=1e-15)


def test_an_euler_step_decays_by_dt_over_tau() -> None:
    neuron = of(LIF, EULER)

    np.testing.assert_allclose(neuron.a[0, 0].numpy(), [0.9, 0.95], rtol=1e-15)
    np.testing.assert_allclose(neuron.b[0].numpy(), [0.2, 0.05], rtol=1e-15)


def test_a_cuba_lif_step_is_the_solution_of_both_equations() -> None:
    tau_syn, tau_mem, r, w_in = 0.004, 0.01, 2.0, 3.0
    neuron = of(
        {"type": "CubaLIF", "tau_syn": tau_syn, "tau_mem": tau_mem, "r": r, "w_in": w_in,
         "v_leak": 0.0, "v_threshold": 1.0}
    )  # fmt: skip

    fast, slow = math.exp(-DT_S / tau_syn), math.exp(-DT_S / tau_mem)
    coupling = r * tau_syn / (tau_mem - tau_syn) * (slow - fast)
    current = w_in * (1.0 - fast)
    potential = r * w_in * (1.0 - slow) - w_in * coupling
    assert neuron.a[:, :, 1].tolist() == [
        [pytest.approx(slow), pytest.approx(coupling)], [0.0, pytest.approx(fast)],
    ]  # fmt: skip
    assert neuron.b[:, 1].tolist() == [pytest.approx(potential), pytest.approx(current)]
    assert neuron.r[:, 1].tolist() == [pytest.approx(-slow), 0.0]


def test_a_leaky_integrator_in_front_of_lif_is_its_synapse() -> None:
    synapse = {"type": "LI", "tau": 0.004, "r": 3.0, "v_leak": 0.0}
    weights = {"type": "Linear", "weight": np.eye(2)}
    cuba = {"type": "CubaLIF", "tau_syn": 0.004, "tau_mem": LIF["tau"], "r": LIF["r"],
            "w_in": 3.0, "v_leak": 0.0, "v_threshold": 1.0}  # fmt: skip

    (layer,) = layers_of(parts(in_order(a_graph(weights, synapse, LIF))), EXACT)

    assert torch.equal(layer.neurons.at(DT_S).a, of(cuba).a)
    assert torch.equal(layer.neurons.at(DT_S).b, of(cuba).b)


def test_an_integrator_keeps_all_and_takes_a_current_or_a_jump() -> None:
    neuron = {"type": "IF", "r": [2.0, 3.0], "v_threshold": [1.0, 1.0]}

    held = of(neuron)
    jumping = of(neuron, Convention(dt_us=1000, reset=Reset.SUBTRACT, has_jumps=True))

    assert held.a[0, 0].tolist() == [1.0, 1.0]
    assert held.b[0].tolist() == [pytest.approx(0.002), pytest.approx(0.003)]
    assert jumping.b[0].tolist() == [2.0, 3.0]


def test_leak_and_unequal_thresholds_change_units_and_no_spike() -> None:
    shifted = {**LIF, "v_leak": [0.5, -1.0], "v_threshold": [1.5, 1.0], "v_reset": [0.5, -1.0]}
    inputs = torch.poisson(torch.full((200, 4, 2), 0.9), torch.Generator().manual_seed(1)).numpy()
    weights = {"type": "Linear", "weight": 1.5 * np.eye(2)}

    found = spikes_of(a_graph(weights, shifted), EXACT, inputs).numpy()

    v = np.broadcast_to(np.array([0.5, -1.0]), (4, 2)).copy()
    decay = np.exp(-DT_S / np.array([0.01, 0.02]))
    expected = []
    for input_ in inputs:
        rest = np.array([0.5, -1.0]) + np.array([2.0, 1.0]) * 1.5 * input_
        v = rest + decay * (v - rest)
        spikes = v > np.array([1.5, 1.0])
        v = v - spikes * np.array([1.0, 2.0])
        expected.append(spikes)
    assert 0 < np.sum(expected) < found.size
    np.testing.assert_array_equal(found > 0.0, np.array(expected))


def test_linear_nodes_in_a_row_are_one_matrix() -> None:
    scale = {"type": "Scale", "scale": [2.0, 3.0, 4.0]}
    after = {"type": "Scale", "scale": [10.0, 100.0]}

    (layer,) = layers_of(parts(in_order(a_graph(scale, AFFINE, after, LIF))), EXACT)

    np.testing.assert_allclose(layer.weights, [[20.0, 15.0, 0.0], [40.0, -300.0, 120.0]])
    np.testing.assert_allclose(layer.bias, [1.0, 20.0])


def recurrent_graphs() -> list[Graph]:
    """Return the same loop written flat, and as a graph inside the graph."""
    back = {"type": "Affine", "weight": [[0.0, 0.3], [0.1, 0.0]], "bias": [0.05, 0.0]}
    flat = a_graph(AFFINE, LIF)
    nodes = {name: dict(node.fields) for name, node in flat.nodes.items()} | {"back": back}
    edges = [*flat.edges, ("n1", "back"), ("back", "n1")]
    inner = {
        "type": "NIRGraph",
        "nodes": {"in": {"type": "Input"}, "lif": dict(LIF), "back": back,
                  "out": {"type": "Output"}},
        "edges": [("in", "lif"), ("lif", "back"), ("back", "lif"), ("lif", "out")],
    }  # fmt: skip
    return [
        from_fields({"type": "NIRGraph", "nodes": nodes, "edges": edges}),
        a_graph(AFFINE, inner),
    ]


def test_a_loop_is_read_flat_or_as_a_graph_inside_and_its_bias_is_not_lost() -> None:
    flat, nested = (network_of(graph, EXACT) for graph in recurrent_graphs())

    (layer,) = flat.spiking_layers()
    assert layer.bias.tolist() == [pytest.approx(0.15), pytest.approx(0.2)]
    assert layer.recurrent is not None
    left, right = flat.state_dict(), nested.state_dict()
    assert all(torch.equal(left[key], right[key]) for key in left)


ONE = {"type": "Linear", "weight": [[1.0, 0.5, 0.0]]}
CONV = {"type": "Conv2d", "weight": np.zeros((1, 1, 2, 2))}
LI = {"type": "LI", "tau": 0.01, "r": 1.0, "v_leak": 0.0}


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        pytest.param((AFFINE, CONV, LIF), "kind Conv2d, which is not read", id="a convolution"),
        pytest.param((AFFINE,), "no node of this graph spikes", id="no neurons"),
        pytest.param((AFFINE, LIF, LI), "is read out: scores are rates", id="a leaky read-out"),
        pytest.param((AFFINE, LI, AFFINE, LIF), "follows the leaky integrator", id="LI in between"),
        pytest.param((AFFINE, {**LIF, "tau": [0.01] * 3}), "tau has 3 values for 2", id="sizes"),
        pytest.param((AFFINE, {**LIF, "tau": [0.01, -1.0]}), "constant is -1 s", id="negative"),
        pytest.param((AFFINE, {**LIF, "r": [1.0, math.inf]}), "r must be finite", id="infinite"),
        pytest.param((AFFINE, {**LIF, "v_threshold": [0.0, 1.0]}), "above the leak", id="height"),
        pytest.param((AFFINE, {**LIF, "tau": [1e-5, 1e-5]}), "--tau-scale 1000", id="Norse's"),
        pytest.param((AFFINE, {"type": "LIF", "tau": [0.01]}), "has no v_threshold", id="missing"),
        pytest.param((AFFINE, {**LIF, "tau": "ten"}), "tau holds no numbers", id="words"),
        pytest.param(
            (ONE, {"type": "Scale", "scale": [1.0, 2.0]}, LIF), "takes 2 values, and 1", id="scale"
        ),
        pytest.param((ONE, AFFINE, LIF), "takes 3 values, and 1 come", id="one value"),
        pytest.param((LIF, AFFINE, LIF), "takes 3 values, and 2 come", id="widths"),
    ],
)
def test_what_cannot_be_expressed_is_refused_in_words(
    chain: tuple[Mapping[str, Any], ...], words: str
) -> None:
    with pytest.raises(InterchangeError, match=words):
        network_of(a_graph(*chain), EXACT)


def test_a_graph_that_branches_is_refused_with_the_node() -> None:
    with pytest.raises(InterchangeError, match="node n0 feeds n1, n2"):
        network_of(a_graph(AFFINE, LIF, AFFINE, edges=[("n0", "n2")]), EXACT)


def test_an_edge_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(InterchangeError, match="names elsewhere, which is no node"):
        a_graph(AFFINE, LIF, edges=[("n0", "elsewhere")])


def test_a_file_that_says_no_step_or_no_reset_is_asked_for_both() -> None:
    with pytest.raises(InterchangeError, match="neither its time step nor its reset"):
        network_of(a_graph(AFFINE, LIF))
    with pytest.raises(InterchangeError, match="does not say what a spike does"):
        network_of(a_graph(AFFINE, LIF), Convention(dt_us=1000))


def test_what_a_tool_writes_for_its_own_step_is_scaled_to_that_of_the_model() -> None:
    found = given(tool_name="snntorch", dt_us=1000)

    assert found == Convention(
        dt_us=1000, steps=Steps.EULER, reset=Reset.SUBTRACT_LATE, tau_scale=10.0
    )
    assert given(tool_name="snntorch", dt_us=1000, tau_scale=1.0) != found
    assert given() is None
    norse = given(tool_name="norse", reset=Reset.SUBTRACT)
    assert norse == Convention(dt_us=1000, steps=Steps.EULER, reset=Reset.SUBTRACT, has_jumps=True)
