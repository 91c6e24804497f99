# SPDX-License-Identifier: Apache-2.0
"""An X-NUCLEO-LPM01A that plays back traces: the text and bytes of its serial port.

Source
------
STMicroelectronics UM2269, and the layout of its records as Zephyr's power test harness reads them.
"""

import threading

import numpy as np
from numpy.typing import NDArray

from sim.meters.trace import Trace, idle

RATE_HZ = 100_000.0
_BLOCK = 100_000  # a time stamp a second
_PROMPT = "PowerShield > "
_MOST_AMPERES = 0.05
_RECORD_END = b"\xff\xff"


class Lpm01aReplay:
    """The shield: once armed, the trace that it is given starts its samples.

    Parameters
    ----------
    refuses : str
        A command that it answers with an error.
    """

    def __init__(self, *, refuses: str = "") -> None:
        self.commands: list[str] = []
        self._refuses, self._line = refuses, ""
        self._lock = threading.Lock()
        self._due: list[Trace] = []
        self._is_armed = self._is_sending = False
        self._drop_from = self._num_dropped = 0

    def play(self, trace: Trace) -> None:
        """Have the board at the other end go through a trace; its pin rises with it."""
        with self._lock:
            self._due.append(trace)

    def drop(self, num_samples: int, *, after: int) -> None:
        """Lose samples of the next trace that is played, behind so many of it."""
        self._drop_from, self._num_dropped = after, num_samples

    def hold(self) -> None:
        """Do nothing: the pin's end is not in its samples."""

    def receive(self, data: bytes) -> bytes:
        """Return the answer to commands."""
        self._line += data.decode("ascii")
        answer = b""
        while "\n" in self._line:
            command, _, self._line = self._line.partition("\n")
            answer += self._execute(command.strip())
        return answer

    def flow(self) -> bytes:
        """Return the samples of a trace, up to the next whole second."""
        with self._lock:
            traces, self._due = self._due, []
        if not self._is_armed or not traces:
            return b""
        self._is_armed, self._is_sending = False, True
        return self._encoded(traces[0])

    def _execute(self, command: str) -> bytes:
        self.commands.append(command)
        if command == self._refuses:
            text = f"\r\n{_PROMPT}error {command}\r\nError detail: argument out of range\r\n"
            return text.encode()
        if command == "start":
            self._is_armed = True
        if command == "stop":
            return self._stopped()
        return f"\r\n{_PROMPT}ack {command}\r\n\r\n".encode()

    def _stopped(self) -> bytes:
        was_sending, self._is_armed, self._is_sending = self._is_sending, False, False
        if not was_sending:
            return f"\r\n{_PROMPT}ack stop\r\n\r\n".encode()
        summary = f"\r\nsummary beg\r\nsummary end\r\n{_PROMPT}Acquisition completed\r\n"
        return b"\xf0\xf4" + _RECORD_END + summary.encode()

    def _encoded(self, trace: Trace) -> bytes:
        num_blocks = trace.current_a.size // _BLOCK + 1
        whole = trace.followed_by(idle(num_blocks * _BLOCK - trace.current_a.size))
        data = _time_stamp(0)
        for i in range(num_blocks):
            words = _words(whole.current_a[i * _BLOCK : (i + 1) * _BLOCK])
            if self._num_dropped and i == 0:
                lost = np.arange(self._drop_from, self._drop_from + self._num_dropped)
                words, self._num_dropped = np.delete(words, lost), 0
            data += words.tobytes() + _time_stamp(1000 * (i + 1))
        if (trace.current_a > _MOST_AMPERES).any():
            return _time_stamp(0) + b"\xf0\xf5" + _RECORD_END
        return data


def _time_stamp(time_ms: int) -> bytes:
    return b"\xf0\xf3" + time_ms.to_bytes(4, "big") + bytes([0]) + _RECORD_END


def _words(current_a: NDArray[np.float64]) -> NDArray[np.uint16]:
    """Return currents as exponent and mantissa, with the most digits that fit [big endian]."""
    exponent = np.clip(np.floor(-np.log2(np.maximum(current_a, 1e-12) / 0xFFF) / 4), 0, 14)
    mantissa = np.rint(np.ldexp(current_a, (4 * exponent).astype(np.int64)))
    return (exponent.astype(np.int64) << 12 | mantissa.astype(np.int64)).astype(">u2")
