# SPDX-License-Identifier: Apache-2.0
"""The driver under the package joulescope, with a JS220 behind it that plays back traces.

It has the methods of `pyjoulescope_driver.Driver` that a device of the package calls, and publishes
blocks of samples on the topics that it subscribes to, as the real one does from its USB thread.
"""

import threading
from collections.abc import Callable

import numpy as np

from sim.meters.trace import Trace, idle

PATH = "u/js220/002557"
SERIAL_NUMBER = "002557"
_FULL_RATE_HZ = 1_000_000
_DECIMATION = 10
_BLOCK = 504  # samples a message: a multiple of 8, for bits travel in bytes
_IDLE_S = _BLOCK * _DECIMATION / _FULL_RATE_HZ
_CURRENT, _VOLTAGE, _POWER, _RANGE, _INPUT = range(1, 6)

_Callback = Callable[[str, object], object]


class JoulescopeReplay:
    """The driver: idles while samples are wanted, and plays what it is given.

    Parameters
    ----------
    voltage_v : float
        Voltage of the supply [V].
    """

    def __init__(self, *, voltage_v: float) -> None:
        self._voltage_v = voltage_v
        self._lock = threading.RLock()
        self._due: list[Trace] = []
        self._callbacks: dict[str, _Callback] = {}
        self._num_sent = self._drop_from = self._num_dropped = 0
        self._holds = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def play(self, trace: Trace) -> None:
        """Have the board at the other end go through a trace."""
        with self._lock:
            self._due.append(trace)

    def drop(self, num_samples: int, *, after: int) -> None:
        """Lose samples of the next trace that is played, behind so many of it: whole messages."""
        self._drop_from, self._num_dropped = after // _BLOCK, max(1, num_samples // _BLOCK)

    def hold(self) -> None:
        """Send nothing behind the next trace: its last sample is the last of all."""
        self._holds = True

    def open(self, path: str, mode: object, timeout: object) -> int:
        """Begin to serve."""
        del path, mode, timeout
        self._thread.start()
        return 0

    def close(self, path: str, timeout: object) -> int:
        """Cease to serve."""
        del path, timeout
        self._ending.set()
        self._thread.join(10.0)
        return 0

    def publish(self, topic: str, value: object, timeout: object) -> None:
        """Take a setting."""

    def subscribe(self, topic: str, flags: object, fn: _Callback, timeout: object) -> None:
        """Send samples of a topic from now on."""
        del flags, timeout
        with self._lock:
            self._callbacks[topic] = fn

    def unsubscribe(self, topic: str, fn: _Callback, timeout: object) -> None:
        """Send no more samples of a topic."""
        del fn, timeout
        with self._lock:
            self._callbacks.pop(topic, None)

    def _serve(self) -> None:
        while not self._ending.wait(_IDLE_S):
            with self._lock:
                traces, self._due = self._due, []
                is_last = self._holds and bool(traces)
                for trace in traces if is_last else (*traces, idle(_BLOCK)):
                    self._send(trace)
            if is_last:
                return

    def _send(self, trace: Trace) -> None:
        whole = trace.followed_by(idle(-trace.current_a.size % _BLOCK))
        is_played = bool(trace.trigger.any())
        for i in range(whole.current_a.size // _BLOCK):
            lost = is_played and self._drop_from <= i < self._drop_from + self._num_dropped
            if not lost:
                self._send_block(whole, slice(i * _BLOCK, (i + 1) * _BLOCK))
            self._num_sent += _BLOCK
        if is_played:
            self._num_dropped = 0

    def _send_block(self, trace: Trace, part: slice) -> None:
        current = trace.current_a[part].astype(np.float32)
        voltage = np.full(_BLOCK, self._voltage_v, np.float32)
        level = np.packbits(trace.trigger[part], bitorder="little")
        self._tell("s/i/!data", _CURRENT, 0, current)
        self._tell("s/v/!data", _VOLTAGE, 0, voltage)
        self._tell("s/p/!data", _POWER, 0, current * voltage)
        self._tell("s/i/range/!data", _RANGE, 0, np.zeros(_BLOCK, np.uint8))
        self._tell("s/gpi/0/!data", _INPUT, 0, level)
        self._tell("s/gpi/1/!data", _INPUT, 1, np.zeros_like(level))

    def _tell(self, topic: str, field: int, index: int, data: object) -> None:
        callback = self._callbacks.get(f"{PATH}/{topic}")
        if callback is None:
            return
        callback(
            topic,
            {
                "field_id": field,
                "index": index,
                "sample_id": self._num_sent * _DECIMATION,
                "sample_rate": _FULL_RATE_HZ,
                "decimate_factor": _DECIMATION,
                "data": data,
            },
        )
