# SPDX-License-Identifier: Apache-2.0
"""`airloop snn import` and `export`: what they write and tell, and what they refuse."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from host.cli.app import execute
from snn import network_file
from snn.errors import InterchangeError
from snn.interchange.reading import read
from snn.interchange.writing import write
from snn.network import NetworkSettings, SpikingNetwork

nir = pytest.importorskip("nir", reason="the package nir is not installed: the extra nir")

INPUTS = torch.poisson(torch.full((80, 4, 5), 0.9), torch.Generator().manual_seed(4)).numpy()


def a_network(neuron: str) -> SpikingNetwork:
    settings = NetworkSettings(num_inputs=5, num_classes=3, hidden=(6,), neuron=neuron)
    return SpikingNetwork(settings, dt_us=4000, rng=torch.Generator().manual_seed(1)).eval()


def foreign_file(path: Path, *, tau_s: float) -> Path:
    """Write what a tool of Euler steps of 1 ms might, with whatever time constant."""
    weights = np.random.default_rng(1).uniform(-0.5, 1.5, (3, 5))
    ones = np.ones(3)
    neurons = nir.LIF(tau=tau_s * ones, r=10 * ones, v_leak=0 * ones, v_threshold=ones)
    nir.write(path, nir.NIRGraph.from_list(nir.Linear(weights), neurons))
    return path


def reference_file(path: Path, *, kept: float) -> Path:
    """Write the spikes of `foreign_file` by an independent loop, what a step keeps given."""
    weights = np.random.default_rng(1).uniform(-0.5, 1.5, (3, 5))
    v = np.zeros((4, 3))
    spikes = np.zeros((80, 4, 3))
    for t, input_ in enumerate(INPUTS):
        v = kept * v + (1.0 - kept) * 10.0 * (input_ @ weights.T)
        spikes[t] = v > 1.0
        v = v - spikes[t]
    np.savez(path, inputs=INPUTS, spikes=spikes)
    return path


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was printed since, without the breaks of lines."""
    captured = capsys.readouterr()
    return (captured.out + captured.err).replace("\n", " ")


def test_a_network_is_exported_and_imported_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, file, back = a_network("lif"), tmp_path / "net.nir", tmp_path / "back.snn.npz"
    network_file.save(tmp_path / "net.snn.npz", network, record={})

    assert execute(["snn", "export", str(tmp_path / "net.snn.npz"), "--out", str(file)]) == 0
    assert execute(["snn", "import", str(file), "--out", str(back)]) == 0

    words = said(capsys)
    assert "5 -> 6 -> 3, feed-forward, in steps of 4000 us" in words
    assert "not compared with its authors' spikes" in words
    read_back = network_file.load(back)
    inputs = torch.from_numpy(INPUTS)
    assert torch.equal(read_back.network(inputs), network(inputs))
    assert read_back.record["imported_from"] == "net.nir"
    assert read_back.record["verified"] is None


def test_a_wrong_time_constant_is_named_no_network_is_written_and_the_named_factor_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(foreign_file(tmp_path / "model.nir", tau_s=0.1))
    spikes = str(reference_file(tmp_path / "spikes.npz", kept=0.9))
    out, told = tmp_path / "net.snn.npz", tmp_path / "a.json"
    options = ["--dt-us", "1000", "--steps", "euler", "--reset", "subtract"]
    options += ["--reference", spikes, "--out", str(out), "--json", str(told)]

    assert execute(["snn", "import", file, *options]) == 1
    assert "give --tau-scale 0.1" in said(capsys)
    assert not out.exists()
    assert execute(["snn", "import", file, *options, "--tau-scale", "0.1"]) == 0

    written = json.loads(told.read_text())
    assert written["verified"] is True
    assert written["agreement"] == 1.0
    assert (written["dt_us"], written["sizes"]) == (1000, [5, 3, 3])
    assert network_file.load(out).network.dt_us == 1000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param([], "neither its time step nor its reset", id="nothing given"),
        pytest.param(["--reset", "subtract"], "the time step is missing", id="no step"),
        pytest.param(["--dt-us", "1000"], "does not say what a spike does", id="no reset"),
        pytest.param(["--tool", "brain"], "no tool called 'brain'", id="no such tool"),
    ],
)
def test_what_is_missing_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    file = str(foreign_file(tmp_path / "model.nir", tau_s=0.01))

    assert execute(["snn", "import", file, *options, "--out", str(tmp_path / "n.snn.npz")]) == 2

    assert words in said(capsys)


def test_a_reference_of_another_form_is_refused_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(foreign_file(tmp_path / "model.nir", tau_s=0.01))
    flat = tmp_path / "flat.npz"
    np.savez(flat, inputs=np.zeros((3, 5)), spikes=np.zeros((3, 3)))
    options = ["--tool", "snntorch", "--out", str(tmp_path / "n.snn.npz")]

    assert execute(["snn", "import", file, *options, "--reference", str(flat)]) == 2

    assert "flat.npz" in said(capsys)


def test_neurons_that_nir_does_not_have_need_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, source = a_network("adlif"), tmp_path / "net.snn.npz"
    network_file.save(source, network, record={})
    arguments = ["snn", "export", str(source), "--out", str(tmp_path / "net.nir")]

    assert execute(arguments) == 2
    assert "--allow-extension" in said(capsys)
    assert execute([*arguments, "--allow-extension"]) == 0

    inputs = torch.from_numpy(INPUTS)
    assert torch.equal(read(tmp_path / "net.nir")(inputs), network(inputs))


def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nir", None)

    with pytest.raises(InterchangeError, match=r"airloop\[nir\]"):
        write(tmp_path / "net.nir", a_network("lif"))
