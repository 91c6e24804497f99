# SPDX-License-Identifier: Apache-2.0
"""A client of the MLPerf Tiny text protocol, written from its published description alone.

Commands are ASCII that ends with a percent sign; answers are lines, the last of them `m-ready`.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import serial

BYTES_A_COMMAND = 31
DEADLINE_S = 60.0
_READY = b"m-ready\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """What `infer` told: laps [us], None where there were none, and the printed results."""

    laps_us: tuple[int, ...]
    results: tuple[str, ...]
    lines: tuple[str, ...]


class MlperfClient:
    """One client with the port open; use it with `with`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._port: serial.Serial | None = None

    def __enter__(self) -> Self:
        self._port = serial.Serial(self._path, 115_200, timeout=0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.port.close()

    @property
    def port(self) -> serial.Serial:
        """Return the open port."""
        assert self._port is not None
        return self._port

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.port.write(data)

    def hear(self, num_answers: int = 1) -> str:
        """Return all that is said up to the end of so many answers; fails when they do not come."""
        said = b""
        deadline_s = time.monotonic() + DEADLINE_S
        while said.count(_READY) < num_answers:
            assert time.monotonic() < deadline_s, (
                f"{num_answers} answers, and no more than {said!r}"
            )
            said += self.port.read(max(1, self.port.in_waiting))
        assert said.endswith(_READY), said
        return said.decode("ascii")

    def ask(self, command: str) -> tuple[str, ...]:
        """Send a command; return the lines of its answer, m-ready left away."""
        self.send(f"{command}%".encode())
        *lines, ready, end = self.hear().split("\r\n")
        assert (ready, end) == ("m-ready", "")
        return tuple(lines)

    def load(self, data: bytes) -> None:
        """Load an input."""
        assert self.ask(f"db load {len(data)}") == (f"m-[Expecting {len(data)} bytes]",)
        pieces = [data[i : i + BYTES_A_COMMAND] for i in range(0, len(data), BYTES_A_COMMAND)]
        answers = [self.ask(f"db {piece.hex()}") for piece in pieces]
        assert answers == [*[()] * (len(pieces) - 1), ("m-load-done",)]

    def infer(self, num_runs: int, num_warmup_runs: int) -> Inference:
        """Run the network on the input that is loaded."""
        lines = self.ask(f"infer {num_runs} {num_warmup_runs}")
        laps = [re.fullmatch(r"m-lap-us-(\d+)", line) for line in lines]
        return Inference(
            laps_us=tuple(int(lap[1]) for lap in laps if lap),
            results=results_of(lines),
            lines=lines,
        )


def results_of(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the numbers of the one line of results, as they are printed."""
    (found,) = [one for one in (re.fullmatch(r"m-results-\[(.*)\]", line) for line in lines) if one]
    return tuple(found[1].split(","))
