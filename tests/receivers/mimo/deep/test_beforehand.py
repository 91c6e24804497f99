# SPDX-License-Identifier: Apache-2.0
"""Training beforehand: it lowers the loss, it resumes exactly, and its files come back whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from receivers.errors import ReceiverError, WeightsError
from receivers.mimo.deep.beforehand import BeforehandSettings, train_beforehand
from receivers.mimo.deep.kinds import build
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.training import Progress
from receivers.mimo.deep.weights import Weights, load, save
from receivers.mimo.deep.weights_file import KINDS, read
from receivers.weights_archive import write_archive
from sim.mimo.mixture import MixtureSettings, draw
from sim.modulation import Modulation

MIXTURE = MixtureSettings(modulation=Modulation.QPSK, num_rx_ant=4, max_num_tx=4, num_elements=16)
SETTINGS = BeforehandSettings(kind="lora-unfolded", mixture=MIXTURE, num_steps=6)


def _train(
    checkpoint: Path, settings: BeforehandSettings = SETTINGS, *, stop_after: int | None = None
) -> Weights:
    def watch(progress: Progress) -> None:
        if progress.step == stop_after:
            raise KeyboardInterrupt

    return train_beforehand(settings, checkpoint=checkpoint, on_progress=watch)


def _untrained() -> Weights:
    network = build("gnn-sic", Modulation.QAM16)
    return Weights(kind="gnn-sic", modulation=Modulation.QAM16, network=network, record={"seed": 4})


@pytest.mark.parametrize("stop_after", [2, 6, 8], ids=["first-phase", "between", "second-phase"])
def test_an_interrupted_training_ends_as_one_that_was_not(stop_after: int, tmp_path: Path) -> None:
    whole = _train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        _train(tmp_path / "parts", stop_after=stop_after)

    resumed = _train(tmp_path / "parts")

    assert resumed.record == whole.record
    for name, value in whole.network.state_dict().items():
        assert torch.equal(resumed.network.state_dict()[name], value)


def test_the_first_phase_leaves_the_factors_alone_and_the_second_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _train(tmp_path / "c", stop_after=6)
    before = torch.load(tmp_path / "c", weights_only=True)["network"]

    after = _train(tmp_path / "c").network.state_dict()

    assert not any(before[name].any() for name in before if name.endswith("up"))
    assert not [name for name, value in after.items() if torch.equal(value, before[name])]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns(kind: str, tmp_path: Path) -> None:
    settings = replace(SETTINGS, kind=kind, num_steps=60, mixture=replace(MIXTURE, num_elements=64))
    losses: list[float] = []
    block = draw(replace(MIXTURE, num_elements=500), seed=9, batch=0)

    trained = train_beforehand(
        settings, checkpoint=tmp_path / "c", on_progress=lambda told: losses.append(told.loss)
    )

    assert losses[-1] < losses[0]
    wrong = Deep(trained.network).detect(block.problem).labels != block.sent.labels
    first = build(kind, Modulation.QPSK)
    assert wrong.sum() <= (Deep(first).detect(block.problem).labels != block.sent.labels).sum()


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    _train(tmp_path / "c")

    with pytest.raises(ReceiverError, match=r"other settings\. Remove it, or name another"):
        _train(tmp_path / "c", replace(SETTINGS, seed=2))


def test_a_damaged_checkpoint_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"no checkpoint")

    with pytest.raises(ReceiverError, match="is no checkpoint, or damaged") as caught:
        _train(tmp_path / "c")

    assert "\n" not in str(caught.value)


def test_weights_come_back_from_their_file_but_for_float16(tmp_path: Path) -> None:
    path, weights = tmp_path / "w.npz", _untrained()

    save(path, weights)
    found = load(path)

    assert (found.kind, found.modulation, found.record) == ("gnn-sic", "16qam", {"seed": 4})
    for name, value in weights.network.state_dict().items():
        torch.testing.assert_close(found.network.state_dict()[name], value, rtol=1e-3, atol=1e-6)
    assert read(path).header.size == weights.network.size


def test_a_file_knows_the_size_of_its_network(tmp_path: Path) -> None:
    network = build("gnn-sic", Modulation.QPSK, size={"num_iterations": 2, "num_hidden": 8})
    weights = Weights(kind="gnn-sic", modulation=Modulation.QPSK, network=network, record={})

    save(tmp_path / "w.npz", weights)

    assert load(tmp_path / "w.npz").network.num_parameters == network.num_parameters


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_weights_is_named_in_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    path.write_bytes(content)

    with pytest.raises(WeightsError, match=r"w\.npz: not a weights file, or damaged") as caught:
        load(path)

    assert "airloop train-detector --help" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_damaged_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    save(path, _untrained())
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))

    with pytest.raises(WeightsError, match=r"w\.npz"):
        load(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "transformer"}, "it is of a detector 'transformer'; there are: filtered-unf"),
        ({"modulation": "qpsk"}, "its arrays are not those of its header"),
        ({"modulation": "8psk"}, "its arrays are not those of its header"),
        ({"size": {"num_hidden": 5}}, "its arrays are not those of its header"),
        ({"size": {"depth": 5}}, "its arrays are not those of its header"),
        ({"size": 3}, "not a weights file, or damaged"),
        ({"training": 3}, "not a weights file, or damaged"),
    ],
)
def test_a_foreign_header_is_refused(
    change: dict[str, object], problem: str, tmp_path: Path
) -> None:
    path, weights = tmp_path / "w.npz", _untrained()
    header = {"kind": "gnn-sic", "modulation": "16qam", "size": dict(weights.network.size)}
    arrays = {name: value.numpy() for name, value in weights.network.state_dict().items()}

    write_archive(path, {**header, "training": {}, **change}, arrays)

    with pytest.raises(WeightsError, match=problem) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    weights = _untrained()
    weights.network.state_dict()["pair.weight"][0, 0] = np.nan
    save(tmp_path / "w.npz", weights)

    with pytest.raises(WeightsError, match="the training diverged"):
        load(tmp_path / "w.npz")


def test_a_missing_file_tells_how_to_train_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no such file\. Train it: airloop train-detector"):
        load(tmp_path / "w.npz")
