# SPDX-License-Identifier: Apache-2.0
"""Joulescope JS110 and JS220, through the package joulescope: current, voltage and inputs together.

The package marks samples that got lost as not-a-number; here they are left out, and their numbers
with them. Both models measure the voltage. Their accuracy depends on model, range and calibration,
so the board file states it.
"""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from boards.board import MeterTable
from host.errors import ToolMissingError
from host.meters.errors import MeterLostError, MeterMissingError, MeterSettingsError
from host.meters.samples import Bracket, Facts, Sampler, Samples

_NAME = "joulescope"
_RATE_HZ = 100_000
_INPUTS = ("current_lsb", "voltage_lsb")  # the package's names of inputs 0 and 1
_BUFFER_S = 15
_POLL_S = 0.002

_Signals = Mapping[str, Mapping[str, NDArray[np.float32]]]


class StreamBuffer(Protocol):
    """The package's buffer of samples, as far as it is used here."""

    @property
    def sample_id_range(self) -> tuple[int | None, int | None]:
        """Return number of the first sample there is, and of the one behind the last."""
        ...

    def samples_get(self, *, start: int, stop: int, fields: list[str]) -> Mapping[str, _Signals]:
        """Return samples by signal."""
        ...


class Device(Protocol):
    """The package's device, as far as it is used here."""

    serial_number: str
    stream_buffer: StreamBuffer | None
    is_open: bool

    def parameter_set(self, name: str, value: object) -> None:
        """Change a setting."""
        ...

    def open(self) -> object:
        """Take the device."""
        ...

    def close(self) -> object:
        """Let go of the device."""
        ...

    def start(self) -> None:
        """Have samples flow."""
        ...

    def stop(self) -> None:
        """Have no more samples flow."""
        ...


@contextmanager
def opened(table: MeterTable, *, board: str) -> Generator[Sampler]:
    """Open the Joulescope that a board file names.

    Raises
    ------
    MeterSettingsError
        The table has a voltage, no accuracy, or an input that there is not.
    ToolMissingError
        The package joulescope is not installed.
    MeterMissingError, MeterLostError
        It is not plugged in, or does not open.
    """
    accuracy = _checked(table, board=board)
    device = _found(table.serial_number)
    port = str(device)
    try:
        device.parameter_set("sampling_frequency", _RATE_HZ)
        device.parameter_set("buffer_duration", _BUFFER_S)
        device.open()
    except RuntimeError as error:
        raise MeterLostError(meter=_NAME, port=port, reason=str(error)) from error
    try:
        yield _Joulescope(device, table, port=port, accuracy=accuracy)
    finally:
        with suppress(RuntimeError):
            device.close()


def _checked(table: MeterTable, *, board: str) -> float:
    """Return the stated accuracy, as a share of the reading."""
    if table.voltage_mv is not None:
        problem = f"a {_NAME} measures the voltage; leave this key out"
        raise MeterSettingsError(board=board, key="voltage_mv", problem=problem)
    if table.trigger_channel >= len(_INPUTS):
        problem = f"a {_NAME} has inputs 0 and 1, not {table.trigger_channel}"
        raise MeterSettingsError(board=board, key="trigger_channel", problem=problem)
    if table.accuracy_percent is None:
        problem = f"a {_NAME} needs this key: its user's guide has it for your model and range"
        raise MeterSettingsError(board=board, key="accuracy_percent", problem=problem)
    return table.accuracy_percent / 100


def devices() -> Sequence[Device]:
    """Return every Joulescope that is plugged in.

    Raises
    ------
    ToolMissingError
        The package joulescope is not installed.
    """
    try:
        import joulescope
    except ImportError as error:
        raise ToolMissingError(
            tool="the package joulescope",
            purpose="read a Joulescope",
            remedy=".venv/bin/pip install -e '.[meters]' -c constraints.txt",
        ) from error
    return cast(Sequence[Device], joulescope.scan(config="auto"))


def _found(serial_number: str) -> Device:
    there = devices()
    for device in there:
        if device.serial_number == serial_number:
            return device
    raise MeterMissingError(
        meter=_NAME, serial_number=serial_number, existing=[str(device) for device in there]
    )


class _Joulescope:
    """One Joulescope, open; satisfies `Sampler`."""

    def __init__(self, device: Device, table: MeterTable, *, port: str, accuracy: float) -> None:
        self._device, self._accuracy = device, accuracy
        self._input = _INPUTS[table.trigger_channel]
        trigger = f"input {table.trigger_channel}"
        self._facts = Facts(
            meter=_NAME, port=port, rate_hz=_RATE_HZ, bracket=Bracket.PIN, trigger=trigger
        )
        self._next: int | None = None

    @property
    def facts(self) -> Facts:
        """Return which instrument it is."""
        return self._facts

    def begin(self) -> None:
        """Have samples flow, and forget those from before."""
        self._next = None
        self._alive()
        try:
            self._device.start()
        except RuntimeError as error:
            raise self._lost(str(error)) from error

    def read(self, *, wait_s: float) -> Samples | None:
        """Return the samples that have arrived."""
        deadline_s = time.monotonic() + wait_s
        while (span := self._span()) is None:
            if time.monotonic() >= deadline_s:
                return None
            time.sleep(_POLL_S)
        start, stop = span
        signals = self._signals(start, stop)
        self._next = stop
        power_w = np.asarray(signals["current"], np.float64) * signals["voltage"]
        is_there = np.isfinite(power_w)
        power_w = power_w[is_there]
        return Samples(
            number=np.arange(start, stop)[is_there],
            power_w=power_w,
            error_w=np.abs(power_w) * self._accuracy,
            trigger=np.asarray(signals[self._input]).astype(np.bool_)[is_there],
        )

    def end(self) -> None:
        """Have no more samples flow."""
        self._device.stop()

    def _span(self) -> tuple[int, int] | None:
        """Return number of the first new sample, and of the one behind the last; None without."""
        first, stop = self._alive().sample_id_range
        if first is None or stop is None:
            return None
        start = first if self._next is None else self._next
        if first > start:
            raise self._lost(f"the host fell {_BUFFER_S} s behind")
        return (start, stop) if stop > start else None

    def _signals(self, start: int, stop: int) -> dict[str, NDArray[np.float32]]:
        fields = ["current", "voltage", self._input]
        try:
            told = self._alive().samples_get(start=start, stop=stop, fields=fields)["signals"]
        except (RuntimeError, ValueError) as error:  # removed, or overwritten meanwhile
            raise self._lost(str(error)) from error
        return {name: told[name]["value"] for name in fields}

    def _alive(self) -> StreamBuffer:
        """Return the buffer that fills; the package takes it away when the device is removed."""
        buffer = self._device.stream_buffer
        if buffer is None or not self._device.is_open:
            raise self._lost("it was unplugged")
        return buffer

    def _lost(self, reason: str) -> MeterLostError:
        return MeterLostError(meter=_NAME, port=self._facts.port, reason=reason)
