# SPDX-License-Identifier: Apache-2.0
"""Networks on disk: what was written is read, and what is damaged is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch

from snn.adaptation.adapt import adapt
from snn.errors import NetworkFileError
from snn.network import NetworkSettings, SpikingNetwork
from snn.network_file import load, save


def _network(*, is_recurrent: bool = True) -> SpikingNetwork:
    settings = NetworkSettings(
        num_inputs=6, num_classes=3, hidden=(8, 5), is_recurrent=is_recurrent
    )
    return SpikingNetwork(settings, dt_us=4000, rng=torch.Generator().manual_seed(1)).eval()


@pytest.mark.parametrize("dt_us", [4000, 1000], ids=["trained", "mapped"])
def test_a_network_is_read_as_it_was_written(tmp_path: Path, dt_us: int) -> None:
    network = _network() if dt_us == 4000 else adapt(_network(), dt_us=dt_us)
    network.spiking_layers()[1].neurons.threshold = 0.25
    path = tmp_path / "mine.snn.npz"
    counts = torch.ones(20, 4, 6)

    save(path, network, record={"seed": 3})
    read = load(path)

    assert torch.equal(read.network(counts), network(counts))
    assert (read.network.dt_us, read.network.settings) == (dt_us, network.settings)
    assert read.record == {"seed": 3}
    assert len(read.sha256) == 64
    assert [one.name for one in tmp_path.iterdir()] == ["mine.snn.npz"]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NetworkFileError, match=r"no such file\. Train it: airloop snn train"):
        load(tmp_path / "none.snn.npz")


def test_every_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.snn.npz"
    save(path, _network(), record={})
    content = path.read_bytes()

    for length in range(0, len(content), 97):
        path.write_bytes(content[:length])
        with pytest.raises(NetworkFileError, match="no spiking network, or damaged"):
            load(path)


def test_arrays_that_do_not_fit_the_header_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.snn.npz"
    save(path, _network(), record={})
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["layers.0.weights"] = arrays["layers.0.weights"][:, :-1]
    np.savez(path, **arrays)

    with pytest.raises(NetworkFileError, match="no spiking network, or damaged"):
        load(path)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    path, network = tmp_path / "mine.snn.npz", _network()
    with torch.no_grad():
        network.readout.bias[0] = torch.nan
    save(path, network, record={})

    with pytest.raises(NetworkFileError, match="the training diverged"):
        load(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"hidden":[8,5]', '"hidden":[]'),
        ('"hidden":[8,5]', '"hidden":[0,5]'),
        ('"num_inputs":6', '"num_inputs":0'),
        ('"thresholds":[1.0,1.0]', '"thresholds":[1.0,NaN]'),
        ('"dt_us":4000', '"dt_us":0'),
        ('"format":1', '"format":2'),
    ],
)
def test_a_header_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "mine.snn.npz"
    save(path, _network(), record={})
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    header = str(arrays["header"])
    assert old in header
    arrays["header"] = np.array(header.replace(old, new))
    np.savez(path, allow_pickle=False, **arrays)

    with pytest.raises(NetworkFileError, match="no spiking network, or damaged"):
        load(path)
