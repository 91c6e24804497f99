# SPDX-License-Identifier: Apache-2.0
"""How the fields of a message become bytes, and bytes fields: fixed widths, then perhaps data."""

import struct
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self


class MalformedError(ValueError):
    """A whole, undamaged payload does not have the fields of its message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A message whose fields have fixed widths, in the order of `LAYOUT`."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<")

    def pack(self) -> bytes:
        """Return the bytes of the payload."""
        return self.LAYOUT.pack(*_values(self))

    @classmethod
    def unpack(cls, payload: bytes) -> Self:
        """Return the message in `payload`; raises MalformedError on another length."""
        if len(payload) != cls.LAYOUT.size:
            raise MalformedError(f"{len(payload)} bytes instead of {cls.LAYOUT.size}")
        return cls(**_named(cls, cls.LAYOUT.unpack(payload)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsAndData(Fields):
    """A message of fixed fields with bytes behind them; the last field is `data`."""

    def pack(self) -> bytes:
        """Return the bytes of the payload."""
        *fixed, data = _values(self)
        return b"".join((self.LAYOUT.pack(*fixed), data))

    @classmethod
    def unpack(cls, payload: bytes) -> Self:
        """Return the message in `payload`; raises MalformedError when it is too short."""
        size = cls.LAYOUT.size
        if len(payload) < size:
            raise MalformedError(f"{len(payload)} bytes, at least {size} expected")
        values = (*cls.LAYOUT.unpack_from(payload), payload[size:])
        return cls(**_named(cls, values))


def _values(message: Fields) -> tuple[Any, ...]:
    return tuple(getattr(message, field.name) for field in fields(message))


def _named(kind: type[Fields], values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip((field.name for field in fields(kind)), values, strict=True))
