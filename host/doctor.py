# SPDX-License-Identifier: Apache-2.0
"""What this machine has and lacks of all that airloop needs, found out in half a second.

Packages are looked up, not imported: PyTorch and Sionna alone take seconds.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from boards import catalog
from boards.board import Board, LinkKind, MeterTable
from boards.errors import BoardError
from host import firmware
from host.links.serial import names_of_ports
from host.meters import catalog as meters

_DISTRIBUTION = "airloop"
_PYTHON = (3, 11)
_TOOL_TIMEOUT_S = 5.0
_VERSION = re.compile(r"\d+(\.\d+)+")
_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)")
_EXTRA = re.compile(r"extra\s*==\s*['\"](?P<extra>[^'\"]+)['\"]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked for.

    Parameters
    ----------
    name : str
        What.
    ok : bool
        Whether it is there and usable.
    required : bool
        Whether the main job needs it; what is not required serves one purpose, told by `remedy`.
    found : str
        Version or place; empty when missing.
    remedy : str
        What to do when it is missing; empty when it is there.
    """

    name: str
    ok: bool
    required: bool
    found: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program of the system, and how to get it."""

    name: str
    remedy: str
    required: bool = True


TOOLS = (
    Tool(name="make", remedy="apt install make"),
    Tool(name="gcc", remedy="apt install gcc (builds the twin and the native board)"),
    Tool(
        name="arm-none-eabi-gcc",
        remedy="apt install gcc-arm-none-eabi libnewlib-arm-none-eabi (builds firmware)",
    ),
    Tool(name="qemu-system-arm", remedy="apt install qemu-system-arm (emulates boards)"),
    Tool(
        name="setpriv",
        remedy="apt install util-linux (ends emulators when the host is killed)",
        required=False,
    ),
    Tool(
        name="openocd",
        remedy="apt install openocd (flashes boards of silicon, as pyocd does)",
        required=False,
    ),
)


def checks() -> tuple[Check, ...]:
    """Return every check, in the order of a fresh set-up."""
    with ThreadPoolExecutor(max_workers=len(TOOLS)) as pool:
        tools = pool.map(_tool, TOOLS)
        return (
            _python(),
            *_packages(),
            *tools,
            *_firmware(),
            *_meters(),
            _results(),
            _ports(),
        )


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    wanted = ".".join(str(part) for part in _PYTHON)
    ok = sys.version_info >= _PYTHON
    return Check(
        name="python",
        ok=ok,
        required=True,
        found=found,
        remedy=""
        if ok
        else f"install Python {wanted} or later, then: make setup PYTHON=python{wanted}",
    )


def _packages() -> Iterator[Check]:
    """Yield a check for each package that the installed project says it needs."""
    try:
        requirements = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield _missing(_DISTRIBUTION, remedy="make setup")
        return
    found: dict[str, str | None] = {}  # an extra of each; several may ask for one package
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match:
            extra = _EXTRA.search(requirement)
            found.setdefault(match["name"], extra["extra"] if extra else None)
    for name, wanted_by in found.items():
        yield _package(name, extra=wanted_by)


def _package(name: str, *, extra: str | None) -> Check:
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        optional = f".venv/bin/pip install -e '.[{extra}]' -c constraints.txt"
        remedy = "make setup" if extra in {None, "dev"} else optional
        return _missing(name, remedy=remedy, required=extra is None)
    return Check(name=name, ok=True, required=extra is None, found=found, remedy="")


def _tool(tool: Tool) -> Check:
    path = shutil.which(tool.name)
    if path is None:
        return _missing(tool.name, remedy=tool.remedy, required=tool.required)
    return Check(
        name=tool.name, ok=True, required=tool.required, found=_tool_version(path), remedy=""
    )


def _tool_version(path: str) -> str:
    """Return the version that a program prints; its path when it prints none."""
    try:
        printed = subprocess.run(
            [path, "--version"],
            capture_output=True,
            text=True,
            timeout=_TOOL_TIMEOUT_S,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return path
    match = _VERSION.search(printed)
    return match[0] if match else path


def _firmware() -> Iterator[Check]:
    """Yield a check for each board that is started here; silicon keeps its firmware itself."""
    for name in catalog.names():
        try:
            board = catalog.load(name)
        except BoardError as error:
            yield _missing(f"board {name}", remedy=str(error))
            continue
        if board.link.kind is not LinkKind.SERIAL:
            yield _firmware_of(board)


def _firmware_of(board: Board) -> Check:
    title, remedy = f"firmware {board.name}", f"make firmware BOARD={board.name}"
    required = board.name == catalog.DEFAULT
    if not firmware.place(board).is_file():
        return _missing(title, remedy=remedy, required=required)
    ok = firmware.is_current(board)
    return Check(
        name=title,
        ok=ok,
        required=required,
        found="built" if ok else "built from other sources",
        remedy="" if ok else remedy,
    )


def _meters() -> Iterator[Check]:
    """Yield a check for each board whose energy is measured: whether its meter can be read."""
    for name in catalog.names():
        try:
            table = catalog.load(name).energy.meter
        except BoardError:
            continue  # told with the firmware
        if table is not None:
            yield _meter(name, table)


def _meter(board: str, table: MeterTable) -> Check:
    title, package = f"meter of {board}", meters.PACKAGES.get(table.name)
    if table.name not in meters.names():
        remedy = f"correct energy.meter.name; there are: {', '.join(meters.names())}"
        return _missing(title, remedy=remedy, required=False)
    if package is not None:
        check = _package(package, extra="meters")
        if not check.ok:
            return _missing(title, remedy=check.remedy, required=False)
    found = f"{table.name} {table.serial_number} can be read"
    return Check(name=title, ok=True, required=False, found=found, remedy="")


def _results() -> Check:
    """Return whether records can be written where the command line writes them."""
    folder = Path("results").absolute()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    ok = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    return Check(
        name="results",
        ok=ok,
        required=True,
        found=str(folder) if ok else "",
        remedy="" if ok else f"make {existing} writable, or run in another folder",
    )


def _ports() -> Check:
    names = names_of_ports()
    return Check(
        name="serial ports",
        ok=bool(names),
        required=False,
        found=", ".join(names),
        remedy="" if names else "plug a board in (only boards of silicon need a port)",
    )


def _missing(name: str, *, remedy: str, required: bool = True) -> Check:
    return Check(name=name, ok=False, required=required, found="", remedy=remedy)
