# SPDX-License-Identifier: Apache-2.0
"""ST's X-NUCLEO-LPM01A over its USB serial port: 100,000 samples a second, supply included.

Its stream has no channel for the trigger pin, but a rising edge on D7 can start an acquisition. So
a run's window begins with the first sample, and is as long as the board's cycle counter says; a
board without one cannot be measured with this meter. D7 is connected by a solder bridge.

Source
------
Commands: STMicroelectronics UM2269 and the firmware's `help`. Accuracy: UM2243 rev 2, section 10,
dynamic measurement, 100 nA to 50 mA: about 2 %.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import numpy as np
import serial

from boards.board import MeterTable
from host.meters.errors import MeterLostError, MeterRefusedError, MeterSettingsError
from host.meters.lpm01a_stream import Stream
from host.meters.ports import port_of
from host.meters.samples import Bracket, Facts, Sampler, Samples

_NAME = "lpm01a"
_RATE_HZ = 100_000.0
_BAUD = 3_686_400
_MILLIVOLTS = range(1800, 3301)
_ACCURACY = 0.02
_POLL_S = 0.002
_TIMEOUT_S = 2.0
_SETTINGS = (
    "htc",
    "acqmode dyn",
    "funcmode optim",
    "output current",
    "format bin_hexa",
    "freq 100k",
    "acqtime inf",
    "trigdelay 0",
    "trigsrc d7",
)
_FINISHED = "Acquisition completed"


@contextmanager
def opened(table: MeterTable, *, board: str) -> Generator[Sampler]:
    """Open the shield that a board file names; it supplies the board.

    Raises
    ------
    MeterSettingsError
        The voltage is not the shield's.
    MeterMissingError, MeterLostError, MeterRefusedError
        The shield is not plugged in, does not open, or refuses a setting.
    """
    if table.voltage_mv is None or table.voltage_mv not in _MILLIVOLTS:
        problem = f"an {_NAME} needs {_MILLIVOLTS[0]} to {_MILLIVOLTS[-1]}, not {table.voltage_mv}"
        raise MeterSettingsError(board=board, key="voltage_mv", problem=problem)
    if not table.supplies:
        problem = f"an {_NAME} always supplies the board"
        raise MeterSettingsError(board=board, key="supplies", problem=problem)
    name = port_of(table.serial_number, meter=_NAME)
    try:
        port = serial.serial_for_url(
            name, _BAUD, timeout=0.0, write_timeout=_TIMEOUT_S, exclusive=True
        )
    except (OSError, ValueError) as error:
        raise MeterLostError(meter=_NAME, port=name, reason=str(error)) from error
    with port:
        shield = _Lpm01a(port, table, name=name, voltage_mv=table.voltage_mv)
        try:
            yield shield
        finally:
            shield.release()


class _Lpm01a:
    """The shield, open; satisfies `Sampler`."""

    def __init__(
        self, port: serial.Serial, table: MeterTable, *, name: str, voltage_mv: int
    ) -> None:
        self._port, self._voltage_v = port, voltage_mv / 1e3
        percent = table.accuracy_percent
        self._accuracy = _ACCURACY if percent is None else percent / 100
        self._facts = Facts(
            meter=_NAME, port=name, rate_hz=_RATE_HZ, bracket=Bracket.START, trigger="input D7"
        )
        self._stream = Stream(_RATE_HZ)
        for command in (*_SETTINGS, f"volt {voltage_mv}m", "pwr on"):
            self._order(command)

    @property
    def facts(self) -> Facts:
        """Return which instrument it is."""
        return self._facts

    def begin(self) -> None:
        """Have the next rising edge on D7 start the samples."""
        self._stream = Stream(_RATE_HZ)
        self._order("start")

    def read(self, *, wait_s: float) -> Samples | None:
        """Return samples up to the last time stamp that has arrived."""
        deadline_s = time.monotonic() + wait_s
        while not (blocks := self._stream.feed(self._received())):
            if self._stream.problem:
                raise self._refused("start", self._stream.problem)
            if time.monotonic() >= deadline_s:
                return None
            time.sleep(_POLL_S)
        power_w = np.concatenate([block.current_a for block in blocks]) * self._voltage_v
        return Samples(
            number=np.concatenate([block.number for block in blocks]),
            power_w=power_w,
            error_w=np.abs(power_w) * self._accuracy,
            trigger=np.ones(power_w.size, np.bool_),
        )

    def end(self) -> None:
        """Stop the samples, or stop waiting for the edge."""
        self._write("stop")
        self._answer("stop", lambda text: _FINISHED in text or "ack stop" in text)
        self._received()

    def release(self) -> None:
        """Hand control back; the board stays supplied."""
        with suppress(MeterLostError):
            self._write("hrc")

    def _order(self, command: str) -> None:
        """Have a command acknowledged."""
        self._stream = Stream(_RATE_HZ)
        self._write(command)
        self._answer(command, lambda text: f"ack {command}" in text)

    def _answer(self, command: str, is_answer: Callable[[str], bool]) -> None:
        deadline_s = time.monotonic() + _TIMEOUT_S
        while not is_answer(self._stream.text):
            self._stream.feed(self._received())
            if "error" in self._stream.text.lower():
                raise self._refused(command, " ".join(self._stream.text.split()))
            if time.monotonic() >= deadline_s:
                raise self._refused(command, f"nothing within {_TIMEOUT_S:.0f} s")
            time.sleep(_POLL_S)

    def _write(self, command: str) -> None:
        try:
            self._port.write(f"{command}\n".encode("ascii"))
        except OSError as error:
            raise self._lost(error) from error

    def _received(self) -> bytes:
        try:
            return bytes(self._port.read(self._port.in_waiting))
        except OSError as error:
            raise self._lost(error) from error

    def _refused(self, command: str, answer: str) -> MeterRefusedError:
        return MeterRefusedError(meter=_NAME, port=self._facts.port, command=command, answer=answer)

    def _lost(self, error: Exception) -> MeterLostError:
        reason = " ".join(str(error).split())
        return MeterLostError(meter=_NAME, port=self._facts.port, reason=reason)
