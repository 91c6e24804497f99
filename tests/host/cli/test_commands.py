# SPDX-License-Identifier: Apache-2.0
"""The command line: light to start, honest about mistakes, and JSON where it is asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from host.cli.app import DEFECT, USER_ERROR, execute
from host.provenance import ROOT

HEAVY = ("torch", "sionna", "scipy", "matplotlib", "plotly")


def modules_after(*arguments: str) -> set[str]:
    """Run a command in a fresh interpreter and return the modules it imported."""
    script = (
        "import json, sys\n"
        "from host.cli.app import execute\n"
        f"execute({list(arguments)!r})\n"
        "sys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("simulate", "--help"),
        ("deploy", "--help"),
        ("boards",),
        ("boards", "mps2-an386"),
        ("flash", "--help"),
        ("snn", "events", "--help"),
        ("snn", "download", "--help"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_what_needs_no_simulation_imports_none_of_it(arguments: tuple[str, ...]) -> None:
    assert not modules_after(*arguments) & set(HEAVY)


@pytest.mark.parametrize("kind", ["scenario", "board", "device", "receiver"])
def test_completion_imports_nothing_heavy(kind: str) -> None:
    script = (
        f"import sys\nfrom host.cli.names import {kind}_names\n"
        f"print(*{kind}_names(''))\n"
        f"print(*set(sys.modules) & set({HEAVY!r}))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )

    names, heavy = done.stdout.splitlines()
    assert len(names.split()) >= 3
    assert heavy == ""


@pytest.mark.parametrize(
    "command",
    [
        "simulate",
        "train",
        "deploy",
        "stream",
        "flash",
        "run",
        "report",
        "compare",
        "boards",
        "doctor",
    ],
)
def test_help_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute([command, "--help"]) == 0

    assert f"airloop {command}" in capsys.readouterr().out.split("Examples:")[1]


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["--version"]) == 0

    assert capsys.readouterr().out.startswith("airloop ")


def test_json_on_standard_output_is_alone_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["boards", "native", "--json", "-"]) == 0

    captured = capsys.readouterr()
    assert json.loads(captured.out)[0]["name"] == "native"
    assert "Native process" in captured.err


def test_json_goes_to_a_file_beside_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["boards", "--json", str(tmp_path / "deep" / "boards.json")]) == 0

    assert "mps2-an386" in capsys.readouterr().out
    listed = json.loads((tmp_path / "deep" / "boards.json").read_text())
    assert {"native", "mps2-an386"} <= {board["name"] for board in listed}


def test_what_never_ran_on_silicon_is_listed_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["boards", "--json", "-"]) == 0

    captured = capsys.readouterr()
    told = {board["name"]: board["verified"] for board in json.loads(captured.out)}
    assert told["nucleo-l4r5zi"] == "never run on silicon"
    assert told["mps2-an386"] == "on QEMU only"
    assert captured.err.count("never run on silicon") == 5


def test_a_defect_is_one_line_and_a_traceback_only_with_debug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> tuple[str, ...]:
        raise KeyError("gone")

    monkeypatch.setattr("boards.catalog.names", broken)

    assert execute(["boards"]) == DEFECT
    assert capsys.readouterr().err.startswith("airloop: a defect of airloop: KeyError: 'gone'.")
    with pytest.raises(KeyError):
        execute(["--debug", "boards"])


def test_a_wrong_option_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["boards", "--colour"]) == USER_ERROR

    assert capsys.readouterr().err.count("\n") == 1
