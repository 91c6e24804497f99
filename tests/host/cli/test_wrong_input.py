# SPDX-License-Identifier: Apache-2.0
"""Wrong input: each kind has its one line on standard error, and exit code 2."""

from pathlib import Path

import pytest

from host.cli.app import INTERRUPTED, USER_ERROR, execute
from tests.host.small_campaign import write_small

EXPERIMENT = """
name = "tiny"
scenarios = ["awgn"]
receivers = ["ls-linear"]
devices = ["host"]
"""


@pytest.fixture
def complain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> "Complaint":
    monkeypatch.chdir(tmp_path)
    return Complaint(capsys)


class Complaint:
    """Runs a command that must fail, and returns the line it fails with."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def of(self, *arguments: str) -> str:
        assert execute(arguments) == USER_ERROR
        captured = self._capsys.readouterr()
        assert captured.err.count("\n") == 1
        assert "Traceback" not in captured.err
        return captured.err.removeprefix("airloop: ").rstrip()

    def of_experiment(self, text: str) -> str:
        Path("tiny.toml").write_text(text)
        return self.of("run", "tiny.toml")


def test_an_unknown_scenario(complain: Complaint) -> None:
    line = complain.of("simulate", "moon")

    assert line.startswith("no scenario called 'moon'; there are: awgn, ")


def test_an_unknown_receiver(complain: Complaint) -> None:
    line = complain.of_experiment(EXPERIMENT.replace("ls-linear", "ls-cubic"))

    assert line.startswith("tiny.toml: receivers.0: no receiver called 'ls-cubic'; there are: ")
    assert "perfect-csi" in line


def test_an_unknown_device(complain: Complaint) -> None:
    line = complain.of_experiment(EXPERIMENT.replace('"host"', '"z80"'))

    assert line.startswith("tiny.toml: devices.0: no device called 'z80'; there are: host, twin, ")


def test_an_unknown_board(complain: Complaint) -> None:
    line = complain.of("boards", "z80")

    assert line.startswith("no board called 'z80'; there are: microbit, mps2-an383, ")


def test_an_empty_snr_grid(complain: Complaint) -> None:
    line = complain.of_experiment(EXPERIMENT + "snr = []\n")

    assert line.startswith("tiny.toml: snr: this list is empty; name at least one value")


def test_an_experiment_that_is_no_toml(complain: Complaint) -> None:
    line = complain.of_experiment("name = ")

    assert line.startswith("tiny.toml: this is no TOML: ")


def test_an_experiment_that_is_not_there(complain: Complaint) -> None:
    assert complain.of("run", "gone.toml").startswith("gone.toml: there is no such file")


def test_a_scenario_file_that_is_malformed(complain: Complaint) -> None:
    Path("bad.toml").write_text('schema = 1\ntitle = "x"\n[channel]\nkind = "tdl-z"\n')

    line = complain.of("simulate", "bad.toml")

    assert "bad.toml: channel.kind: " in line


def test_a_report_of_nothing(complain: Complaint) -> None:
    assert "no records can be read" in complain.of("report", "results/none")


def test_a_folder_for_a_report_that_is_not_written(complain: Complaint) -> None:
    line = complain.of("report", "results/none", "--markdown", "--out", "shown")

    assert "--markdown or --out" in line


def test_a_batch_that_is_no_whole_number_of_groups(complain: Complaint) -> None:
    assert "12 is not a multiple of 8" in complain.of("simulate", "awgn", "--batch", "12")


def test_no_command_at_all(complain: Complaint) -> None:
    assert complain.of() == "no command was given. Try: airloop --help"


@pytest.mark.parametrize("grid", ["", "0:1:0", "4:0:1", "0:inf:1", "0:1e9:1e-9", "a", "1:2"])
def test_a_grid_that_is_none_or_endless(grid: str, complain: Complaint) -> None:
    line = complain.of("simulate", "awgn", "--snr", grid)

    assert f"{grid!r} is no list of dB; write 0,1.5,3 or first:last:step" in line
    assert "1000 points at most" in line


def test_an_snr_that_is_no_number(complain: Complaint) -> None:
    assert "snr.0: Input should be a finite number" in complain.of("simulate", "awgn", "--snr=nan")


def test_a_size_without_weights(complain: Complaint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("receivers.neural.weights_file._FOLDER", Path())

    line = complain.of("simulate", "awgn", "-r", "neural-m")

    assert line.startswith("airloop simulate: receivers.0: no receiver called 'neural-m'; ")
    assert "Train them: airloop train m, then name the file instead: results/train/m.npz" in line


@pytest.mark.parametrize("command", ["run", "simulate", "deploy"])
def test_weights_that_are_a_text(command: str, complain: Complaint) -> None:
    Path("text.npz").write_text("words")
    text = EXPERIMENT.replace('"ls-linear"', '"ls-linear", "text.npz"')

    if command == "run":
        line = complain.of_experiment(text)
        assert line.startswith("tiny.toml: receivers.1: text.npz: not a weights file")
    elif command == "simulate":
        line = complain.of("simulate", "awgn", "-r", "text.npz")
        assert line.startswith("airloop simulate: receivers.0: text.npz: not a weights file")
    else:
        assert complain.of("deploy", "text.npz").startswith("text.npz: not a weights file")


def test_weights_for_another_link(complain: Complaint) -> None:
    write_small(Path("small"))

    for arguments in (("simulate", "urban-slow", "-r"), ("deploy",)):
        line = complain.of(*arguments, "small/mine.npz")
        assert "mine cannot work in scenario urban-slow: its weights are for" in line


def test_an_image_that_is_not_there(complain: Complaint) -> None:
    assert complain.of("deploy", "gone.image").startswith("gone.image: cannot be read")


def test_an_image_that_is_a_text(complain: Complaint) -> None:
    Path("mine.image").write_text("words")

    assert "mine.image: 5 bytes are too few for an image" in complain.of("deploy", "mine.image")


def test_a_port_of_an_emulated_board(complain: Complaint) -> None:
    trial = ("simulate", "urban-slow", "-r", "neural-s", "-d", "mps2-an386", "--snr", "0")

    line = complain.of(*trial, "--port", "mps2-an386=socket://127.0.0.1:1")

    assert "mps2-an386 is emulated and started here" in line


@pytest.mark.parametrize("port", ["foo://bar", "socket://127.0.0.1:1", "socket://nowhere"])
def test_a_port_that_does_not_open(port: str, complain: Complaint) -> None:
    write_small(Path("small"))
    scenario = ("--scenario", "small/narrow.toml", "--board", "native", "--port", port)

    line = complain.of("deploy", "small/mine.npz", *scenario)

    assert line.startswith(f"native on {port}: the port does not open (")
    assert line.endswith("Start what listens there, or correct host and port.")


@pytest.mark.parametrize("out", ["file", "file/folder", "/proc/results"])
def test_results_that_cannot_be_written(out: str, complain: Complaint) -> None:
    Path("file").write_text("")

    line = complain.of("simulate", "awgn", "-r", "ls-linear", "--snr", "0", "--out", out)

    assert out in line


@pytest.mark.parametrize("command", ["boards", "doctor", "simulate", "train", "deploy"])
@pytest.mark.parametrize("place", ["folder", "file/x.json", "/proc/x/x.json"])
def test_json_that_cannot_be_written_is_refused_before_the_work(
    command: str, place: str, complain: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("folder").mkdir()
    Path("file").write_text("")
    for work in (
        "host.cli.conducting.expand",
        "host.deployment.deploy",
        "host.doctor.checks",
        "receivers.neural.training.train",
    ):
        monkeypatch.setattr(work, lambda *_: pytest.fail("the work began"))
    argument = {"simulate": ["awgn"], "deploy": ["neural-s"]}.get(command, [])

    line = complain.of(command, *argument, "--json", place)

    assert f"--json: {place}: " in line
    assert "name another file" in line


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(["q"], "no size called 'q'; there are: xxs, xs, s, m, l.", id="size"),
        pytest.param(["-s", "moon"], "no scenario called 'moon'; there are: ", id="scenario"),
        pytest.param(["--steps", "0"], "--steps", id="no steps"),
        pytest.param(["--out", "folder.npz"], "--out: folder.npz: it is a folder", id="folder"),
        pytest.param(["--out", "file/w.npz"], "--out: file/w.npz: its folder cannot", id="file"),
        pytest.param(["--out", "w.pt"], "weights are files called *.npz", id="suffix"),
        pytest.param(["--min-snr", "9"], "--min-snr is 9.0 and --max-snr is 6.0", id="SNRs"),
        pytest.param(["--max-snr", "inf"], "swap or mend them", id="infinite SNR"),
        pytest.param(["--learning-rate", "0"], "--learning-rate: 0.0 is not between", id="rate"),
    ],
)
def test_a_training_that_makes_no_sense(
    arguments: list[str], complaint: str, complain: Complaint
) -> None:
    Path("folder.npz").mkdir()
    Path("file").write_text("")

    assert complaint in complain.of("train", *arguments)


def test_a_report_that_cannot_be_written(complain: Complaint) -> None:
    arguments = ["-r", "ls-linear", "--snr", "0", "--slots", "8", "--workers", "1"]
    assert execute(["simulate", "awgn", *arguments]) == 0

    line = complain.of("report", "results/simulate-awgn", "--out", "/proc/report")

    assert line.startswith("/proc/report: ")


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("simulate", "awgn"), "host.cli.conducting.expand"),
        (("run", "tiny.toml"), "host.cli.conducting.expand"),
        (("train", "xxs"), "receivers.neural.training.train"),
        (("deploy", "neural-s"), "host.deployment.deploy"),
        (("report", "results/tiny"), "host.journal.read_records"),
        (("boards",), "boards.catalog.names"),
        (("doctor",), "host.doctor.checks"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("complain")
def test_ctrl_c_is_one_line_and_exit_code_130(
    arguments: tuple[str, ...],
    place: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    Path("tiny.toml").write_text(EXPERIMENT)
    monkeypatch.setattr(place, interrupted)

    assert execute(arguments) == INTERRUPTED

    assert capsys.readouterr().err.startswith("airloop: interrupted")
