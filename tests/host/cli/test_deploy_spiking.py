# SPDX-License-Identifier: Apache-2.0
"""`airloop deploy` of a spiking network: what it shows, and each way in which it is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boards import catalog
from boards.board import Board
from host.cli import snn_names
from host.cli.app import execute
from host.spiking.deployment_record import Mapped, SpikingDeploymentRecord
from host.spiking.preparing import divided
from host.windows import TwinWindows, WindowRun
from snn import network_file
from snn.adaptation.adapt import adapt
from snn.adaptation.methods import Method
from snn.data.encoding import CACHE
from snn.evaluation import evaluate
from snn.events import event_file
from snn.events.event_file import Origin
from tests.host.built_firmware import built
from tests.host.cli.test_deploy import Captured, complaint_of
from tests.host.pointwise import compiled, pointwise_graph
from tests.host.spiking.small_network import small_network, write_network, write_sweeps
from tests.host.spiking.spoken import write_spoken
from tests.snn.recordings import sweeps

NETWORK, DATA = "mine.snn.npz", "sweeps.npz"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_network(Path(NETWORK))
    write_sweeps(Path(DATA))


def deployed(*arguments: str) -> SpikingDeploymentRecord:
    """Deploy, and return the record."""
    options = ("--board", "native", "--json", "record.json", *arguments)
    assert execute(["deploy", NETWORK, *options]) == 0
    return SpikingDeploymentRecord.model_validate_json(Path("record.json").read_text())


@pytest.mark.usefixtures("native")
def test_a_spiking_network_is_quantized_shown_recordings_and_agrees_with_its_twin(
    capsys: Captured,
) -> None:
    record = deployed("--data", DATA, "--alone")

    said = capsys.readouterr().out
    assert record.kind == "spiking-deployment"
    assert record.origin.sha256 == network_file.load(Path(NETWORK)).sha256
    assert (record.origin.mappings, record.dt_us) == ((), 4000)
    assert (record.data.shown.num_recordings, record.data.quantized_with.num_recordings) == (12, 12)
    assert (record.data.shown.split, record.weight_bits, record.num_unequal) == (None, 8, 0)
    assert "native against its twin: 0 of 12 recordings differ, 0 of 132 scores and tallies" in said
    assert "mine in steps of 4 ms; weights of 8 bits, quantized with 12 recordings" in said
    for caption in ("Recordings", "Told right, of 12", "Layers, one recording", "Memory"):
        assert caption in said


@pytest.mark.usefixtures("native")
def test_the_splits_of_a_set_are_for_quantizing_and_for_showing() -> None:
    network = small_network(num_inputs=64, num_classes=10)
    write_network(Path(NETWORK), network)
    write_spoken(Path("spoken"))

    record = deployed("--data", "spoken", "--recordings", "6", "--alone")
    same = deployed("--data", "spoken", "--split", "train", "--recordings", "6", "--alone")

    assert (record.data.quantized_with.split, record.data.shown.split) == ("train", "test")
    assert (record.data.quantized_with.num_recordings, len(record.recordings)) == (12, 6)
    assert (same.data.quantized_with.split, same.data.shown.split) == ("train", "train")
    assert (same.data.quantized_with.num_recordings, len(same.recordings)) == (6, 6)
    assert any(CACHE.iterdir())


@pytest.mark.usefixtures("native")
def test_a_network_is_mapped_to_another_time_step_and_quantized_there() -> None:
    shown = divided(sweeps(24, seed=5), num_shown=12).shown
    expected = evaluate(adapt(small_network(), dt_us=2000), shown).predicted

    record = deployed("--data", DATA, "--dt", "2", "--weight-bits", "4", "--alone")
    same = deployed("--data", DATA, "--dt", "4", "--alone")
    other = deployed("--data", DATA, "--dt", "2", "--method", "euler", "--alone")

    assert record.dt_us == 2000
    assert record.origin.mappings == (Mapped(from_dt_us=4000, method=Method.INTEGRAL),)
    assert (record.weight_bits, record.duration_us, record.num_unequal) == (4, 100_000, 0)
    assert record.layers[0].weight_bits == 4
    told = [one.told_by_float for one in record.recordings]
    assert told == [shown.class_names[k] for k in expected]
    assert same.origin.mappings == ()
    assert [one.method for one in other.origin.mappings] == [Method.EULER]
    assert other.hardware.image_hash != record.hardware.image_hash


@pytest.mark.usefixtures("native")
def test_a_file_that_was_mapped_before_tells_where_it_comes_from(capsys: Captured) -> None:
    assert execute(["snn", "adapt", NETWORK, "--dt", "2", "--out", "fine.snn.npz"]) == 0
    told = ("--data", DATA, "--board", "native", "--json", "record.json", "--alone")

    assert execute(["deploy", "fine.snn.npz", *told, "--dt", "1", "--method", "euler"]) == 0

    record = SpikingDeploymentRecord.model_validate_json(Path("record.json").read_text())
    assert record.origin.mappings == (
        Mapped(from_dt_us=4000, method=Method.INTEGRAL),
        Mapped(from_dt_us=2000, method=Method.EULER),
    )
    said = " ".join(capsys.readouterr().out.split())
    assert "steps of 1 ms, mapped from 4 ms by integral, mapped from 2 ms by euler" in said


@pytest.mark.usefixtures("native")
def test_a_set_that_is_made_here_needs_no_path() -> None:
    write_network(Path(NETWORK), small_network(num_inputs=16, num_classes=8))

    record = deployed("--kind", "iq-modulation", "--dt", "0.064", "--recordings", "2", "--alone")

    assert (record.data.name, len(record.recordings)) == ("iq-modulation", 2)


def test_a_board_that_is_not_its_twin_ends_with_exit_code_1(
    native: Board, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    run = TwinWindows.run

    def another(twin: TwinWindows, counts: np.ndarray[Any, Any]) -> WindowRun:
        found = run(twin, counts)
        return replace(found, scores=found.scores + 1)

    monkeypatch.setattr(TwinWindows, "run", another)

    assert execute(["deploy", NETWORK, "--data", DATA, "--board", native.name, "--alone"]) == 1

    assert "12 of 12 recordings differ, 24 of 132 scores" in capsys.readouterr().out


@pytest.mark.usefixtures("native")
def test_image_report_and_record_are_written(capsys: Captured) -> None:
    record = deployed("--data", DATA, "--save", "mine.image", "--report", "shown", "--alone")

    assert "report   shown/report.html" in capsys.readouterr().out
    assert record.hardware.image_hash in Path("shown/report.html").read_text()
    kept = Path("shown/deployment.json").read_text()
    assert SpikingDeploymentRecord.model_validate_json(kept) == record
    assert Path("mine.image").stat().st_size == record.arena.image_bytes
    told = complaint_of(capsys, "mine.image", "--board", "native")
    assert told.startswith("mine.image holds a spiking network, and neither its time step nor its ")


@pytest.mark.qemu
def test_an_emulated_board_counts_and_other_boards_stand_beside_it(
    native: Board, capsys: Captured
) -> None:
    board = built("mps2-an386")
    arguments = ["--data", DATA, "--board", board.name, "--against", native.name, "--json", "-"]

    assert execute(["deploy", NETWORK, *arguments]) == 0

    captured = capsys.readouterr()
    record = SpikingDeploymentRecord.model_validate_json(captured.out)
    assert record.num_unequal == 0
    assert record.cost.instructions is not None
    assert record.cost.latency is not None
    assert all(one.instructions for one in record.layers)
    (other,) = record.elsewhere
    assert (other.board, other.num_unequal, other.problem) == (native.name, 0, None)
    assert "real-time factor: latency over 100 ms" in captured.err
    assert "Boards, one recording" in captured.err


def test_recordings_that_are_not_named(capsys: Captured) -> None:
    assert complaint_of(capsys, NETWORK, "--board", "native").startswith(
        "Invalid value: --data: a spiking network is quantized with recordings, and the board is "
        "shown some; name their file or folder: --data recordings/."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "nowhere: there is no such file or folder"),
        (["--data", DATA, "--kind", "songs"], "no kind of events called 'songs'; there are: "),
        (["--kind", "fsdd"], "no file or folder is named"),
        (["--data", DATA, "--split", "test"], "an event file has no splits"),
        (["--data", "eleven.npz"], "sweeps has 11 channels, and the network takes 12"),
        (["--data", "one.npz"], "sweeps holds 1 recordings"),
        (["--data", DATA, "--weight-bits", "6"], "take 8 or 4 bits, all layers alike"),
        (["--data", DATA, "--weight-bits", "layer 1=4"], "take 8 or 4 bits, all layers alike"),
        (["--data", DATA, "--weight-bits", "nine"], "'nine' is not 8, 6, 4 or 2"),
        (["--data", DATA, "--method", "tau"], "--method: it maps the network to another time step"),
        (["--data", DATA, "--dt", "1", "--method", "zoh"], "no mapping called 'zoh'"),
        (["--data", DATA, "--dt", "inf"], "--dt: inf ms is no whole number"),
        (["--data", DATA, "--dt", "0.001"], "is a ratio of 0.00025: it must lie between"),
        (["--data", DATA, "--recordings", "0"], "--recordings"),
        (["--data", DATA, "--board", "tiny"], "no board called 'tiny'; there are: "),
        (["--data", DATA, "--scenario", "awgn"], f"--scenario: {NETWORK} is a spiking network"),
        (["--data", DATA, "--calibration", "x.npy"], "--calibration: "),
        (["--data", DATA, "--arena", "9000"], "--arena: "),
        (["--data", DATA, "--slots", "3"], "--slots: "),
        (["--data", DATA, "--json", "folder"], "--json: folder: it is a folder"),
        (["--data", DATA, "--report", DATA], "--report: "),
        (["--data", DATA, "--port", "/dev/ttyNOWHERE"], "there is no port /dev/ttyNOWHERE"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], message: str, capsys: Captured) -> None:
    Path("folder").mkdir()
    write_sweeps(Path("one.npz"), num_recordings=1)
    found = sweeps(6, seed=1)
    narrow = replace(found, sensor_shape=(11,), channels=np.minimum(found.channels, 10))
    event_file.write(Path("eleven.npz"), narrow, origin=Origin(source="made"))

    assert message in complaint_of(capsys, NETWORK, "--board", "native", *arguments)


def test_a_network_that_is_not_there_or_none(capsys: Captured) -> None:
    Path("text.snn.npz").write_text("words")

    gone = complaint_of(capsys, "gone.snn.npz", "--data", DATA)
    text = complaint_of(capsys, "text.snn.npz", "--data", DATA)

    assert gone.startswith("gone.snn.npz: no such file. Train it: airloop snn train")
    assert text.startswith("text.snn.npz: no spiking network, or damaged")


def test_a_network_that_is_too_large_for_the_board(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    shipped = Path(catalog.__file__).with_name("native.toml").read_text()
    small = shipped.replace('name = "native"', 'name = "small"').replace("524_288", "64")
    Path("small.toml").write_text(small)
    monkeypatch.setenv("AIRLOOP_BOARDS", ".")

    line = complaint_of(capsys, NETWORK, "--data", DATA, "--board", "small")

    assert line.startswith("the network is too large for small: its image takes ")


@pytest.mark.parametrize(
    "option",
    [
        ["--data", DATA],
        ["--kind", "fsdd"],
        ["--split", "test"],
        ["--recordings", "3"],
        ["--dt", "2"],
        ["--method", "tau"],
    ],
    ids=lambda option: str(option[0]),
)
def test_options_of_spiking_networks_are_refused_for_others(
    option: list[str], capsys: Captured
) -> None:
    compiled(pointwise_graph()).save("pointwise.image")

    line = complaint_of(capsys, "pointwise.image", "--board", "native", *option)

    assert f"{option[0]}: pointwise.image is no spiking network (*.snn.npz); leave it away" in line


def test_the_suffix_of_networks_is_that_of_their_files() -> None:
    assert snn_names.NETWORK_SUFFIX == network_file.SUFFIX


def test_the_help_has_an_example_and_the_options_in_a_group_of_their_own(capsys: Captured) -> None:
    assert execute(["deploy", "--help"]) == 0

    said = " ".join(capsys.readouterr().out.split())
    assert "airloop deploy digits.snn.npz --data recordings/ --board microbit" in said
    assert "Spiking networks" in said
