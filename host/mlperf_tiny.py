# SPDX-License-Identifier: Apache-2.0
"""What a device under test of MLPerf Tiny says about its network, and by which clock it times.

Source
------
mlcommons/tiny, benchmark/api and benchmark/reference_submissions: identifiers, shapes, results.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from host.errors import HostError
from host.wire_text import MODEL_BYTES, Text, TextFlag, us_per_tick

if TYPE_CHECKING:
    from boards.board import Board
    from boards.image import Image
    from host.device_info import DeviceInfo

_SHAPES: Mapping[tuple[int, int], str] = {
    (640, 640): "ad01",
    (49 * 10, 12): "kws01",
    (32 * 32 * 3, 10): "ic01",
    (96 * 96 * 3, 2): "vww01",
}
_SCORED = frozenset({"ad01"})
_FORBIDDEN = frozenset("[]%")


class DutError(HostError):
    """A network or a board cannot serve as the device under test that was asked for."""


class Mode(StrEnum):
    """What is measured: times by a clock, energy by a meter at the trigger pin, or results only."""

    PERFORMANCE = "performance"
    ENERGY = "energy"
    ACCURACY = "accuracy"


class InputType(StrEnum):
    """What the bytes of the input are; UINT8 is 128 above the int8 that the network takes."""

    INT8 = "int8"
    UINT8 = "uint8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The clock of a device's time stamps.

    Parameters
    ----------
    tick_hz : int
        Rate of the tick counter [Hz].
    meaning : str
        What a second of it is.
    """

    tick_hz: int
    meaning: str


def model_id(image: "Image", *, wanted: str | None) -> str:
    """Return the identifier that the runner chooses its test by, such as kws01.

    Raises
    ------
    DutError
        The network has the shape of no benchmark and none was named, or the name cannot be said.
    """
    if wanted is None:
        return _known(image)
    is_ascii = wanted.isascii() and wanted.isprintable() and " " not in wanted
    if not (is_ascii and 1 <= len(wanted) <= MODEL_BYTES) or _FORBIDDEN & set(wanted):
        raise DutError(
            f"{wanted!r} cannot be a model's identifier: 1 to {MODEL_BYTES} ASCII characters "
            "without spaces, brackets and percent signs; try --id kws01"
        )
    return wanted


def declared_clock(board: "Board", info: "DeviceInfo", *, is_at_port: bool) -> Clock:
    """Return the clock that times on a board are told by.

    Raises
    ------
    DutError
        It has none, or nobody knows what its ticks mean.
    """
    from boards.board import TimeSource

    advice = "serve its results alone with --mode accuracy, or choose another board"
    if board.time.source is TimeSource.NONE or info.tick_bits == 0:
        raise DutError(f"{board.name} has no clock to time a run with: {advice}")
    if board.time.source in {TimeSource.CYCLE_COUNTER, TimeSource.TIMER}:
        return Clock(tick_hz=info.clock_hz, meaning="the board's own clock")
    if is_at_port or board.time.shift is None:
        raise DutError(
            f"{board.name} is emulated, and how an emulator at a port counts time is not known: "
            f"leave --port away, or {advice}"
        )
    instruction_ns = 1 << board.time.shift
    return Clock(
        tick_hz=info.clock_hz,
        meaning=f"emulated time: an instruction takes {instruction_ns} ns, which is no silicon's",
    )


def settings(*, model: str, mode: Mode, input_type: InputType, clock: Clock | None) -> Text:
    """Return what a device needs to know to serve a network."""
    flags = TextFlag(0)
    if mode is Mode.ENERGY:
        flags |= TextFlag.ENERGY
    if model in _SCORED:
        flags |= TextFlag.SCORE
    if input_type is InputType.UINT8:
        flags |= TextFlag.UNSIGNED
    if clock is None:
        return Text(flags=flags, model=model.encode())
    multiplier, right_shift = us_per_tick(clock.tick_hz)
    return Text(
        flags=flags, us_multiplier=multiplier, us_right_shift=right_shift, model=model.encode()
    )


def _known(image: "Image") -> str:
    shape = (image.input.num_bytes, image.output.num_bytes)
    if shape not in _SHAPES:
        known = ", ".join(f"{name} {n_in} to {n_out}" for (n_in, n_out), name in _SHAPES.items())
        raise DutError(
            f"a network from {shape[0]} to {shape[1]} values is none of the benchmark's ({known}): "
            "say with --id which test it stands for"
        )
    return _SHAPES[shape]
