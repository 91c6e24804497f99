# SPDX-License-Identifier: Apache-2.0
"""A board as its TOML file tells it: core, memory, link, and where time and energy come from."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from boards.body import Body
from boards.errors import ImageError
from boards.table import Table

_ALIGNMENT_BYTES = 16
_NUM_IMAGE_SLOTS = 2
_MOST_INSTRUCTIONS_PER_TICK = 0.5


class LinkKind(StrEnum):
    """What is at the other end of the wire."""

    NATIVE = "native"
    QEMU = "qemu"
    SERIAL = "serial"


class TimeSource(StrEnum):
    """What a board's tick counter counts; NONE means that its ticks say nothing about silicon.

    TIMER is a timer beside the core, of a clock of its own.
    """

    NONE = "none"
    QEMU_ICOUNT = "qemu-icount"
    CYCLE_COUNTER = "cycle-counter"
    TIMER = "timer"


class EnergySource(StrEnum):
    """Where a board's energy figures come from; with NONE there are none."""

    NONE = "none"
    MODELLED = "modelled"
    METER = "meter"


class Region(Table):
    """A piece of the address space."""

    origin: int = Field(ge=0)
    bytes: int = Field(gt=0)


class CpuTable(Table):
    """`[cpu]`: the core; `clock_hz` is that of the tick counter's board, absent on the host."""

    core: str
    clock_hz: int | None = Field(default=None, gt=0)
    fpu: bool = False
    simd: Literal["none", "dsp", "mve"] = "none"


class MemoryTable(Table):
    """`[memory]`: the address space, and how much of it the firmware gives to networks.

    The program lies in `flash`, the arena in `ram` beside what the agent needs for itself. There
    are two image slots of `image_slot_bytes` in `images`: one in force, one being loaded. Where
    `images` is flash, `flash_page_bytes` is the page that it is erased by; absent in RAM.
    """

    flash: Region | None = None
    ram: Region | None = None
    images: Region | None = None
    stack_bytes: int = Field(default=4096, gt=0, multiple_of=8)
    image_slot_bytes: int = Field(gt=0, multiple_of=_ALIGNMENT_BYTES)
    arena_bytes: int = Field(gt=0, multiple_of=_ALIGNMENT_BYTES)
    flash_page_bytes: int | None = Field(default=None, gt=0, multiple_of=_ALIGNMENT_BYTES)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.images and _NUM_IMAGE_SLOTS * self.image_slot_bytes > self.images.bytes:
            room = self.images.bytes
            raise ValueError(f"image_slot_bytes: two slots exceed images, {room} bytes")
        if self.ram and self.arena_bytes > self.ram.bytes:
            raise ValueError(f"arena_bytes: the arena exceeds ram, {self.ram.bytes} bytes")
        return self

    @model_validator(mode="after")
    def _erases_whole_pages(self) -> Self:
        page = self.flash_page_bytes
        if page is None:
            return self
        if self.images is None or self.images.origin % page or self.image_slot_bytes % page:
            raise ValueError(f"flash_page_bytes: image slots are not made of pages of {page} bytes")
        return self


class BuildTable(Table):
    """`[build]`: the folder of the port; what tells it its core, and which of its boards it is."""

    port: str
    cpu_flags: Annotated[tuple[str, ...], Field(strict=False)] = ()
    defines: Annotated[tuple[str, ...], Field(strict=False)] = ()


class LinkTable(Table):
    """`[link]`: how the host reaches the board.

    `machine` is QEMU's name of an emulated board; `serial_number` is that of the USB serial port
    of silicon, which keeps its place when ttys are renumbered. `max_payload` is the bytes of the
    largest message; the board keeps two. `timeout_s` is how long any request
    may take with all its repetitions, beyond the work that a network is known to be.
    """

    kind: Annotated[LinkKind, Field(strict=False)]
    machine: str | None = None
    serial_number: str | None = None
    baud: int = Field(default=115_200, gt=0)
    max_payload: int = Field(default=8192, ge=256, le=8192)
    timeout_s: float = Field(default=10.0, gt=0)

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.kind is LinkKind.QEMU) != (self.machine is not None):
            raise ValueError("machine: kind 'qemu' needs this key, and no other kind has it")
        return self


class ProbeTable(Table):
    """`[probe]`: what a debug probe needs to know to flash the board.

    `pyocd` is the chip's name there, `openocd` the configuration files, the probe's first.
    """

    pyocd: str | None = None
    openocd: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _names_a_program(self) -> Self:
        if self.pyocd is None and not self.openocd:
            raise ValueError("pyocd: this key or openocd must be there")
        return self


