# SPDX-License-Identifier: Apache-2.0
"""Wrong input: each kind has its one line on standard error, and exit code 2."""

from pathlib import Path

import pytest

from host.cli.app import USER_ERROR, execute

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

    assert line.startswith("no board called 'z80'; there are: mps2-an386, ")


def test_an_empty_snr_grid(complain: Complaint) -> None:
    line = complain.of_experiment(EXPERIMENT + "snr = []\n")

    assert line.startswith("tiny.toml: snr: this list is empty; name at least one value")


def test_an_snr_grid_that_is_no_grid(complain: Complaint) -> None:
    assert "is no list of dB" in complain.of("simulate", "awgn", "--snr", "4:0:1")


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


def test_a_batch_that_is_no_whole_number_of_groups(complain: Complaint) -> None:
    assert "12 is not a multiple of 8" in complain.of("simulate", "awgn", "--batch", "12")
