# SPDX-License-Identifier: Apache-2.0
"""What host and device say to each other about windows of events; see `host.wire`."""

import struct
from dataclasses import dataclass

from host.wire_fields import Fields, FieldsAndData

TALLY_ENTRY = struct.Struct("<III")


@dataclass(frozen=True, slots=True, kw_only=True)
class Events(FieldsAndData):
    """Steps of a window, as `snn.events.packing` packs them; step 0 begins another window."""

    LAYOUT = struct.Struct("<IHB")
    first_step: int
    num_steps: int
    flags: int = 0
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsAnswer(FieldsAndData):
    """Answer to EVENTS: ticks it took, the step to go on with, and the scores if they fit."""

    LAYOUT = struct.Struct("<QII")
    ticks: int
    next_step: int
    output_bytes: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally(Fields):
    """Fetch what the operators did in the window so far, from `first_operator` on."""

    LAYOUT = struct.Struct("<H")
    first_operator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyAnswer(FieldsAndData):
    """Answer to TALLY: operators of the network in all, and entries from the first asked for."""

    LAYOUT = struct.Struct("<H")
    num_operators: int
    data: bytes

    @property
    def entries(self) -> tuple[tuple[int, int, int], ...]:
        """Return (events, spikes, saturations) of each operator told about."""
        return tuple(TALLY_ENTRY.iter_unpack(self.data))
