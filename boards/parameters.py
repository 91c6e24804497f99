# SPDX-License-Identifier: Apache-2.0
"""What an operator of an image is told besides places and quantization, kind by kind.

Byte for byte as `firmware/image/image.h` declares the members of `image_parameters_t`.
"""

import dataclasses
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Self, get_args, get_type_hints


class DeviceKind(IntEnum):
    """The operators that devices run; the numbers are the image's own."""

    CONV_2D = 1
    DEPTHWISE_CONV_2D = 2
    ADD = 3
    MUL = 4
    SUB = 5
    FULLY_CONNECTED = 6
    AVERAGE_POOL_2D = 7
    MAX_POOL_2D = 8
    MEAN = 9
    SOFTMAX = 10
    LOOKUP = 11
    COPY = 12
    FILL = 13
    GATHER = 14
    SPIKING_LAYER = 15
    SPIKE_READOUT = 16
    LMMSE_DETECTOR = 17
    GNN_SIC = 18
    LORA_UNFOLDED = 19


WEIGHTED = (DeviceKind.CONV_2D, DeviceKind.DEPTHWISE_CONV_2D, DeviceKind.FULLY_CONNECTED)
"""What has weights and a rescale for each output."""

Two = tuple[int, int]
Three = tuple[int, int, int]
Four = tuple[int, int, int, int]


class _Packed:
    """Integers in the order of the record, tuples of them among them."""

    LAYOUT: ClassVar[struct.Struct]

    __slots__ = ()

    def pack(self) -> bytes:
        """Return the bytes of the record."""
        return self.LAYOUT.pack(*_flat(dataclasses.astuple(self)))  # type: ignore[call-overload]  # every record is a dataclass

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Return the record that `data` begins with."""
        numbers = iter(cls.LAYOUT.unpack_from(data))
        kinds = get_type_hints(cls)
        names = (one.name for one in dataclasses.fields(cls))  # type: ignore[arg-type]  # as above
        return cls(**{name: _taken(kinds[name], numbers) for name in names})


def _flat(values: Iterable[Any]) -> Iterator[int]:
    for value in values:
        if isinstance(value, int):
            yield value
        else:
            yield from _flat(value)


def _taken(kind: Any, numbers: Iterator[int]) -> Any:  # noqa: ANN401  # an int, or tuples of them
    """Return the next of some numbers, as many as a field of this type has."""
    inside = get_args(kind)
    return tuple(_taken(one, numbers) for one in inside) if inside else next(numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(_Packed):
    """Of convolutions and pools, which meet input row i * stride + k * dilation - padding."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<16H")

    height: int
    width: int
    num_in: int
    out_height: int
    out_width: int
    num_out: int
    kernel: Two
    dilation: Two = (1, 1)
    stride: Two = (1, 1)
    padding: Two = (0, 0)
    num_groups: int = 1
    pixel_bytes: int = 0
    """Of all outputs, if these are a part of them; 0 = `num_out`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense(_Packed):
    """Of FULLY_CONNECTED: rows [num_rows, num_in] become [num_rows, num_out]."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<4I")

    num_rows: int
    num_in: int
    num_out: int
    row_bytes: int = 0
    """Of all outputs, if these are a part of them; 0 = `num_out`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(_Packed):
    """Of ADD, SUB and MUL: the output's sizes, and each input's steps along them, 0 to repeat."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<12I")

    sizes: Four
    steps: tuple[Four, Four]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction(_Packed):
    """Of MEAN: sizes of what is kept and of what is summed, and the input's steps along them."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<8I")

    kept: Two
    summed: Two
    kept_steps: Two
    summed_steps: Two


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(_Packed):
    """Of SOFTMAX: rows of values. Of LOOKUP and FILL: one row."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<2I")

    num_rows: int
    num_values: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(_Packed):
    """Of COPY: runs of bytes in four nested loops, and the steps from one to the next."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<4H9I")

    sizes: Four
    run_bytes: int
    from_steps: Four
    to_steps: Four


@dataclass(frozen=True, slots=True, kw_only=True)
class Spiking(_Packed):
    """Of SPIKING_LAYER and SPIKE_READOUT, which keep what their second input holds."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<8H2iI")

    max_events: int
    num_in: int
    num_out: int
    num_states: int = 1
    is_recurrent: int = 0
    weights_shift: int = 0
    recurrent_shift: int = 0
    leak_shift: int = 0
    threshold: int = 0
    sum_limit: int = 0
    max_steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection(_Packed):
    """Of detectors; what is 0 where nothing else is said, LMMSE_DETECTOR does not have."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<14H")

    num_elements: int
    num_rx_ant: int
    num_tx: int
    num_axis_bits: int
    llr_bits: int
    num_iterations: int = 0
    num_memory: int = 0
    num_messages: int = 0
    num_hidden: int = 0
    message_shift: int = 0
    ranks: Three = (0, 0, 0)
    """Of the factors of the stages of LORA_UNFOLDED, layer by layer."""
    channel_rank: int = 0


Parameters = Window | Dense | Join | Reduction | Rows | Copy | Spiking | Detection

PARAMETERS: Mapping[
    DeviceKind,
    type[Window]
    | type[Dense]
    | type[Join]
    | type[Reduction]
    | type[Rows]
    | type[Copy]
    | type[Spiking]
    | type[Detection],
] = {
    DeviceKind.CONV_2D: Window,
    DeviceKind.DEPTHWISE_CONV_2D: Window,
    DeviceKind.ADD: Join,
    DeviceKind.MUL: Join,
    DeviceKind.SUB: Join,
    DeviceKind.FULLY_CONNECTED: Dense,
    DeviceKind.AVERAGE_POOL_2D: Window,
    DeviceKind.MAX_POOL_2D: Window,
    DeviceKind.MEAN: Reduction,
    DeviceKind.SOFTMAX: Rows,
    DeviceKind.LOOKUP: Rows,
    DeviceKind.COPY: Copy,
    DeviceKind.FILL: Rows,
    DeviceKind.GATHER: Window,
    DeviceKind.SPIKING_LAYER: Spiking,
    DeviceKind.SPIKE_READOUT: Spiking,
    DeviceKind.LMMSE_DETECTOR: Detection,
    DeviceKind.GNN_SIC: Detection,
    DeviceKind.LORA_UNFOLDED: Detection,
}
"""Which parameters an operator of an image has."""
