# SPDX-License-Identifier: Apache-2.0
"""A network written as NIR and read again is the same, bit for bit, or is refused in words."""

from pathlib import Path

import numpy as np
import pytest
import torch

from snn.adaptation.adapt import adapt
from snn.errors import InterchangeError, NetworkFileError
from snn.interchange import extension, graph
from snn.interchange.conventions import Convention, Reset
from snn.interchange.reading import read
from snn.interchange.verification import Reference, load_reference, verify
from snn.interchange.writing import write
from snn.network import NetworkSettings, SpikingNetwork
from snn.neurons.state_space import StateSpace

nir = pytest.importorskip("nir", reason="the package nir is not installed: the extra nir")


def a_network(neuron: str, *, is_recurrent: bool = False, dt_us: int = 4000) -> SpikingNetwork:
    settings = NetworkSettings(
        num_inputs=7, num_classes=4, hidden=(9, 6), neuron=neuron, is_recurrent=is_recurrent
    )
    return SpikingNetwork(settings, dt_us=dt_us, rng=torch.Generator().manual_seed(3)).eval()


def coefficients(network: SpikingNetwork) -> tuple[StateSpace, ...]:
    """Return the neurons of each layer at the network's step."""
    return tuple(layer.neurons.at(network.dt_s) for layer in network.spiking_layers())


def require_same(found: SpikingNetwork, network: SpikingNetwork) -> None:
    """Expect every number, the settings and the scores of random counts to be equal."""
    assert (found.settings, found.dt_us) == (network.settings, network.dt_us)
    left, right = found.state_dict(), network.state_dict()
    assert left.keys() == right.keys()
    assert all(torch.equal(left[key], right[key]) for key in left)
    assert all(left[key].dtype == right[key].dtype for key in left)
    for ours, theirs in zip(coefficients(found), coefficients(network), strict=True):
        assert torch.equal(ours.a, theirs.a)
        assert torch.equal(ours.b, theirs.b)
        assert torch.equal(ours.r, theirs.r)
        assert (ours.threshold, ours.dt_s) == (theirs.threshold, theirs.dt_s)
    counts = torch.poisson(torch.full((50, 5, 7), 0.7), torch.Generator().manual_seed(1))
    counts = counts.to(left["readout.weight"].dtype)
    assert torch.equal(found(counts), network(counts))


