# SPDX-License-Identifier: Apache-2.0
"""What an X-NUCLEO-LPM01A sends: text before and behind, samples in between.

A sample is two bytes, big endian: the upper four bits an exponent n of 0..14, the others a mantissa
m; the current is m * 16^-n [A]. The pair 0xF0 0xFx begins anything else, which ends in 0xFF 0xFF:

    F1 text: an error     F2 text: a remark     F3 time u32 [ms], buffer load u8 [%]
    F4 the end            F5 too much current   F6 board switched off   F7 voltage u16 [mV]

A time stamp tells how many samples there should have been since the one before, which is how lost
samples are found: samples are given out once the next time stamp has come.

Source
------
STMicroelectronics UM2269, Getting started with PowerShield firmware, and its `help` command; the
layout of the records as Zephyr's power test harness reads them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_MARK = 0xF0
_END = b"\xff\xff"
_DAMAGED = "a damaged record"
_ERROR, _REMARK, _TIME, _STOP, _OVERLOAD, _OFF, _VOLTAGE = range(0xF1, 0xF8)
_TEXTS = (_ERROR, _REMARK)
_LENGTHS: Mapping[int, int] = {_TIME: 9, _STOP: 4, _OVERLOAD: 4, _OFF: 4, _VOLTAGE: 6}
_TIME_BITS = 0x7FFF_FFFF
_TOLERANCE_S = 2e-3  # time stamps are whole milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Samples between two time stamps.

    Parameters
    ----------
    number : int64 [num_samples]
        Which one it is since the start; those that got lost are left out.
    current_a : float64 [num_samples]
        Current [A].
    """

    number: NDArray[np.int64]
    current_a: NDArray[np.float64]


@dataclass(slots=True)
class Stream:
    """Takes bytes as they come; not for more than one acquisition.

    Parameters
    ----------
    rate_hz : float
        Samples a second, as the instrument was told [Hz].
    """

    rate_hz: float
    text: str = ""
    problem: str = ""
    has_ended: bool = False
    _buffer: bytearray = field(default_factory=bytearray)
    _is_binary: bool = False
    _currents: list[float] = field(default_factory=list[float])
    _time_ms: int | None = None
    _number: int = 0

    def feed(self, data: bytes) -> list[Block]:
        """Return what time stamps have confirmed.

        Returns
        -------
        list of Block
            One for each time stamp with samples before it.
        """
        self._buffer += data
        blocks: list[Block] = []
        while self._step(blocks):
            pass
        return blocks

    def _step(self, blocks: list[Block]) -> bool:
        """Take one piece off the buffer; False when it holds no whole one."""
        if not self._is_binary:
            return self._take_text()
        if len(self._buffer) < 2:
            return False
        if self._buffer[0] >> 4 != _MARK >> 4:
            return self._take_samples()
        return self._take_record(blocks)

    def _take_text(self) -> bool:
        begin = self._buffer.find(_MARK)
        cut = len(self._buffer) if begin < 0 else begin
        self.text += self._buffer[:cut].decode("ascii", errors="replace")
        del self._buffer[:cut]
        self._is_binary = begin >= 0
        return self._is_binary

    def _take_samples(self) -> bool:
        """Take the samples up to the next record."""
        pairs = np.frombuffer(bytes(self._buffer[: len(self._buffer) // 2 * 2]), ">u2")
        records = np.flatnonzero(pairs >> 12 == _MARK >> 4)
        num = int(records[0]) if records.size else pairs.size
        words = pairs[:num].astype(np.int64)
        self._currents += (np.ldexp(words & 0xFFF, -4 * (words >> 12))).tolist()
        del self._buffer[: 2 * num]
        return True

    def _take_record(self, blocks: list[Block]) -> bool:
        kind = self._buffer[1]
        if self._buffer[0] != _MARK or kind not in (*_TEXTS, *_LENGTHS):
            is_record = self._buffer[0] == _MARK
            return self._give_up(f"an unknown record {kind:#x}" if is_record else _DAMAGED)
        length = self._text_length() if kind in _TEXTS else _LENGTHS[kind]
        if length is None or len(self._buffer) < length:
            return False
        record = bytes(self._buffer[:length])
        if not record.endswith(_END):
            return self._give_up(_DAMAGED)
        del self._buffer[:length]
        self._tell(kind, record, blocks)
        return True

    def _give_up(self, problem: str) -> bool:
        """Say what is wrong, once, and read no further."""
        self.problem = self.problem or problem
        self._is_binary = False
        self._buffer.clear()
        return False

    def _text_length(self) -> int | None:
        end = self._buffer.find(_END, 2)
        return None if end < 0 else end + len(_END)

    def _tell(self, kind: int, record: bytes, blocks: list[Block]) -> None:
        if kind == _TIME:
            self._confirm(int.from_bytes(record[2:6], "big") & _TIME_BITS, blocks)
        elif kind == _STOP:
            self.has_ended, self._is_binary = True, False
        elif kind in _PROBLEMS:
            self.problem = _PROBLEMS[kind](record)

    def _confirm(self, time_ms: int, blocks: list[Block]) -> None:
        """Give out the samples since the last time stamp, behind a gap if some are missing."""
        currents = np.array(self._currents)
        self._currents.clear()
        before, self._time_ms = self._time_ms, time_ms
        if before is None:
            return
        missing = round((time_ms - before) * 1e-3 * self.rate_hz) - currents.size
        number = self._number + np.arange(currents.size)
        if missing > _TOLERANCE_S * self.rate_hz:
            number[1:] += missing  # nobody knows where in the block: told at its beginning
        if currents.size:
            blocks.append(Block(number=number, current_a=currents))
            self._number = int(number[-1]) + 1


_PROBLEMS: Mapping[int, Callable[[bytes], str]] = {
    _ERROR: lambda record: record[2:-2].decode("ascii", errors="replace").strip(),
    _OVERLOAD: lambda _: "more current than it bears, 50 mA",
    _OFF: lambda _: "the board's supply was switched off",
}
