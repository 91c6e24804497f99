# SPDX-License-Identifier: Apache-2.0
"""Builds the kernels of a CMSIS-NN checkout for an emulated board, and counts a network on them.

The checkout is the user's own; only its path is known here. The same flags as in the published
figures: -Ofast, no CMSIS-Core headers.
"""

import hashlib
import re
import runpy
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cmsis_nn_source import network_source
from boards.board import Board
from boards.graph import Graph
from sim import qemu

_ROOT = Path(__file__).parents[1]
_HERE = "127.0.0.1"
_BUILD_TIMEOUT_S, _RUN_TIMEOUT_S = 600.0, 120.0
_FOLDERS = ("Convolution", "FullyConnected", "Pooling", "Softmax", "NNSupport")
_FLAGS = ("-std=gnu11", "-Ofast", "-mthumb", "-ffunction-sections", "-fdata-sections", "-w")
_CONVOLVE_ARGUMENTS, _SUM_ARGUMENTS = 11, (4, 6, 7)
_FLOAT = re.compile(r"_(f16|f32|flt)\b|_(f16|f32|flt)\.c$")


class CheckoutError(Exception):
    """The folder is no checkout of CMSIS-NN that this harness knows, or it does not build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One run of a network on the kernels of a checkout: instructions, and int8 output, flat."""

    instructions: int
    output: NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A checkout, and how many arguments its `arm_vector_sum_s8` takes."""

    path: Path
    num_sum_arguments: int


def open_checkout(path: Path) -> Checkout:
    """Look at the headers of a checkout.

    Raises
    ------
    CheckoutError
        It has no such headers, or their functions take other arguments.
    """
    header = _header(path, "arm_nnfunctions.h")
    support = header + _header(path, "arm_nnsupportfunctions.h")
    number = _num_arguments(header, "arm_convolve_wrapper_s8")
    if number != _CONVOLVE_ARGUMENTS:
        raise CheckoutError(
            f"{path}: arm_convolve_wrapper_s8 takes {number} arguments, this harness gives "
            f"{_CONVOLVE_ARGUMENTS}; name a checkout of Arm's CMSIS-NN of 2022 or later"
        )
    num_sums = _num_arguments(support, "arm_vector_sum_s8")
    if num_sums not in _SUM_ARGUMENTS:
        raise CheckoutError(f"{path}: arm_vector_sum_s8 takes {num_sums} arguments, not 4, 6 or 7")
    return Checkout(path=path, num_sum_arguments=num_sums)


def count(checkout: Checkout, board: Board, graph: Graph, x: NDArray[np.int8]) -> Counted:
    """Build a network with the kernels of a checkout and run it once on an emulated board.

    Parameters
    ----------
    checkout : Checkout
    board : Board
        An emulated one that counts instructions.
    graph : Graph
        The int8 network.
    x : int8 of the graph's shape

    Raises
    ------
    CheckoutError
        It does not build, or a kernel refuses.
    GraphError
        The harness has no call for an operator.
    """
    place = hashlib.sha256(str(checkout.path.resolve()).encode()).hexdigest()[:8]
    folder = _ROOT / "build" / "cmsis-nn" / f"{board.name}-{place}"
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "network.c"
    source.write_text(network_source(graph, x, num_sum_arguments=checkout.num_sum_arguments))
    status, ticks, output = _run(board, _build(checkout, board, source))
    if status:
        raise CheckoutError(f"{checkout.path}: a kernel refuses with status {status}")
    worth = board.instructions_per_tick
    if worth is None:
        raise CheckoutError(f"{board.name} counts no instructions; name an emulated board")
    return Counted(instructions=round(ticks * worth), output=output)


def _build(checkout: Checkout, board: Board, network: Path) -> Path:
    """Compile what has changed, and link; return the program."""
    script = runpy.run_path(str(_ROOT / "firmware" / "board_facts.py"))
    facts: dict[str, str] = script["facts"](board.model_dump())
    firmware = _ROOT / "firmware"
    ports = [firmware / "ports" / name for name in ("cortexm", facts["PORT"])]
    own = [network, Path(__file__).with_name("cmsis_nn_harness.c")]
    own += [path for port in ports for path in port.glob("*.c")]
    includes = [checkout.path / "Include", checkout.path, firmware, Path(__file__).parent]
    flags = [
        *_FLAGS,
        *facts["CPU_FLAGS"].split(),
        *(f"-D{one}" for one in facts["DEFINES"].split()),
        f'-DAIRLOOP_BOARD="{board.name}"',
        f"-DAIRLOOP_CLOCK_HZ={facts['CLOCK_HZ']}u",
        *(f"-I{path}" for path in includes),
    ]
    objects = [_compiled(path, network.parent, flags) for path in (*_kernels(checkout), *own)]
    program = network.with_name("network.elf")
    symbols = [f"-Wl,--defsym={symbol}" for symbol in facts["SYMBOLS"].split()]
    linking = ["-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", "-Wl,--gc-sections"]
    linking += ["-Wl,--no-warn-rwx-segments", *symbols]
    linking += ["-T", str(firmware / "ports" / "cortexm" / "link.ld")]
    _call(["arm-none-eabi-gcc", *flags, *linking, *map(str, objects), "-lm", "-o", str(program)])
    return program


def _kernels(checkout: Checkout) -> list[Path]:
    found = [
        path
        for folder in _FOLDERS
        for path in sorted((checkout.path / "Source" / f"{folder}Functions").glob("*.c"))
        if not _FLOAT.search(path.name)
    ]
    if not found:
        raise CheckoutError(f"{checkout.path}: no kernels in Source/*Functions")
    return found


def _compiled(path: Path, folder: Path, flags: list[str]) -> Path:
    """Return the object of a source; a checkout's are compiled once, what is ours every time."""
    target = folder / f"{path.parent.name}-{path.stem}.o"
    is_kernel = path.parent.name.endswith("Functions")
    if not is_kernel or not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
        _call(["arm-none-eabi-gcc", *flags, "-c", str(path), "-o", str(target)])
    return target