@pytest.mark.parametrize("is_recurrent", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("precision", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_lif_comes_back_bit_for_bit(
    tmp_path: Path, precision: torch.dtype, *, is_recurrent: bool
) -> None:
    network = a_network("lif", is_recurrent=is_recurrent).to(precision)

    write(tmp_path / "lif.nir", network)

    require_same(read(tmp_path / "lif.nir"), network)


@pytest.mark.parametrize("is_recurrent", [False, True], ids=["feed-forward", "recurrent"])
def test_adlif_comes_back_bit_for_bit_where_the_extension_is_allowed(
    tmp_path: Path, *, is_recurrent: bool
) -> None:
    network = a_network("adlif", is_recurrent=is_recurrent)

    write(tmp_path / "adlif.nir", network, allow_extension=True)

    require_same(read(tmp_path / "adlif.nir"), network)


@pytest.mark.parametrize("neuron", ["lif", "adlif"])
def test_a_network_mapped_to_another_step_comes_back_bit_for_bit(
    tmp_path: Path, neuron: str
) -> None:
    network = adapt(a_network(neuron, is_recurrent=True), dt_us=1000)

    write(tmp_path / "mapped.nir", network, allow_extension=True)

    require_same(read(tmp_path / "mapped.nir"), network)


def test_what_no_other_tool_could_read_is_refused_unless_allowed(tmp_path: Path) -> None:
    with pytest.raises(InterchangeError, match="no node for neurons of the kind AdLif"):
        write(tmp_path / "adlif.nir", a_network("adlif"))

    assert not (tmp_path / "adlif.nir").exists()


def test_the_package_nir_reads_a_lif_file_with_its_step_and_refuses_the_extension(
    tmp_path: Path,
) -> None:
    network = a_network("lif", is_recurrent=True)
    write(tmp_path / "lif.nir", network)
    write(tmp_path / "adlif.nir", a_network("adlif"), allow_extension=True)

    graph = nir.read(tmp_path / "lif.nir")

    assert int(graph.metadata["dt_us"]) == 4000
    assert graph.metadata["reset"] == "subtract"
    neurons = graph.nodes["layer_0_neurons"]
    assert isinstance(neurons, nir.LIF)
    first = network.spiking_layers()[0]
    assert np.array_equal(neurons.tau, first.neurons.state_dict()["tau_s"].numpy())
    assert np.array_equal(graph.nodes["layer_0_weights"].weight, first.weights.detach().numpy())
    with pytest.raises(AssertionError):
        nir.read(tmp_path / "adlif.nir")


def test_the_mean_of_what_comes_out_of_the_graph_is_the_score(tmp_path: Path) -> None:
    network = a_network("lif").double()
    write(tmp_path / "lif.nir", network)
    graph = nir.read(tmp_path / "lif.nir")
    counts = torch.poisson(torch.full((40, 3, 7), 0.9), torch.Generator().manual_seed(2)).double()
    spikes = counts
    for layer in network.spiking_layers():
        spikes = layer(spikes, dt_s=network.dt_s)
    out = graph.nodes["readout"]

    read_out = spikes.detach().numpy() @ out.weight.T + out.bias

    np.testing.assert_allclose(read_out.mean(axis=0), network(counts).detach().numpy(), rtol=1e-12)


def test_a_read_out_that_was_changed_since_is_read_as_it_is_now(tmp_path: Path) -> None:
    network = a_network("lif")
    write(tmp_path / "lif.nir", network)
    graph = nir.read(tmp_path / "lif.nir")
    graph.nodes["readout"].weight = np.zeros_like(graph.nodes["readout"].weight)
    nir.write(tmp_path / "changed.nir", graph)

    assert not read(tmp_path / "changed.nir").readout.weight.any()


def test_neurons_that_were_changed_since_are_read_as_they_are_now(tmp_path: Path) -> None:
    network = a_network("lif")
    write(tmp_path / "lif.nir", network)
    graph = nir.read(tmp_path / "lif.nir")
    graph.nodes["layer_0_neurons"].r *= 2.0
    nir.write(tmp_path / "changed.nir", graph)

    changed = coefficients(read(tmp_path / "changed.nir"))[0]

    own = coefficients(network)[0]
    torch.testing.assert_close(changed.b, 2.0 * own.b)
    torch.testing.assert_close(changed.r, own.r)


def test_a_step_that_differs_from_the_files_own_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "lif.nir", a_network("lif"))

    with pytest.raises(InterchangeError, match="a step is 4000 us"):
        read(tmp_path / "lif.nir", Convention(dt_us=1000, reset=Reset.SUBTRACT))


def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(tmp_path: Path) -> None:
    write(tmp_path / "whole.nir", a_network("lif"))
    whole = (tmp_path / "whole.nir").read_bytes()
    cut = tmp_path / "cut.nir"

    for num_bytes in range(0, len(whole), 997):
        cut.write_bytes(whole[:num_bytes])
        with pytest.raises(NetworkFileError, match=r"cut\.nir"):
            read(cut)


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.nir"
    broken.write_bytes(b"no HDF5")

    with pytest.raises(NetworkFileError, match=r"broken\.nir: this is no NIR file"):
        read(broken)
    with pytest.raises(NetworkFileError, match="there is no such file"):
        read(tmp_path / "missing.nir")


@pytest.mark.parametrize("dt_us", [4000, 1000], ids=["trained", "mapped"])
def test_a_file_of_ours_is_verified_by_its_own_spikes(tmp_path: Path, dt_us: int) -> None:
    settings = NetworkSettings(num_inputs=7, num_classes=4, hidden=(9,), neuron="adlif")
    trained = SpikingNetwork(settings, dt_us=4000, rng=torch.Generator().manual_seed(3)).eval()
    network = trained if dt_us == 4000 else adapt(trained, dt_us=dt_us)
    write(tmp_path / "own.nir", network, allow_extension=True)
    counts = torch.poisson(torch.full((200, 4, 7), 9.0), torch.Generator().manual_seed(2))
    with torch.no_grad():
        spikes = network.spikes(counts)[-1]
    found = graph.load(tmp_path / "own.nir")
    note = extension.note(found.metadata)
    assert note is not None

    verdict = verify(
        found, note.convention, Reference(inputs=counts.numpy(), spikes=spikes.numpy())
    )

    assert int(spikes.sum()) > 0
    assert verdict.is_same


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"\x93NUMPY"])
def test_a_damaged_reference_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "spikes.npz").write_bytes(content)

    with pytest.raises(NetworkFileError, match=r"spikes\.npz: expected the arrays inputs"):
        load_reference(tmp_path / "spikes.npz")


def test_the_time_scale_of_a_network_is_kept(tmp_path: Path) -> None:
    settings = NetworkSettings(
        num_inputs=7, num_classes=2, hidden=(4,), neuron="lif", time_scale=1e-3
    )
    network = SpikingNetwork(settings, dt_us=8, rng=torch.Generator().manual_seed(3)).eval()

    write(tmp_path / "fast.nir", network)

    require_same(read(tmp_path / "fast.nir"), network)


def test_a_file_that_cannot_be_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(path: Path, graph: object) -> None:
        path.write_bytes(b"half")
        raise OSError("no space")

    path, network = tmp_path / "mine.nir", a_network("lif")
    write(path, network)
    monkeypatch.setattr(nir, "write", breaks)

    with pytest.raises(InterchangeError, match="cannot be written: no space"):
        write(path, a_network("lif", dt_us=8000))

    assert read(path).dt_us == network.dt_us
    assert [one.name for one in tmp_path.iterdir()] == ["mine.nir"]
