# SPDX-License-Identifier: Apache-2.0
"""Files that snnTorch and Norse write: the spikes of their authors' models, or a diagnosis.

Models are in float32 and sum in another order than we do, so that one spike in a thousand may fall
to the other side of its threshold; each test draws some thousand spikes.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from snn.errors import InterchangeError
from snn.interchange import graph
from snn.interchange.conventions import TOOLS, Convention, Reset, Steps
from snn.interchange.reading import network_of, read
from snn.interchange.verification import Reference, verify
from snn.interchange.writing import write
from snn.network import NetworkSettings, SpikingNetwork

nir = pytest.importorskip("nir", reason="the package nir is not installed: the extra nir")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of nirtorch, in both peers

NUM_INPUTS, NUM_HIDDEN, NUM_OUT = 12, 20, 8
INPUTS = torch.poisson(torch.full((150, 6, NUM_INPUTS), 0.8), torch.Generator().manual_seed(5))
SNNTORCH = TOOLS["snntorch"].convention
NORSE = replace(TOOLS["norse"].convention, reset=Reset.SUBTRACT)


def full(num_neurons: int, value: float) -> Tensor:
    """Return one value a neuron, spread by a tenth, so that a mixed-up order shows."""
    return value * (1.0 + 0.1 * torch.linspace(-1.0, 1.0, num_neurons))


def weights(num_inputs: int, num_neurons: int, *, gain: float) -> nn.Linear:
    """Return weights that bring most neurons above their threshold now and then."""
    made = nn.Linear(num_inputs, num_neurons)
    with torch.no_grad():
        made.weight.add_(0.06).mul_(gain)
    return made


def snntorch_model(kind: str, *, reset: str = "subtract") -> nn.Module:
    snntorch = pytest.importorskip("snntorch", reason="snnTorch is not installed: the extra peers")

    def neurons(num_neurons: int) -> Any:
        settings = {
            "beta": full(num_neurons, 0.85),
            "threshold": torch.ones(num_neurons),
            "init_hidden": True,
            "reset_mechanism": reset,
        }
        if kind == "Synaptic":
            return snntorch.Synaptic(alpha=full(num_neurons, 0.6), **settings)
        if kind == "RLeaky":
            return snntorch.RLeaky(linear_features=num_neurons, **settings)
        return snntorch.Leaky(**settings)

    gain = 0.5 if kind == "Synaptic" else 1.2
    torch.manual_seed(7)
    return nn.Sequential(
        weights(NUM_INPUTS, NUM_HIDDEN, gain=gain),
        neurons(NUM_HIDDEN),
        weights(NUM_HIDDEN, NUM_OUT, gain=gain),
        neurons(NUM_OUT),
    )


def snntorch_file(path: Path, model: nn.Module) -> Path:
    export = pytest.importorskip("snntorch.export_nir")
    with torch.no_grad():
        nir.write(path, export.export_to_nir(model, INPUTS[0, 0]))
    for layer in model.modules():
        getattr(layer, "reset_mem", lambda: None)()
    return path


def norse_model(*, is_subtracting: bool = True) -> nn.Module:
    norse = pytest.importorskip("norse.torch", reason="Norse is not installed: the extra peers")
    box = pytest.importorskip("norse.torch.functional.lif_box")
    resets = pytest.importorskip("norse.torch.functional.reset")

    def neurons(num_neurons: int) -> nn.Module:
        settings = box.LIFBoxParameters(
            tau_mem_inv=full(num_neurons, 100.0),
            v_th=torch.ones(num_neurons),
            v_leak=torch.zeros(num_neurons),
            reset_method=resets.reset_subtract if is_subtracting else resets.reset_value,
        )
        cell: nn.Module = norse.LIFBoxCell(settings)
        return cell

    torch.manual_seed(8)
    model: nn.Module = norse.SequentialState(
        weights(NUM_INPUTS, NUM_HIDDEN, gain=12.0),
        neurons(NUM_HIDDEN),
        weights(NUM_HIDDEN, NUM_OUT, gain=12.0),
        neurons(NUM_OUT),
    )
    return model


def norse_file(path: Path, model: nn.Module) -> Path:
    norse = pytest.importorskip("norse.torch")
    with torch.no_grad():
        nir.write(path, norse.to_nir(model, INPUTS[0, 0]))
    return path


def reference(step: Callable[[Tensor], Tensor]) -> Reference:
    with torch.no_grad():
        spikes = torch.stack([step(input_) for input_ in INPUTS])
    assert 1000 < int(spikes.sum()) < 0.9 * spikes.numel()
    return Reference(inputs=INPUTS.numpy(), spikes=spikes.numpy())


def norse_reference(model: nn.Module) -> Reference:
    state: Any = None

    def step(input_: Tensor) -> Tensor:
        nonlocal state
        spikes, state = model(input_, state)
        found: Tensor = spikes
        return found

    return reference(step)


@pytest.mark.parametrize("kind", ["Leaky", "RLeaky", "Synaptic"])
def test_a_file_of_snntorch_gives_the_spikes_of_its_model(tmp_path: Path, kind: str) -> None:
    model = snntorch_model(kind)
    file = snntorch_file(tmp_path / "model.nir", model)
    theirs = reference(model)

    verdict = verify(graph.load(file), SNNTORCH, theirs)
    network = read(file, SNNTORCH)
    spikes = torch.from_numpy(theirs.inputs)
    for layer in network.spiking_layers():
        spikes = layer(spikes, dt_s=network.dt_s)

    assert verdict.is_same, verdict.message
    assert (spikes.detach().numpy() != theirs.spikes).mean() < 1e-3
    rates = torch.from_numpy(theirs.spikes).mean(dim=0)
    torch.testing.assert_close(network(INPUTS), rates, rtol=0.0, atol=0.03)


def test_the_step_that_snntorch_assumes_is_undone(tmp_path: Path) -> None:
    model = snntorch_model("Leaky")
    file = snntorch_file(tmp_path / "model.nir", model)
    theirs = reference(model)

    at_1_ms = replace(SNNTORCH, dt_us=1000)
    verdict = verify(graph.load(file), at_1_ms, theirs)

    assert not verdict.is_same
    assert verdict.best is not None
    assert verdict.best == replace(at_1_ms, tau_scale=10.0)
    assert "0.1 times what they were" in verdict.message
    assert "snnTorch 1.0.0" in verdict.message
    assert "--tau-scale 10" in verdict.message
    assert verify(graph.load(file), verdict.best, theirs).is_same


def test_a_model_that_resets_to_zero_is_found_out(tmp_path: Path) -> None:
    model = snntorch_model("Leaky", reset="zero")
    file = snntorch_file(tmp_path / "model.nir", model)

    verdict = verify(graph.load(file), SNNTORCH, reference(model))

    assert not verdict.is_same
    assert verdict.best == replace(SNNTORCH, reset=Reset.TO_VALUE)
    assert "sets the model's membrane to a value" in verdict.message
    with pytest.raises(InterchangeError, match="has no counterpart here"):
        read(file, verdict.best)


def test_the_time_constants_that_norse_writes_are_refused_with_the_factor(tmp_path: Path) -> None:
    file = norse_file(tmp_path / "model.nir", norse_model())

    with pytest.raises(InterchangeError, match="if the file is its, give --tau-scale 1000"):
        read(file, NORSE)


def test_a_file_of_norse_gives_the_spikes_of_its_model_at_the_factor_that_is_named(
    tmp_path: Path,
) -> None:
    model = norse_model()
    file = norse_file(tmp_path / "model.nir", model)
    theirs = norse_reference(model)

    verdict = verify(graph.load(file), NORSE, theirs)

    assert not verdict.is_same
    assert verdict.best is not None
    assert verdict.best == replace(NORSE, tau_scale=verdict.best.tau_scale)
    assert verdict.best.tau_scale == pytest.approx(1000.0)
    assert "0.001 times what they were" in verdict.message
    assert "norse#411" in verdict.message
    assert verify(graph.load(file), verdict.best, theirs).is_same
    network_of(graph.load(file), verdict.best)


def test_norse_resets_to_a_value_unless_told_otherwise(tmp_path: Path) -> None:
    model = norse_model(is_subtracting=False)
    file = norse_file(tmp_path / "model.nir", model)
    right = replace(NORSE, tau_scale=1000.0)

    verdict = verify(graph.load(file), right, norse_reference(model))

    assert not verdict.is_same
    assert verdict.best == replace(right, reset=Reset.TO_VALUE)
    with pytest.raises(InterchangeError, match="the file does not say what a spike does"):
        read(file, replace(right, reset=None))


def test_spikes_that_nothing_explains_are_told_as_such(tmp_path: Path) -> None:
    model = snntorch_model("Leaky")
    file = snntorch_file(tmp_path / "model.nir", model)
    theirs = reference(model)
    others = Reference(inputs=theirs.inputs, spikes=theirs.spikes[::-1].copy())

    verdict = verify(graph.load(file), SNNTORCH, others)

    assert verdict.best is None
    assert "no known slip explains it" in verdict.message


def test_a_reference_without_spikes_tells_nothing(tmp_path: Path) -> None:
    model = snntorch_model("Leaky")
    file = snntorch_file(tmp_path / "model.nir", model)
    silent = Reference(inputs=INPUTS.numpy(), spikes=np.zeros((150, 6, NUM_OUT), np.float32))

    with pytest.raises(InterchangeError, match="has no spike"):
        verify(graph.load(file), Convention(dt_us=100, steps=Steps.EULER), silent)


def test_norse_and_snntorch_read_our_files(tmp_path: Path) -> None:
    norse = pytest.importorskip("norse.torch", reason="Norse is not installed: the extra peers")
    snntorch = pytest.importorskip("snntorch.import_nir", reason="snnTorch is not installed")
    settings = NetworkSettings(num_inputs=NUM_INPUTS, num_classes=4, hidden=(9, 6), neuron="lif")
    network = SpikingNetwork(settings, dt_us=4000, rng=torch.Generator().manual_seed(3))
    write(tmp_path / "ours.nir", network)
    file = nir.read(tmp_path / "ours.nir")

    in_norse = norse.from_nir(file, dt=network.dt_s)
    in_snntorch = snntorch.import_from_nir(file)

    for theirs in (in_norse, in_snntorch):
        first = theirs.layer_0_weights
        assert theirs(INPUTS[0])[0].shape == (6, 4)
        assert first.weight.shape == (9, NUM_INPUTS)
    neurons = network.spiking_layers()[0].neurons.state_dict()
    torch.testing.assert_close(in_norse.layer_0_neurons.p.tau_mem_inv, 1.0 / neurons["tau_s"])
