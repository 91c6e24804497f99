# SPDX-License-Identifier: Apache-2.0
"""`airloop snn import` and `export`: what they write and tell, and what they refuse."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner, Result

from host.cli.snn_interchange import export_nir, import_nir
from snn.errors import InterchangeError, NetworkFileError
from snn.interchange.reading import read
from snn.interchange.writing import write
from snn.network import NetworkSettings, SpikingNetwork

nir = pytest.importorskip("nir", reason="the package nir is not installed: the extra nir")

INPUTS = torch.poisson(torch.full((80, 4, 5), 0.9), torch.Generator().manual_seed(4)).numpy()
Command = Callable[..., Result]


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> dict[Path, tuple[SpikingNetwork, dict[str, Any]]]:
    """Keep networks in a dictionary instead of files."""
    kept: dict[Path, tuple[SpikingNetwork, dict[str, Any]]] = {}
    module = ModuleType("snn.network_file")

    def save(path: Path, network: SpikingNetwork, record: dict[str, Any]) -> None:
        kept[path] = (network, record)

    def load(path: Path) -> SpikingNetwork:
        return kept[path][0]

    vars(module).update(save=save, load=load)
    monkeypatch.setitem(sys.modules, "snn.network_file", module)
    return kept


@pytest.fixture
def command() -> Command:
    """Return a call of a command line with both commands."""
    app = typer.Typer()
    app.command("import")(import_nir)
    app.command("export")(export_nir)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(one) for one in arguments])

    return call


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


def test_a_network_is_exported_and_imported_again(
    tmp_path: Path, saved: dict[Path, tuple[SpikingNetwork, dict[str, Any]]], command: Command
) -> None:
    network = a_network("lif")
    saved[tmp_path / "net.pt"] = (network, {})

    exported = command("export", tmp_path / "net.pt", "--out", tmp_path / "net.nir")
    imported = command("import", tmp_path / "net.nir", "--out", tmp_path / "back.pt")

    assert (exported.exit_code, imported.exit_code) == (0, 0), imported.output
    assert "5 -> 6 -> 3, feed-forward, in steps of 4000 us" in exported.output
    assert "not compared with its authors' spikes" in imported.output
    back, record = saved[tmp_path / "back.pt"]
    assert torch.equal(back(torch.from_numpy(INPUTS)), network(torch.from_numpy(INPUTS)))
    assert record["imported_from"] == "net.nir"
    assert record["verified"] is None


def test_a_wrong_time_constant_is_named_no_network_is_written_and_the_named_factor_mends_it(
    tmp_path: Path, saved: dict[Path, tuple[SpikingNetwork, dict[str, Any]]], command: Command
) -> None:
    file = foreign_file(tmp_path / "model.nir", tau_s=0.1)
    spikes = reference_file(tmp_path / "spikes.npz", kept=0.9)
    options = ["--dt-us", 1000, "--steps", "euler", "--reset", "subtract"]
    options += ["--reference", spikes, "--out", tmp_path / "net.pt", "--json", tmp_path / "a.json"]

    wrong = command("import", file, *options)
    saved_after_wrong = dict(saved)
    right = command("import", file, *options, "--tau-scale", 0.1)

    assert wrong.exit_code == 1
    assert "give --tau-scale 0.1" in wrong.output.replace("\n", " ")
    assert saved_after_wrong == {}
    assert right.exit_code == 0, right.output
    told = json.loads((tmp_path / "a.json").read_text())
    assert told["verified"] is True
    assert told["agreement"] == 1.0
    assert (told["dt_us"], told["sizes"]) == (1000, [5, 3, 3])
    assert (tmp_path / "net.pt") in saved


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param([], "neither its time step nor its reset", id="nothing given"),
        pytest.param(["--reset", "subtract"], "the time step is missing", id="no step"),
        pytest.param(["--dt-us", 1000], "does not say what a spike does", id="no reset"),
        pytest.param(["--tool", "brain"], "no tool called 'brain'", id="no such tool"),
    ],
)
@pytest.mark.usefixtures("saved")
def test_what_is_missing_is_asked_for(
    tmp_path: Path, command: Command, options: list[object], words: str
) -> None:
    file = foreign_file(tmp_path / "model.nir", tau_s=0.01)

    answer = command("import", file, *options, "--out", tmp_path / "net.pt")

    assert answer.exit_code == 1
    assert words in str(answer.exception)


@pytest.mark.usefixtures("saved")
def test_a_reference_of_another_form_is_refused_with_its_file(
    tmp_path: Path, command: Command
) -> None:
    file = foreign_file(tmp_path / "model.nir", tau_s=0.01)
    np.savez(tmp_path / "flat.npz", inputs=np.zeros((3, 5)), spikes=np.zeros((3, 3)))

    options = ["--tool", "snntorch", "--out", tmp_path / "net.pt"]
    answer = command("import", file, *options, "--reference", tmp_path / "flat.npz")

    assert isinstance(answer.exception, NetworkFileError)
    assert "flat.npz" in str(answer.exception)


def test_neurons_that_nir_does_not_have_need_the_option(
    tmp_path: Path, saved: dict[Path, tuple[SpikingNetwork, dict[str, Any]]], command: Command
) -> None:
    saved[tmp_path / "net.pt"] = (a_network("adlif"), {})
    arguments = ("export", tmp_path / "net.pt", "--out", tmp_path / "net.nir")

    refused, allowed = command(*arguments), command(*arguments, "--allow-extension")

    assert isinstance(refused.exception, InterchangeError)
    assert "--allow-extension" in str(refused.exception)
    assert allowed.exit_code == 0
    back = read(tmp_path / "net.nir")
    assert torch.equal(back(torch.from_numpy(INPUTS)), a_network("adlif")(torch.from_numpy(INPUTS)))


def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nir", None)

    with pytest.raises(InterchangeError, match=r"airloop\[nir\]"):
        write(tmp_path / "net.nir", a_network("lif"))
