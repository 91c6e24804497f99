# SPDX-License-Identifier: Apache-2.0
"""The neural receiver: planes by definition, sizes within bars, training that resumes exactly."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from boards.graph import Graph
from receivers.errors import ReceiverError, WeightsError
from receivers.neural import deployment
from receivers.neural.network import Network, count_parameters, macs_per_element
from receivers.neural.neural_receiver import NeuralReceiver
from receivers.neural.planes import num_planes, planes
from receivers.neural.settings import TrainingSettings
from receivers.neural.sizes import SIZES
from receivers.neural.training import Progress, train
from receivers.neural.weights import Weights, load, save
from receivers.neural.weights_file import read
from sim.link import Link
from tests.receivers.untrained import save_untrained
from tests.sim.scenarios import scenario

MADE = scenario(antennas={"num_rx_ant": 2}, channel={"kind": "rayleigh", "power_control": True})
SETTINGS = TrainingSettings(
    size="xxs",
    scenarios=("test",),
    num_steps=4,
    num_rounded_steps=2,
    batch_size=2,
    min_snr_db=0.0,
    max_snr_db=10.0,
)


def _network(size: str) -> Network:
    return Network(SIZES[size], num_planes=num_planes(2), num_bits_per_symbol=2)


def _train(
    settings: TrainingSettings, checkpoint: Path, *, stop_after: int | None = None
) -> Weights:
    def watch(progress: Progress) -> None:
        if progress.step == stop_after:
            raise KeyboardInterrupt

    return train(settings, (MADE,), checkpoint=checkpoint, on_progress=watch)


def test_planes_are_what_they_are_said_to_be() -> None:
    seen = Link(MADE, seed=1).slots(0, 3, snr_db=5.0).observation

    made = planes(seen)

    rms = (seen.y.abs() ** 2).mean((1, 2, 3)).sqrt()[:, None, None]
    mask = seen.pilot_mask[:, 0]
    torch.testing.assert_close(made[:, 0], seen.y[:, 0].real / rms)
    torch.testing.assert_close(made[:, 3], seen.y[:, 1].imag / rms)
    at_pilots = (seen.y[:, 1] / rms / seen.pilots[:, 0])[mask]
    torch.testing.assert_close(made[:, 7][mask], at_pilots.imag)
    assert made[:, 4:8].permute(0, 2, 3, 1)[~mask].abs().max() == 0.0
    torch.testing.assert_close(made[:, 8], mask.float())
    torch.testing.assert_close(made[:, 9, 0, 0], torch.log10(seen.no / rms[:, 0, 0] ** 2))
    assert made.shape[1] == num_planes(2)


def test_planes_do_not_change_with_the_receivers_gain() -> None:
    seen = Link(MADE, seed=1).slots(0, 2, snr_db=5.0).observation

    louder = replace(seen, y=10.0 * seen.y, no=100.0 * seen.no)

    torch.testing.assert_close(planes(louder), planes(seen), rtol=1e-4, atol=1e-5)


def test_size_s_fits_its_bars_and_the_smallest_two_million_macs() -> None:
    assert count_parameters(_network("s")) <= 20_000
    assert macs_per_element(_network("s")) * 14 * 64 <= 12_000_000
    assert macs_per_element(_network("xxs")) * 14 * 64 <= 2_000_000


@pytest.mark.slow
def test_rounded_activations_stand_on_a_grid_of_256_steps_and_come_close() -> None:
    torch.manual_seed(1)
    network = _network("xxs").eval()
    seen = planes(Link(MADE, seed=1).slots(0, 2, snr_db=5.0).observation)
    with torch.inference_mode():
        exact = network(seen)
        network.round_activations(on=True)
        rounded = network(seen)
        in_steps = 255.0 * network.rounding(seen) / (seen.amax() - seen.amin())
        network.round_activations(on=False)
        again = network(seen)

    assert (in_steps - in_steps.round()).abs().max() < 1e-3
    assert 64 < len(torch.unique(in_steps.round())) <= 257
    assert 0.0 < (rounded - exact).square().mean() < 0.01 * exact.var()
    assert torch.equal(again, exact)


@pytest.mark.parametrize("stop_after", [3, 5], ids=["plain", "rounded"])
def test_an_interrupted_training_ends_in_the_same_weights(stop_after: int, tmp_path: Path) -> None:
    whole = _train(SETTINGS, tmp_path / "whole.ckpt")
    with pytest.raises(KeyboardInterrupt):
        _train(SETTINGS, tmp_path / "resumed.ckpt", stop_after=stop_after)

    resumed = _train(SETTINGS, tmp_path / "resumed.ckpt")

    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
    assert whole.record == resumed.record


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    few = replace(SETTINGS, num_steps=1)
    _train(few, tmp_path / "a.ckpt")

    with pytest.raises(ReceiverError, match="other settings"):
        _train(replace(few, seed=2), tmp_path / "a.ckpt")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"cfo_hz": 100.0, "adc_bits": 8}, id="radios"),
        pytest.param({"pilot_wrong_share": 0.1, "pilot_saturated_share": 0.1}, id="pilots"),
    ],
)
def test_training_with_impairments_is_refused(tmp_path: Path, values: dict[str, float]) -> None:
    impaired = MADE.with_values({f"impairments.{key}": value for key, value in values.items()})

    named = ", ".join(values)
    with pytest.raises(ReceiverError, match=rf"scenario test has impairments \({named}\)"):
        train(SETTINGS, (MADE, impaired), checkpoint=tmp_path / "a.ckpt", on_progress=print)

    assert not (tmp_path / "a.ckpt").exists()


@pytest.mark.slow
def test_training_learns_to_receive(tmp_path: Path) -> None:
    losses: list[float] = []
    settings = replace(SETTINGS, num_steps=500, num_rounded_steps=0, batch_size=6)

    train(
        settings,
        (MADE,),
        checkpoint=tmp_path / "a.ckpt",
        on_progress=lambda p: losses.append(p.loss),
    )

    assert losses[0] > 0.69  # chance is ln 2
    assert losses[-1] < 0.35


def test_weights_survive_the_disk_within_half_precision(tmp_path: Path) -> None:
    torch.manual_seed(1)
    kept = Weights(
        size="xxs",
        num_rx_ant=2,
        num_bits_per_symbol=2,
        network=_network("xxs").eval(),
        record={"seed": 1},
    )

    save(tmp_path / "w.npz", kept)
    back = load(tmp_path / "w.npz")

    assert back.record == {"seed": 1}
    for name, value in kept.network.state_dict().items():
        torch.testing.assert_close(back.network.state_dict()[name], value, rtol=1e-3, atol=1e-3)


def _rewritten(path: Path, **changes: NDArray[np.generic] | None) -> None:
    """Replace arrays of a file of weights; None leaves one out."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files} | changes
    kept = {name: array for name, array in arrays.items() if array is not None}
    np.savez_compressed(path, allow_pickle=False, **kept)


