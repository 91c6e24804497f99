# SPDX-License-Identifier: Apache-2.0
"""The names of receivers: only what can be built is offered."""

import subprocess
import sys
from pathlib import Path

import pytest

from receivers import catalog
from receivers.errors import UnknownReceiverError, UnsuitedReceiverError
from receivers.joined import ESTIMATES, JOIN, OF_SLOTS
from receivers.neural import weights_file
from receivers.neural.neural_receiver import NeuralReceiver
from receivers.neural.sizes import SIZES
from tests.receivers.untrained import save_untrained
from tests.sim.scenarios import scenario

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that stands for the one of the shipped weights, with those of size XS."""
    monkeypatch.setattr(weights_file, "_FOLDER", tmp_path)
    save_untrained(tmp_path / "xs.npz", size="xs")
    return tmp_path


def test_only_sizes_with_weights_are_offered(shipped: Path) -> None:
    assert dict(catalog.networks()) == {"neural-xs": shipped / "xs.npz"}
    alone = tuple(name for name in catalog.names() if JOIN not in name)
    assert alone == ("lmmse", "ls-linear", "ls-nearest", "neural-xs", "perfect-csi")


def test_every_estimate_is_joined_with_every_detector_of_slots() -> None:
    joined = {name for name in catalog.names() if JOIN in name}

    assert "ls-linear+k-best" in joined
    assert len(joined) == len(ESTIMATES) * len(OF_SLOTS)


def test_the_small_network_ships_with_its_weights() -> None:
    assert "neural-s" in catalog.names()
    assert catalog.networks()["neural-s"].is_file()


@pytest.mark.usefixtures("shipped")
def test_every_receiver_that_is_offered_can_be_built() -> None:
    fitting = scenario(antennas={"num_rx_ant": 2})

    built = {name: catalog.build(name, fitting) for name in catalog.names()}

    assert isinstance(built["neural-xs"], NeuralReceiver)


@pytest.mark.usefixtures("shipped")
def test_a_size_without_weights_is_answered_with_how_to_get_and_use_them() -> None:
    with pytest.raises(UnknownReceiverError) as caught:
        catalog.build("neural-m", scenario())

    assert str(caught.value) == (
        "no receiver called 'neural-m'; the weights of this size are not here. Train them: "
        "airloop train m, then name the file instead: results/train/m.npz. There are: "
        f"{', '.join(catalog.names())}"
    )


def test_a_size_that_does_not_exist_is_no_matter_of_training() -> None:
    with pytest.raises(UnknownReceiverError, match="no receiver called 'neural-z'; there are: "):
        catalog.build("neural-z", scenario())


@pytest.mark.usefixtures("shipped")
def test_weights_for_two_antennas_refuse_a_link_with_one() -> None:
    with pytest.raises(UnsuitedReceiverError, match=r"= \(2, 1, 2\), the scenario has \(1, 1, 2\)"):
        catalog.build("neural-xs", scenario(antennas={"num_rx_ant": 1}))


def test_names_and_sizes_are_known_without_pytorch() -> None:
    script = (
        "import sys\nfrom receivers import catalog\nfrom receivers.neural import weights_file\n"
        "weights_file.read(catalog.networks()['neural-s'])\n"
        "print('torch' in sys.modules, len(catalog.names()))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )

    heavy, number = done.stdout.split()
    assert heavy == "False"
    assert int(number) >= 5


def test_sizes_grow() -> None:
    widths = [size.num_channels * len(size.blocks) for size in SIZES.values()]

    assert widths == sorted(set(widths))
