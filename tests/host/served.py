# SPDX-License-Identifier: Apache-2.0
"""Boards that serve a network as text on a pseudo terminal, as `airloop serve-dut` does."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from boards.board import Board
from boards.image import Image
from host.device import Device
from host.launcher import open_device
from host.mlperf_tiny import InputType, Mode, declared_clock, settings
from host.pty_bridge import Pty, carry

DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A device that speaks text, the port where it does, and the lines that it said first."""

    device: Device
    path: str
    first_lines: tuple[str, ...]


@contextmanager
def served(
    board: Board,
    image: Image,
    *,
    model: str = "x01",
    mode: Mode = Mode.ACCURACY,
    input_type: InputType = InputType.INT8,
) -> Generator[Served]:
    """Serve a network inside a block; afterwards the device speaks frames again."""
    is_timed = mode is Mode.PERFORMANCE
    with open_device(board, instruction_counting=is_timed) as device:
        clock = declared_clock(board, device.info, is_at_port=False) if is_timed else None
        wanted = settings(model=model, mode=mode, input_type=input_type, clock=clock)
        device.load(image)
        with Pty() as pty, device.speak_text(wanted) as first_lines, carried(device, pty):
            yield Served(device=device, path=pty.path, first_lines=first_lines)
        device.hello()


@contextmanager
def carried(device: Device, pty: Pty) -> Generator[None]:
    """Carry bytes between a device and a pseudo terminal while a block runs."""
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        carrying = pool.submit(carry, device.link, pty, stop=stop)
        try:
            yield
        finally:
            stop.set()
        carrying.result(timeout=DEADLINE_S)
