# SPDX-License-Identifier: Apache-2.0
"""A Power Profiler Kit II that plays back traces: the bytes of its serial port.

Source
------
Commands and sample layout: Nordic Semiconductor's open-source Power Profiler application.
"""

import threading
import time
from collections import deque

import numpy as np
from numpy.typing import NDArray

from sim.meters.trace import Trace, idle

RATE_HZ = 100_000.0
_LENGTHS = {0x06: 1, 0x07: 1, 0x0C: 2, 0x0D: 3, 0x11: 2, 0x19: 1}
_START, _STOP, _REGULATOR, _METADATA = 0x06, 0x07, 0x0D, 0x19
_OHMS = np.array([1031.64, 101.65, 10.15, 0.94, 0.043])
_OFFSETS = np.array([8.0, 20.0, 12.0, 4.0, 16.0])
_VOLTS_PER_STEP = 1.8 / 163_840
_FULL_SCALE = 4 * 0x3FFF
_IDLE_BLOCK = 500
_COUNTER_MASK = 0x3F


class Ppk2Replay:
    """The kit: idles while it measures, and plays what it is given.

    Parameters
    ----------
    channel : int
        Input of the logic port that the trigger pin is wired to.
    is_calibrated : bool
        Whether it tells its calibration when asked.
    """

    def __init__(self, *, channel: int = 0, is_calibrated: bool = True) -> None:
        self.millivolts: int | None = None
        self._channel, self._is_calibrated = channel, is_calibrated
        self._lock = threading.Lock()
        self._due: deque[Trace] = deque()
        self._is_measuring = self._holds = self._is_held = False
        self._num_sent = self._drop_from = self._num_dropped = 0
        self._commands = b""
        self._last_s = 0.0

    def play(self, trace: Trace) -> None:
        """Have the board at the other end go through a trace."""
        with self._lock:
            self._due.append(trace)

    def drop(self, num_samples: int, *, after: int) -> None:
        """Lose samples of the next trace that is played, behind so many of it."""
        self._drop_from, self._num_dropped = after, num_samples

    def hold(self) -> None:
        """Send nothing behind the next trace: its last sample is the last of all."""
        self._holds = True

    def receive(self, data: bytes) -> bytes:
        """Return the answer to commands."""
        self._commands += data
        answer = b""
        while self._commands and len(self._commands) >= _LENGTHS.get(self._commands[0], 1):
            length = _LENGTHS.get(self._commands[0], 1)
            command, self._commands = self._commands[:length], self._commands[length:]
            answer += self._execute(command)
        return answer

    def flow(self) -> bytes:
        """Return the samples that are due: a trace at once, idling in real time."""
        if not self._is_measuring or self._is_held:
            return b""
        with self._lock:
            traces, self._due = list(self._due), deque[Trace]()
        now_s = time.monotonic()
        if not traces and now_s - self._last_s < _IDLE_BLOCK / RATE_HZ:
            return b""
        self._last_s = now_s
        self._is_held = self._holds and bool(traces)
        if self._is_held:
            return self._encoded(traces[0])
        return b"".join(self._encoded(trace) for trace in (*traces, idle(_IDLE_BLOCK)))

    def _execute(self, command: bytes) -> bytes:
        kind = command[0]
        if kind == _START:
            self._is_measuring = True
        elif kind == _STOP:
            self._is_measuring = False
            with self._lock:  # what nobody looked at any more
                self._due.clear()
        elif kind == _REGULATOR:
            self.millivolts = (command[1] - 3) * 256 + command[2] - 32 + 800
        elif kind == _METADATA and self._is_calibrated:
            return self._metadata()
        return b""

    def _metadata(self) -> bytes:
        lines = ["Calibrated: 1"]
        for i in range(_OHMS.size):
            lines += [f"R{i}: {_OHMS[i]}", f"GS{i}: 0", f"GI{i}: 1", f"O{i}: {_OFFSETS[i]}"]
            lines += [f"S{i}: 0", f"I{i}: 0", f"UG{i}: 1"]
        return "\n".join((*lines, "VDD: 3000", "HW: 9173", "mode: 1", "IA: 59", "END\n")).encode()

    def _encoded(self, trace: Trace) -> bytes:
        """Return the words of a trace, without those that get lost on the way."""
        step, reading = _converted(trace.current_a)
        number = self._num_sent + np.arange(trace.current_a.size)
        self._num_sent += trace.current_a.size
        level = trace.trigger.astype(np.uint32) << self._channel
        counter = (number & _COUNTER_MASK).astype(np.uint32)
        words = reading | step << 14 | counter << 18 | level << 24
        if trace.trigger.any() and self._num_dropped:
            lost = np.arange(self._drop_from, self._drop_from + self._num_dropped)
            words, self._num_dropped = np.delete(words, lost), 0
        return bytes(words.astype("<u4").tobytes())


def _converted(
    current_a: NDArray[np.float64],
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return range and 14-bit reading of currents, in the most sensitive range that holds them."""
    readings = current_a[:, None] * _OHMS / _VOLTS_PER_STEP + _OFFSETS
    step = np.argmax(readings <= _FULL_SCALE, axis=1)
    reading = readings[np.arange(step.size), step] / 4
    return step.astype(np.uint32), np.rint(reading).astype(np.uint32)
