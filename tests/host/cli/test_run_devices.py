# SPDX-License-Identifier: Apache-2.0
"""`airloop run` and `simulate` on every kind of device, with one's own weights and ports."""

import os
from pathlib import Path

import pytest

from boards.board import Board
from host import firmware
from host.campaign import RECORDS
from host.cli.app import USER_ERROR, execute
from host.journal import read_records
from receivers.neural.weights_file import read
from tests.host.small_campaign import EXPERIMENT, NUM_TRIALS, contents, write_small
from tests.host.standing_agent import standing

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_small(tmp_path / "mine")


@pytest.mark.slow
@pytest.mark.usefixtures("native")
def test_workers_and_batches_change_no_record(small: Path) -> None:
    long = EXPERIMENT.replace("_slots = 8", "_slots = 72").replace("size = 8", "size = 64")
    small.write_text(long)
    one = ["--workers", "1", "--batch", "8", "--out", "one"]
    two = ["--workers", "2", "--batch", "64", "--out", "two"]

    assert execute(["run", str(small), *one]) == 0
    assert execute(["run", str(small), *two]) == 0

    assert contents(Path("one")) == contents(Path("two"))
    assert [record["num_slots"] for record in contents(Path("one"))] == [72] * NUM_TRIALS
    workers = {record.run.worker for record in read_records(Path("two") / RECORDS)}
    assert os.getpid() not in workers


@pytest.mark.usefixtures("native")
def test_ones_own_weights_run_on_host_twin_and_board_and_again_from_the_results(
    small: Path, capsys: Captured
) -> None:
    assert execute(["run", str(small), "--workers", "1"]) == 0

    records = list(read_records(Path("results/small") / RECORDS))
    own = [record for record in records if record.cell.receiver == "mine"]
    assert {record.cell.device for record in own} == {"host", "twin", "native"}
    assert {record.provenance.weights_hash for record in own} == {
        read(small.with_name("mine.npz")).sha256
    }
    assert {
        r.hardware.agreement.num_unequal for r in own if r.hardware and r.hardware.agreement
    } == {0}
    capsys.readouterr()
    assert execute(["run", "results/small/experiment.toml"]) == 0
    assert "10 trials, 10 of them recorded before" in capsys.readouterr().out
    assert list(read_records(Path("results/small") / RECORDS)) == records


def test_a_simulation_takes_weights_of_this_folder(small: Path, capsys: Captured) -> None:
    for name in ("mine.npz", "narrow.toml"):
        small.with_name(name).rename(name)
    arguments = ["simulate", "narrow.toml", "-r", "mine.npz", "--slots", "8", "--workers", "1"]

    assert execute(arguments) == 0

    records = list(read_records(Path("results/simulate-narrow") / RECORDS))
    assert {record.cell.receiver for record in records} == {"mine"}
    capsys.readouterr()
    assert execute(["run", "results/simulate-narrow/experiment.toml"]) == 0
    assert "2 trials, 2 of them recorded before" in capsys.readouterr().out


@pytest.mark.slow
def test_a_board_at_a_port_runs_one_trial_at_a_time_and_makes_the_same_records(
    small: Path, native: Board
) -> None:
    assert execute(["run", str(small), "--workers", "1", "--out", "started"]) == 0

    with standing(firmware.program(native)) as agent:
        port = ["--port", f"native={agent.url}"]
        assert execute(["run", str(small), "--workers", "2", "--out", "found", *port]) == 0

    assert contents(Path("found")) == contents(Path("started"))
    assert (agent.num_served, agent.most_at_a_time) == (2, 1)


@pytest.mark.parametrize(
    ("ports", "complaint"),
    [
        pytest.param(["native"], "'native' is no BOARD=URL", id="no URL"),
        pytest.param(["=/dev/tty"], "'=/dev/tty' is no BOARD=URL", id="no board"),
        pytest.param(["native=a", "native=b"], "native stands there twice", id="twice"),
        pytest.param(["z80=a"], "no trial runs on 'z80'; the boards of this", id="unknown board"),
        pytest.param(
            ["mps2-an386=a"], "boards of this experiment are: native.", id="board without trials"
        ),
    ],
)
def test_a_port_that_makes_no_sense(
    small: Path, ports: list[str], complaint: str, capsys: Captured
) -> None:
    given = [word for port in ports for word in ("--port", port)]

    assert execute(["run", str(small), *given]) == USER_ERROR

    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert complaint in error


def test_a_port_where_nobody_listens_is_the_error_of_its_trials(
    small: Path, capsys: Captured
) -> None:
    arguments = ["--workers", "1", "--port", "native=/dev/ttyNOWHERE"]

    assert execute(["run", str(small), *arguments]) == USER_ERROR

    assert "there is no port /dev/ttyNOWHERE on this machine" in capsys.readouterr().err
