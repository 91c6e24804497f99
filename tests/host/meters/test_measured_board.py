# SPDX-License-Identifier: Apache-2.0
"""A board with a meter, end to end: what `deploy` and `run` record, and what befalls a campaign."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from boards import catalog
from boards.board import Board
from host import firmware
from host.campaign import JOURNAL, RECORDS
from host.cli.app import USER_ERROR, execute
from host.journal import read_records
from sim.meters.ppk2 import Ppk2Replay
from sim.meters.trace import Ripple
from tests.host.meters.rigs import RATE_HZ, on_usb
from tests.host.meters.wired_board import board_file, wired
from tests.host.pointwise import compiled, pointwise_graph
from tests.host.small_campaign import EXPERIMENT, write_small

pytest.importorskip("ppk2_api", reason="ppk2-api is not installed")

Captured = pytest.CaptureFixture[str]
METER = 'name = "ppk2"\nserial_number = "ABC123"\nvoltage_mv = 3000\ntrigger_channel = 2'
NUM_SLOTS = 8


@dataclass
class Bench:
    """The board and its meter; every run takes a milliampere more than the one before."""

    url: str = ""
    num_runs: int = 0
    unplug_in: int | None = None
    kit: Ppk2Replay = field(default_factory=lambda: Ppk2Replay(channel=2))
    unplug: Callable[[], None] = lambda: None

    def on_run(self) -> None:
        self.num_runs += 1
        self.kit.play(run(self.num_runs).trace(rate_hz=RATE_HZ))
        if self.num_runs == self.unplug_in:
            self.unplug()


def run(number: int) -> Ripple:
    return Ripple(mean_a=(4 + number) * 1e-3, ripple_a=1e-3, ripple_hz=200.0, duration_s=0.05)


def mean_joules(numbers: range) -> float:
    return sum(run(i).joules(voltage_v=3.0) for i in numbers) / len(numbers)


@pytest.fixture
def bench(native: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Bench]:
    program = firmware.program(native)
    shipped = Path(catalog.__file__).with_name("native.toml").read_text()
    folder = tmp_path / "boards"
    folder.mkdir()
    (folder / "native.toml").write_text(board_file(shipped, meter=METER))
    monkeypatch.setenv("AIRLOOP_BOARDS", str(folder))
    monkeypatch.chdir(tmp_path)
    with _bench(program) as made:
        yield made


@contextmanager
def _bench(program: Path) -> Generator[Bench]:
    made = Bench()
    with on_usb(made.kit) as unplug, wired(program, on_run=made.on_run) as url:
        made.url, made.unplug = url, unplug
        yield made


def test_deploy_tells_the_measured_energy_of_a_slot(
    bench: Bench, tmp_path: Path, capsys: Captured
) -> None:
    image = tmp_path / "pointwise.image"
    compiled(pointwise_graph()).save(image)

    assert (
        execute(
            ["deploy", str(image), "-b", "native", "--port", bench.url, "--alone", "--json", "-"]
        )
        == 0
    )

    captured = capsys.readouterr()
    band = json.loads(captured.out)["energy"]["ppk2"]
    assert band["method"] == "measured:ppk2"
    assert band["value"] == pytest.approx(mean_joules(range(1, 5)), rel=5e-3)
    assert band["low"] < band["value"] < band["high"]
    assert "measured:ppk2" in captured.err
    assert bench.kit.millivolts == 3000


def test_run_records_the_mean_energy_of_its_slots_and_reports_it(bench: Bench) -> None:
    file = write_small(Path("mine"), text=one_network(["native"]))
    port = ["--port", f"native={bench.url}"]

    assert execute(["run", str(file), "--workers", "1", *port]) == 0

    first, second = read_records(Path("results/small") / RECORDS)
    runs = NUM_SLOTS + 1  # one more, of silence, for the operators
    for record, start in ((first, 1), (second, 1 + runs)):
        energy = record.run.energy["ppk2"]
        truth = mean_joules(range(start, start + NUM_SLOTS))
        assert energy.value == pytest.approx(truth, rel=5e-3)
        assert (energy.unit, energy.method) == ("J", "measured:ppk2")
        assert "energy" not in str(record.without_run().get("run", ""))
    assert bench.num_runs == 2 * runs
    assert "measured:ppk2" in Path("results/small/report.html").read_text()


def test_a_meter_unplugged_in_mid_campaign_fails_its_trials_and_the_others_go_on(
    bench: Bench, capsys: Captured
) -> None:
    file = write_small(Path("mine"), text=one_network(["native", "twin"]))
    bench.unplug_in = 3
    port = ["--port", f"native={bench.url}"]

    assert execute(["run", str(file), "--workers", "1", *port]) == USER_ERROR

    error = capsys.readouterr().err
    assert "ppk2 on /dev/pts/" in error
    assert "was lost" in error
    assert "2 trials failed; this is the first" in error
    done = list(read_records(Path("results/small") / JOURNAL))
    assert [record.cell.device for record in done] == ["twin", "twin"]


def one_network(devices: list[str]) -> str:
    every = 'receivers = ["ls-linear", "perfect-csi", "mine.npz"]'
    text = EXPERIMENT.replace(every, 'receivers = ["mine.npz"]')
    return text.replace('["host", "twin", "native"]', json.dumps(devices))


def test_boards_shows_the_meter(bench: Bench, capsys: Captured) -> None:
    del bench

    assert execute(["boards", "native"]) == 0

    shown = capsys.readouterr().out
    for words in ("energy.meter.name", "ppk2", "energy.meter.serial_number", "ABC123"):
        assert words in shown
