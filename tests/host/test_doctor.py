# SPDX-License-Identifier: Apache-2.0
"""The doctor finds what is there, names what is missing, and says how to get it, in no time."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from boards import catalog
from host import firmware
from host.doctor import Check, checks
from tests.host.meters.wired_board import board_file

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "sionna", "scipy", "matplotlib", "plotly")


def check(name: str) -> Check:
    return next(check for check in checks() if check.name == name)


def test_everything_that_is_missing_says_what_to_do_and_nothing_else_does() -> None:
    for found in checks():
        assert bool(found.remedy) == (not found.ok), found
        assert "\n" not in found.remedy


def test_versions_are_those_that_are_installed() -> None:
    assert check("python").found == ".".join(str(part) for part in sys.version_info[:3])
    assert check("torch").found == metadata.version("torch")
    assert check("pyserial").found == metadata.version("pyserial")


def test_a_missing_tool_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    missing = {found.name: found for found in checks() if not found.ok}

    assert missing["arm-none-eabi-gcc"].remedy.startswith("apt install gcc-arm-none-eabi")
    assert missing["qemu-system-arm"].required
    assert not missing["setpriv"].required


def test_a_missing_package_is_told_by_the_project_s_own_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requirements = ["no-such-package>=1", "numpy>=2", 'no-such-extra>=1; extra == "flash"']
    monkeypatch.setattr(metadata, "requires", lambda _: requirements)

    found = {each.name: each for each in checks()}

    assert found["no-such-package"].remedy == "make setup"
    assert found["no-such-extra"].remedy == ".venv/bin/pip install -e '.[flash]' -c constraints.txt"
    assert (found["no-such-extra"].required, found["numpy"].ok) == (False, True)


def test_a_meter_that_cannot_be_read_is_told_with_the_extra_that_reads_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    meter = 'name = "ppk2"\nserial_number = "ABC123"\nvoltage_mv = 3000'
    shipped = Path(catalog.__file__).with_name("native.toml").read_text()
    (tmp_path / "native.toml").write_text(board_file(shipped, meter=meter))
    monkeypatch.setenv(catalog.VARIABLE, str(tmp_path))
    version = metadata.version

    def without_the_extra(name: str) -> str:
        if name == "ppk2-api":
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", without_the_extra)
    missing = check("meter of native")
    monkeypatch.setattr(metadata, "version", lambda _: "1.0")
    there = check("meter of native")

    assert missing.remedy == ".venv/bin/pip install -e '.[meters]' -c constraints.txt"
    assert (missing.ok, missing.required) == (False, False)
    assert (there.ok, there.found) == (True, "ppk2 ABC123 can be read")


def test_firmware_that_is_missing_or_old_says_how_to_build_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "airloop.elf"
    monkeypatch.setattr(firmware, "place", lambda _: program)
    name = f"firmware {catalog.DEFAULT}"

    facts = program.with_name("sizes.json")
    current_hash = firmware.identity(catalog.load(catalog.DEFAULT)).hex()

    absent = check(name)
    program.touch()
    facts.write_text(json.dumps({"firmware_hash": current_hash}))
    current = check(name)
    facts.write_text(json.dumps({"firmware_hash": "00" * 8}))
    old = check(name)

    remedy = f"make firmware BOARD={catalog.DEFAULT}"
    assert (absent.ok, absent.found, absent.remedy) == (False, "", remedy)
    assert (current.ok, current.found, current.remedy) == (True, "built", "")
    assert (old.ok, old.found, old.remedy) == (False, "built from other sources", remedy)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.chdir(tmp_path)

    assert not check("results").ok


def test_the_doctor_imports_nothing_heavy() -> None:
    code = (
        "import sys; from host.doctor import checks; checks(); "
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    )

    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout

    assert printed.strip() == ""