def _call(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_BUILD_TIMEOUT_S
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or ["no words"]
        raise CheckoutError(f"the compiler fails: {lines[0]}")


def _run(board: Board, program: Path) -> tuple[int, int, NDArray[np.int8]]:
    """Boot a program and return status, ticks and output."""
    with socket.create_server((_HERE, 0), backlog=1) as listener:
        descriptor, address = listener.fileno(), listener.getsockname()
        command = qemu.command(board, program, descriptor=descriptor)
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command, pass_fds=[descriptor], stderr=subprocess.DEVNULL
        )
        try:
            with socket.create_connection(address, timeout=_RUN_TIMEOUT_S) as link:
                status, ticks, output = _lines(link)
        finally:
            process.kill()
            process.wait(timeout=_RUN_TIMEOUT_S)
    value = int(status, 16)
    signed = value - (1 << 32) if value >= 1 << 31 else value
    return signed, int(ticks, 16), np.frombuffer(bytes.fromhex(output), np.int8)


def _lines(link: socket.socket) -> list[str]:
    """Return the three lines that the harness sends."""
    received, deadline_s = b"", time.monotonic() + _RUN_TIMEOUT_S
    while received.count(b"\n") < 3:
        data = link.recv(65536)
        received += data
        if not data or time.monotonic() > deadline_s:
            raise CheckoutError("the emulated board tells no result")
    return received.decode().splitlines()[:3]


def _header(path: Path, name: str) -> str:
    try:
        return (path / "Include" / name).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CheckoutError(
            f"{path}: no checkout of CMSIS-NN: Include/{name}: {error.strerror}"
        ) from None


def _num_arguments(header: str, function: str) -> int:
    without_comments = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    found: Any = re.search(rf"\b{function}\s*\(([^)]*)\)", without_comments)
    return 0 if found is None else len(found.group(1).split(","))