class TimeTable(Table):
    """`[time]`: what a tick is; under icount an instruction takes 2^shift ns of virtual time.

    Counts are exact where an instruction takes more than two ticks: a difference of two readings is
    off by less than one tick, which is then less than half an instruction.
    """

    source: Annotated[TimeSource, Field(strict=False)]
    shift: int | None = Field(default=None, ge=0, le=10)

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.source is TimeSource.QEMU_ICOUNT) != (self.shift is not None):
            raise ValueError("shift: source 'qemu-icount' needs this key, and no other has it")
        return self


class MeterTable(Table):
    """`[energy.meter]`: the instrument in the board's supply; `host/meters/catalog.py` knows names.

    `voltage_mv` is what it supplies, or what the board is supplied with if it only measures
    (`supplies = false`); absent where it measures the voltage itself. `trigger_channel` is its
    input that the board's trigger pin is wired to. `accuracy_percent` replaces its published one.
    """

    name: str
    serial_number: str
    voltage_mv: int | None = Field(default=None, gt=0)
    supplies: bool = True
    trigger_channel: int = Field(default=0, ge=0)
    accuracy_percent: float | None = Field(default=None, gt=0, lt=100)


class EnergyTable(Table):
    """`[energy]`: a profile of `boards/energy/` if modelled, an instrument if measured."""

    source: Annotated[EnergySource, Field(strict=False)]
    profile: str | None = None
    meter: MeterTable | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.source is EnergySource.MODELLED) != (self.profile is not None):
            raise ValueError("profile: source 'modelled' needs this key, and no other has it")
        if (self.source is EnergySource.METER) != (self.meter is not None):
            raise ValueError("meter: source 'meter' needs this table, and no other has it")
        return self


class Board(Table):
    """One board file.

    `stands_for` names the chip of `boards/energy/` whose clock, cycles per instruction and energy
    stand behind modelled figures; None where no figure is modelled. `verified` says what the
    board's firmware has run on so far, where that is not the board itself.
    """

    schema_version: Literal[1] = Field(alias="schema")
    name: str
    title: str
    stands_for: str | None = None
    verified: str | None = None
    cpu: CpuTable
    memory: MemoryTable
    build: BuildTable
    link: LinkTable
    time: TimeTable
    energy: EnergyTable
    probe: ProbeTable | None = None

    @property
    def body(self) -> Body:
        """Return which body of the kernels this board's core runs."""
        if self.link.kind is LinkKind.NATIVE:
            return Body.PORTABLE
        return Body.SCALAR if self.cpu.simd == "none" else Body(self.cpu.simd)

    @property
    def instructions_per_tick(self) -> float | None:
        """Return how many instructions a tick stands for; None where ticks do not count them.

        .. math:: n = (10^9 / f) / 2^N

        with the tick counter's clock f [Hz] and 2^N ns of virtual time an instruction.
        """
        if self.cpu.clock_hz is None or self.time.shift is None:
            return None
        return 1e9 / self.cpu.clock_hz / float(1 << self.time.shift)

    @model_validator(mode="after")
    def _counts_exactly(self) -> Self:
        worth = self.instructions_per_tick
        if worth is not None and worth >= _MOST_INSTRUCTIONS_PER_TICK:
            raise ValueError(
                f"time.shift: a tick is worth {worth:g} instructions; counts are exact below "
                f"{_MOST_INSTRUCTIONS_PER_TICK:g}, choose a larger shift"
            )
        return self

    @model_validator(mode="after")
    def _uses_energy(self) -> Self:
        if self.energy.source is EnergySource.METER and self.link.kind is not LinkKind.SERIAL:
            raise ValueError(
                f"energy.source: 'meter' measures silicon, and a board of kind "
                f"'{self.link.kind}' is a program, which uses no energy of its own; choose "
                "'modelled' or 'none'"
            )
        return self

    def require_fit(self, *, image_bytes: int, arena_bytes: int) -> None:
        """Raise an `ImageError` if an image or its activations are too large for this board."""
        room = self.memory
        for what, needed, there in (
            ("image", image_bytes, room.image_slot_bytes),
            ("arena", arena_bytes, room.arena_bytes),
        ):
            if needed > there:
                raise ImageError(
                    f"the network is too large for {self.name}: its {what} takes {needed} bytes, "
                    f"the board has {there}. Try a smaller network or another board"
                )
