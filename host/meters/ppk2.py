# SPDX-License-Identifier: Apache-2.0
"""Nordic's Power Profiler Kit II, through the package ppk2-api: 100,000 samples a second.

A sample on the wire is a little-endian word: bits 0..13 the ADC, 14..16 the range, 18..23 a
counter, 24..31 the logic port. The package turns ADC and range into a current by the kit's own
calibration; the counter, which tells lost samples, is read here. Losses of just 64 samples or a
multiple of it do not show in the counter.

Source
------
Layout: Nordic Semiconductor's open-source Power Profiler application. Accuracy: typical figures a
range of its PPK2 user guide, +-10 % for ranges 0 to 3 and +-15 % for range 4.
"""

import termios
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import numpy as np

from boards.board import MeterTable
from host.errors import ToolMissingError
from host.meters.errors import MeterLostError, MeterRefusedError, MeterSettingsError
from host.meters.ports import port_of
from host.meters.samples import Bracket, Facts, Sampler, Samples

if TYPE_CHECKING:
    from ppk2_api.ppk2_api import PPK2_API

_NAME = "ppk2"
_RATE_HZ = 100_000.0
_MILLIVOLTS = range(800, 5001)
_NUM_CHANNELS = 8
_ACCURACY = np.array([0.10, 0.10, 0.10, 0.10, 0.15, 0.15, 0.15, 0.15])
_WORD_BYTES = 4
_RANGE_SHIFT, _RANGE_MASK = 14, 0x7
_COUNTER_SHIFT, _COUNTER_MASK = 18, 0x3F
_POLL_S = 0.002
_TIMEOUT_S = 1.0


@contextmanager
def opened(table: MeterTable, *, board: str) -> Generator[Sampler]:
    """Open the kit that a board file names; it supplies the board, or measures what another does.

    Raises
    ------
    MeterSettingsError
        Voltage or channel are not the kit's.
    ToolMissingError
        The package ppk2-api is not installed.
    MeterMissingError, MeterLostError, MeterRefusedError
        The kit is not plugged in, does not open, or does not tell its calibration.
    """
    voltage_v = _checked(table, board=board)
    try:
        from ppk2_api.ppk2_api import PPK2_API
    except ImportError as error:
        raise ToolMissingError(
            tool="the package ppk2-api",
            purpose="read a Power Profiler Kit II",
            remedy=".venv/bin/pip install -e '.[meters]' -c constraints.txt",
        ) from error
    port = port_of(table.serial_number, meter=_NAME)
    try:
        kit = PPK2_API(port, timeout=_TIMEOUT_S, write_timeout=_TIMEOUT_S, exclusive=True)
    except OSError as error:
        raise MeterLostError(meter=_NAME, port=port, reason=str(error)) from error
    try:
        yield _Ppk2(kit, table, port=port, voltage_v=voltage_v)
    finally:
        with suppress(OSError, termios.error):
            if kit.ser is not None:
                kit.ser.close()


def _checked(table: MeterTable, *, board: str) -> float:
    """Return the voltage [V]."""
    if table.voltage_mv is None or table.voltage_mv not in _MILLIVOLTS:
        problem = f"a {_NAME} needs {_MILLIVOLTS[0]} to {_MILLIVOLTS[-1]}, not {table.voltage_mv}"
        raise MeterSettingsError(board=board, key="voltage_mv", problem=problem)
    if table.trigger_channel >= _NUM_CHANNELS:
        problem = f"a {_NAME} has inputs 0 to {_NUM_CHANNELS - 1}, not {table.trigger_channel}"
        raise MeterSettingsError(board=board, key="trigger_channel", problem=problem)
    return table.voltage_mv / 1e3


class _Ppk2:
    """The kit, open; satisfies `Sampler`."""

    def __init__(self, kit: "PPK2_API", table: MeterTable, *, port: str, voltage_v: float) -> None:
        self._kit, self._voltage_v, self._bit = kit, voltage_v, table.trigger_channel
        self._accuracy = (
            _ACCURACY
            if table.accuracy_percent is None
            else np.full(_RANGE_MASK + 1, table.accuracy_percent / 100)
        )
        trigger = f"input D{table.trigger_channel} of the logic port"
        self._facts = Facts(
            meter=_NAME, port=port, rate_hz=_RATE_HZ, bracket=Bracket.PIN, trigger=trigger
        )
        self._rest = b""
        self._last: int | None = None
        self._set_up(supplies=table.supplies)

    @property
    def facts(self) -> Facts:
        """Return which instrument it is."""
        return self._facts

    def begin(self) -> None:
        """Have samples flow, and forget those from before."""
        self._rest, self._last = b"", None
        self._discard()
        self._kit.start_measuring()

    def read(self, *, wait_s: float) -> Samples | None:
        """Return the samples that have arrived, whole words only."""
        deadline_s = time.monotonic() + wait_s
        while len(data := self._rest + self._received()) < _WORD_BYTES:
            self._rest = data
            if time.monotonic() >= deadline_s:
                return None
            time.sleep(_POLL_S)
        whole = len(data) - len(data) % _WORD_BYTES
        self._rest = data[whole:]
        return self._samples(data[:whole])

    def end(self) -> None:
        """Have no more samples flow."""
        self._kit.stop_measuring()
        self._discard()

    def _set_up(self, *, supplies: bool) -> None:
        self._kit.stop_measuring()
        self._discard()
        if not self._kit.get_modifiers():
            raise MeterRefusedError(
                meter=_NAME, port=self._facts.port, command="metadata", answer="no calibration"
            )
        if supplies:
            self._kit.use_source_meter()
        else:
            self._kit.use_ampere_meter()
        self._kit.set_source_voltage(round(1e3 * self._voltage_v))
        self._kit.toggle_DUT_power("ON")

    def _samples(self, data: bytes) -> Samples:
        words = np.frombuffer(data, "<u4")
        counters = (words >> _COUNTER_SHIFT).astype(np.int64) & _COUNTER_MASK
        last = int(counters[0]) - 1 if self._last is None else self._last
        steps = (np.diff(counters, prepend=last) - 1 & _COUNTER_MASK) + 1
        number = last + np.cumsum(steps)
        self._last = int(number[-1])
        microamperes, bits = self._kit.get_samples(data)
        power_w = np.asarray(microamperes, np.float64) * 1e-6 * self._voltage_v
        accuracy = self._accuracy[(words >> _RANGE_SHIFT) & _RANGE_MASK]
        return Samples(
            number=number,
            power_w=power_w,
            error_w=np.abs(power_w) * accuracy,
            trigger=(np.asarray(bits, np.uint8) >> self._bit & 1).astype(np.bool_),
        )

    def _received(self) -> bytes:
        try:
            return bytes(self._kit.get_data())
        except OSError as error:
            reason = " ".join(str(error).split())
            raise MeterLostError(meter=_NAME, port=self._facts.port, reason=reason) from error

    def _discard(self) -> None:
        """Forget what has arrived, and what was still on its way."""
        deadline_s = time.monotonic() + _TIMEOUT_S
        time.sleep(_POLL_S)
        while self._received() and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