def _flip_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


HEADER = '{"size": "%s", "num_rx_ant": %s, "num_bits_per_symbol": 2, "training": {}}'


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        pytest.param(lambda p: p.unlink(), "no such file", id="gone"),
        pytest.param(lambda p: p.write_text("hello"), "not a weights file", id="text"),
        pytest.param(lambda p: p.write_bytes(b""), "not a weights file", id="empty"),
        pytest.param(lambda p: np.savez(p, a=np.zeros(2)), "not a weights file", id="other arrays"),
        pytest.param(
            lambda p: p.write_bytes(p.read_bytes()[:-900]), "not a weights file", id="cut short"
        ),
        pytest.param(_flip_byte, "not a weights file", id="flipped byte"),
        pytest.param(
            lambda p: _rewritten(p, record=np.array("[1]")), "not a weights file", id="no header"
        ),
        pytest.param(
            lambda p: _rewritten(p, record=np.array(HEADER % ("xxs", '"two"'))),
            "not a weights file",
            id="no number",
        ),
        pytest.param(
            lambda p: _rewritten(p, record=np.array(HEADER % ("huge", 2))),
            "it is of size 'huge'; there are: xxs, xs, s, m, l",
            id="unknown size",
        ),
        pytest.param(
            lambda p: _rewritten(p, record=np.array(HEADER % ("xs", 2))),
            "the arrays are not those of size xs",
            id="other size",
        ),
        pytest.param(
            lambda p: _rewritten(p, **{"head.bias": None}),
            "the arrays are not those of size xxs",
            id="missing array",
        ),
        pytest.param(
            lambda p: _rewritten(p, **{"head.bias": np.full(2, np.nan)}),
            "some weights are no numbers",
            id="diverged",
        ),
    ],
)
def test_a_damaged_weights_file_is_named(
    tmp_path: Path, damage: Callable[[Path], object], complaint: str
) -> None:
    path = tmp_path / "w.npz"
    save_untrained(path)
    load(path)
    damage(path)

    with pytest.raises(WeightsError) as caught:
        load(path)

    assert str(caught.value).startswith(f"{path}: {complaint}")
    assert "\n" not in str(caught.value)


def test_weights_that_have_changed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    save_untrained(path)
    before = read(path).sha256
    save_untrained(path, seed=2)

    with pytest.raises(WeightsError, match="the file has changed since the run began"):
        load(path, sha256=before)


class _ReferenceExecutor:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        from boards import reference

        return reference.run(self._graph, x)


def test_the_int8_network_follows_the_float_one() -> None:
    torch.manual_seed(1)
    weights = Weights(
        size="xxs", num_rx_ant=2, num_bits_per_symbol=2, network=_network("xxs").eval(), record={}
    )
    seen = Link(MADE, seed=1).slots(0, 4, snr_db=5.0).observation
    graph = deployment.int8_graph(weights, MADE)

    quantized = deployment.QuantizedReceiver(graph, _ReferenceExecutor(graph)).detect(seen)

    exact = NeuralReceiver(weights.network).detect(seen)
    error = float(((quantized - exact) ** 2).mean() / (exact - exact.mean()).pow(2).mean())
    assert error < 0.05
