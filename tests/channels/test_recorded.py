# SPDX-License-Identifier: Apache-2.0
"""Recorded channels: what is written is what is played, and nothing else is."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from channels import catalog, recording, scenario
from channels.errors import RecordingError
from channels.grid import Grid
from channels.scenario import Scenario

GRID = Grid(num_symbols=3, num_subcarriers=8)


def random_response(num_slots: int = 5) -> recording.Response:
    """Return complex64 [num_slots, 2, 1, 3, 8]."""
    rng = np.random.default_rng(1)
    parts = rng.standard_normal((2, num_slots, 2, 1, 3, 8))
    return np.asarray(parts[0] + 1j * parts[1], dtype=np.complex64)


def scenario_of(folder: Path, file: str, extra: str = "") -> Scenario:
    """Return a scenario, written beside the recording that it plays."""
    path = folder / "play.toml"
    path.write_text(
        f"""
        schema = 1
        title = "Playback"
        grid = {{ num_symbols = 3, num_subcarriers = 8 }}
        antennas = {{ num_rx_ant = 2 }}
        snr = {{ kind = "snr_db", values = [0] }}
        link = {{ dmrs = {{ symbols = [0] }} }}
        [channel]
        kind = "recorded"
        recording = "{file}"
        {extra}
        """
    )
    return scenario.load(path)


@pytest.mark.parametrize("file", ["street.npz", "street.h5"])
def test_recording_plays_what_was_saved(tmp_path: Path, file: str) -> None:
    h = random_response()
    recording.save(tmp_path / file, h, grid=GRID, source="a test")

    played = catalog.build(scenario_of(tmp_path, file), seed=1).response(1, 3)

    assert torch.equal(played, torch.from_numpy(h[1:4]))


def test_simulated_channel_survives_being_recorded(tmp_path: Path) -> None:
    simulated = scenario.load("urban-slow").with_values(
        {
            "grid.num_symbols": 3,
            "grid.num_subcarriers": 8,
            "grid.cyclic_prefix_length": 0,
            "link.dmrs": {"symbols": [0]},
        }
    )
    h = catalog.build(simulated, seed=1).response(0, 4)
    recording.save(tmp_path / "sim.npz", h.numpy(), grid=simulated.grid, source="a test")

    played = catalog.build(scenario_of(tmp_path, "sim.npz"), seed=9).response(0, 4)

    assert torch.equal(played, h)


def test_recording_ends_unless_it_loops(tmp_path: Path) -> None:
    h = random_response()
    recording.save(tmp_path / "a.npz", h, grid=GRID, source="a test")
    once = catalog.build(scenario_of(tmp_path, "a.npz"), seed=1)
    looped = catalog.build(scenario_of(tmp_path, "a.npz", "loop = true"), seed=1)

    again = looped.response(4, 3)

    assert torch.equal(again, torch.from_numpy(h[[4, 0, 1]]))
    with pytest.raises(RecordingError, match=r"slot 6 is not there, it has 5; set channel\.loop"):
        once.response(4, 3)


def test_power_control_acts_on_recordings_too(tmp_path: Path) -> None:
    recording.save(tmp_path / "a.npz", 3 * random_response(), grid=GRID, source="a test")
    chosen = scenario_of(tmp_path, "a.npz", "power_control = true")

    h = catalog.build(chosen, seed=1).response(0, 5)

    torch.testing.assert_close(h.abs().square().mean((1, 2, 3, 4)), torch.ones(5))


def test_other_numerology_is_refused(tmp_path: Path) -> None:
    other = Grid(num_symbols=3, num_subcarriers=8, subcarrier_spacing_hz=15e3)
    recording.save(tmp_path / "a.npz", random_response(), grid=other, source="a test")

    with pytest.raises(RecordingError) as caught:
        catalog.build(scenario_of(tmp_path, "a.npz"), seed=1)

    problem = "was recorded with subcarrier_spacing_hz = 15000.0; scenario has 30000.0"
    assert str(caught.value) == f"{tmp_path / 'a.npz'}: {problem}"


def test_damaged_recording_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    recording.save(file, random_response(), grid=GRID, source="a test")
    content = bytearray(file.read_bytes())
    content[200] ^= 1
    file.write_bytes(content)

    with pytest.raises(RecordingError, match=r"a\.npz: its SHA-256 is not the one in the sidecar"):
        recording.load(file)


def test_missing_sidecar_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    recording.save(file, random_response(), grid=GRID, source="a test")
    file.with_suffix(".json").unlink()

    with pytest.raises(RecordingError, match=r"a\.json: the sidecar of a\.npz cannot be read"):
        recording.load(file)


def test_malformed_sidecar_is_named_with_its_key(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    recording.save(file, random_response(), grid=GRID, source="a test")
    sidecar = file.with_suffix(".json")
    sidecar.write_text(sidecar.read_text().replace('"source"', '"origin"'))

    with pytest.raises(RecordingError, match=r"a\.json: source: this key is missing"):
        recording.load(file)


def test_unknown_format_and_wrong_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"unknown suffix '\.mat'; there are: \.npz, \.h5"):
        recording.save(tmp_path / "a.mat", random_response(), grid=GRID, source="a test")
    with pytest.raises(RecordingError, match="does not end in 14 symbols and 8 subcarriers"):
        recording.save(
            tmp_path / "a.npz", random_response(), grid=Grid(num_subcarriers=8), source="a test"
        )


def test_recording_that_is_empty_or_not_finite_is_refused(tmp_path: Path) -> None:
    broken = random_response()
    broken[2, 0, 0, 1, 3] = np.nan

    for h in (broken, random_response(0)):
        with pytest.raises(RecordingError, match=r"a\.npz: the responses are none or not all"):
            recording.save(tmp_path / "a.npz", h, grid=GRID, source="a test")

    assert not (tmp_path / "a.npz").exists()


def test_recording_of_others_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    recording.save(file, random_response(), grid=GRID, source="a test")
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    np.savez(file, h=np.full((5, 2, 1, 3, 8), np.inf, dtype=np.complex64))
    after = hashlib.sha256(file.read_bytes()).hexdigest()
    sidecar = file.with_suffix(".json")
    sidecar.write_text(sidecar.read_text().replace(before, after))

    with pytest.raises(RecordingError, match="not all responses are finite"):
        recording.load(file)
