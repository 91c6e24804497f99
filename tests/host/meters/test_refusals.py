# SPDX-License-Identifier: Apache-2.0
"""What a board file cannot ask of a meter, what a meter cannot do, and what is not installed."""

import sys
from pathlib import Path
from typing import Any

import pytest

from boards import catalog as boards
from boards.errors import BoardFileError
from host.errors import ToolMissingError
from host.meters import catalog, joulescope, lpm01a, ppk2
from host.meters.errors import (
    MeterMissingError,
    MeterRefusedError,
    MeterSettingsError,
    MeterWindowError,
)
from sim.meters.lpm01a import Lpm01aReplay
from sim.meters.ppk2 import Ppk2Replay
from sim.meters.trace import Ripple
from tests.host.meters.rigs import RATE_HZ, energy_of, on_usb, rig, table, usb_port
from tests.host.meters.wired_board import board_file

METER = 'name = "ppk2"\nserial_number = "ABC123"\nvoltage_mv = 3000'
OPENED = {"ppk2": ppk2.opened, "joulescope": joulescope.opened, "lpm01a": lpm01a.opened}


def board_from(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (folder / "native.toml").write_text(text)
    monkeypatch.setenv("AIRLOOP_BOARDS", str(folder))
    return boards.load("native")


def shipped() -> str:
    return Path(boards.__file__).with_name("native.toml").read_text()


@pytest.mark.parametrize("kind", ["native", "qemu"])
def test_a_meter_on_a_board_that_is_a_program_is_refused_in_words(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = board_file(shipped(), meter=METER)
    machine = '\nmachine = "mps2-an386"' if kind == "qemu" else ""
    text = text.replace('kind = "serial"', f'kind = "{kind}"{machine}')

    with pytest.raises(
        BoardFileError,
        match=rf"native\.toml: energy\.source: 'meter' measures silicon.*'{kind}' is a program, "
        "which uses no energy of its own",
    ):
        board_from(text, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("energy", "problem"),
    [
        pytest.param('source = "meter"', "energy.meter: source 'meter' needs this", id="no meter"),
        pytest.param(
            f'source = "none"\n[energy.meter]\n{METER}', "no other has it", id="meter of no use"
        ),
    ],
)
def test_a_meter_and_its_source_go_together(
    energy: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, _, _ = board_file(shipped(), meter=METER).partition("[energy]")

    with pytest.raises(BoardFileError, match=problem):
        board_from(f"{head}[energy]\n{energy}\n", tmp_path, monkeypatch)


def test_a_meter_that_does_not_exist_lists_those_that_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = board_file(shipped(), meter=METER.replace("ppk2", "ammeter"))
    board = board_from(text, tmp_path, monkeypatch)

    with (
        pytest.raises(
            MeterSettingsError,
            match=r"native\.toml: energy\.meter\.name: no meter called 'ammeter'; there are: "
            "joulescope, lpm01a, ppk2",
        ),
        catalog.open_meter(board),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "keys", "problem"),
    [
        ("ppk2", {"voltage_mv": 5500}, "voltage_mv: a ppk2 needs 800 to 5000, not 5500"),
        ("ppk2", {"voltage_mv": None}, "voltage_mv: a ppk2 needs 800 to 5000, not None"),
        ("ppk2", {"trigger_channel": 8}, "trigger_channel: a ppk2 has inputs 0 to 7, not 8"),
        ("lpm01a", {"voltage_mv": 1200}, "voltage_mv: an lpm01a needs 1800 to 3300, not 1200"),
        ("lpm01a", {"supplies": False}, "supplies: an lpm01a always supplies"),
        ("joulescope", {"voltage_mv": 3000}, "voltage_mv: a joulescope measures the voltage"),
        ("joulescope", {"trigger_channel": 2}, "trigger_channel: a joulescope has inputs 0 and 1"),
        ("joulescope", {"accuracy_percent": None}, "accuracy_percent: a joulescope needs this key"),
    ],
)
def test_settings_that_a_meter_has_not_are_refused_with_their_key(
    name: str, keys: dict[str, Any], problem: str
) -> None:
    with (
        pytest.raises(MeterSettingsError, match=rf"^silicon\.toml: energy\.meter\.{problem}"),
        OPENED[name](table(name, **keys), board="silicon"),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [("ppk2", "ppk2_api.ppk2_api", "ppk2-api"), ("joulescope", "joulescope", "joulescope")],
)
def test_a_package_that_is_not_installed_is_named_with_its_extra(
    name: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with (
        pytest.raises(ToolMissingError, match=rf"the package {package} is missing.*\[meters\]"),
        OPENED[name](table(name), board="silicon"),
    ):
        pass


def test_no_meter_s_package_is_imported_before_a_meter_is_opened() -> None:
    import subprocess

    code = (
        "import sys, host.launcher, host.meters.catalog; "
        "print([m for m in ('ppk2_api', 'joulescope') if m in sys.modules])"
    )

    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )

    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["ppk2", "lpm01a"])
def test_a_meter_that_is_not_plugged_in_lists_the_ports_that_are(name: str) -> None:
    with (
        usb_port("/dev/ttyACM7", serial_number="OTHER"),
        pytest.raises(
            MeterMissingError,
            match=rf"{name}: none with serial number ABC123 .* there are: /dev/ttyACM7 \[OTHER\]",
        ),
        OPENED[name](table(name), board="silicon"),
    ):
        pass


def test_a_joulescope_that_is_not_plugged_in_is_named() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joulescope, "devices", list)
        with (
            pytest.raises(MeterMissingError, match=r"002557 is plugged in; there are: none"),
            joulescope.opened(table("joulescope"), board="silicon"),
        ):
            pass


def test_a_kit_that_does_not_tell_its_calibration_is_refused() -> None:
    pytest.importorskip("ppk2_api", reason="ppk2-api is not installed")
    with (
        on_usb(Ppk2Replay(is_calibrated=False)),
        pytest.raises(MeterRefusedError, match=r"answered 'metadata' with: no calibration"),
        ppk2.opened(table("ppk2"), board="silicon"),
    ):
        pass


def test_a_setting_that_the_shield_refuses_is_told_with_its_answer() -> None:
    with (
        on_usb(Lpm01aReplay(refuses="volt 3000m")),
        pytest.raises(MeterRefusedError, match=r"'volt 3000m' with: .*argument out of range"),
        lpm01a.opened(table("lpm01a"), board="silicon"),
    ):
        pass


def test_more_current_than_the_shield_bears_is_told() -> None:
    much = Ripple(mean_a=70e-3, ripple_a=0.0, ripple_hz=1.0, duration_s=0.1)

    with (
        rig("lpm01a") as there,
        pytest.raises(MeterRefusedError, match="more current than it bears, 50 mA"),
    ):
        energy_of(there, much.trace(rate_hz=RATE_HZ), duration_s=0.1)


def test_a_board_without_a_cycle_counter_cannot_be_measured_with_the_shield() -> None:
    with (
        rig("lpm01a") as there,
        pytest.raises(MeterWindowError, match="the board has no cycle counter"),
        there.meter.watch() as watch,
    ):
        watch.energy(duration_s=None)


def test_a_shield_whose_edge_does_not_come_is_refused_in_time() -> None:
    with (
        rig("lpm01a", patience_s=0.3) as there,
        pytest.raises(MeterWindowError, match=r"0 samples of a run of 1000; input D7 may not"),
        there.meter.watch() as watch,
    ):
        watch.energy(duration_s=0.01)
