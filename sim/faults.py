# SPDX-License-Identifier: Apache-2.0
"""A link that loses, damages, repeats, cuts and holds back frames, by a generator of its own.

What a serial cable can do to a frame, it does: a frame never overtakes another one, but it may be
held back until the next frame of its direction passes.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Protocol

import numpy as np

_FRAME_END = b"\x00"


class Link(Protocol):
    """The link that is disturbed."""

    @property
    def port(self) -> str:
        """Return the name of the port."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def read(self, *, wait_s: float) -> bytes:
        """Return what has arrived; empty when nothing came within `wait_s` [s]."""
        ...

    def drain(self) -> None:
        """Forget what has arrived."""
        ...


class Fate(StrEnum):
    """What happens to a frame on its way."""

    PASS = "pass"
    DROP = "drop"
    DAMAGE = "damage"
    DUPLICATE = "duplicate"
    TRUNCATE = "truncate"
    DELAY = "delay"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRates:
    """Probabilities of what may happen to a frame in one direction; at most one thing does.

    Parameters
    ----------
    drop : float
        It is lost.
    damage : float
        One to three of its bytes change, its end perhaps among them.
    duplicate : float
        It comes twice.
    truncate : float
        It is cut short and loses its end.
    delay : float
        It is held back until the next frame of its direction passes.
    """

    drop: float = 0.0
    damage: float = 0.0
    duplicate: float = 0.0
    truncate: float = 0.0
    delay: float = 0.0


class FaultyDirection:
    """One direction of a disturbed link.

    Parameters
    ----------
    rates : FaultRates
        What happens how often.
    generator : numpy.random.Generator
        The only source of chance.

    Attributes
    ----------
    counts : Counter
        How many frames had which fate.
    """

    def __init__(self, rates: FaultRates, generator: np.random.Generator) -> None:
        self.counts: Counter[Fate] = Counter()
        self._generator = generator
        self._fates = [Fate(field.name) for field in fields(rates)]
        self._bounds = np.cumsum([getattr(rates, fate.value) for fate in self._fates])
        self._pending = self._held = b""

    def pass_on(self, data: bytes) -> bytes:
        """Return what comes out; an unfinished frame stays inside until its end comes."""
        *frames, self._pending = (self._pending + data).split(_FRAME_END)
        return b"".join(self._disturb(frame + _FRAME_END) for frame in frames)

    def clear(self) -> None:
        """Forget what is inside."""
        self._pending = self._held = b""

    def _disturb(self, frame: bytes) -> bytes:
        if frame == _FRAME_END:
            return frame
        fate = self._draw()
        self.counts[fate] += 1
        held, self._held = self._held, b""
        if fate is Fate.DELAY:
            self._held = frame
            return held
        return held + _OUTCOMES[fate](frame, self._generator)

    def _draw(self) -> Fate:
        i_fate = int(np.searchsorted(self._bounds, self._generator.random(), side="right"))
        return self._fates[i_fate] if i_fate < len(self._fates) else Fate.PASS


class FaultyLink:
    """A link disturbed in both directions.

    Parameters
    ----------
    link : Link
        The link underneath; whoever opened it closes it.
    to_device, to_host : FaultyDirection
        What happens to frames of each direction.
    """

    def __init__(self, link: Link, *, to_device: FaultyDirection, to_host: FaultyDirection) -> None:
        self.to_device, self.to_host = to_device, to_host
        self._link = link

    @property
    def port(self) -> str:
        """Return the name of the port underneath."""
        return self._link.port

    def write(self, data: bytes) -> None:
        """Send what is left of the frames in `data`."""
        if disturbed := self.to_device.pass_on(data):
            self._link.write(disturbed)

    def read(self, *, wait_s: float) -> bytes:
        """Return what is left of what has arrived; empty when that is nothing, or nothing came."""
        deadline_s = time.monotonic() + wait_s
        while data := self._link.read(wait_s=max(0.0, deadline_s - time.monotonic())):
            if disturbed := self.to_host.pass_on(data):
                return disturbed
        return b""

    def drain(self) -> None:
        """Forget what has arrived."""
        self._link.drain()
        self.to_host.clear()


def _damaged(frame: bytes, generator: np.random.Generator) -> bytes:
    values = np.frombuffer(frame, np.uint8).copy()
    num_changed = min(len(values), int(generator.integers(1, 4)))
    places = generator.choice(len(values), size=num_changed, replace=False)
    values[places] ^= generator.integers(1, 256, size=num_changed, dtype=np.uint8)
    return values.tobytes()


def _truncated(frame: bytes, generator: np.random.Generator) -> bytes:
    return frame[: int(generator.integers(len(frame)))]


_OUTCOMES: Mapping[Fate, Callable[[bytes, np.random.Generator], bytes]] = {
    Fate.PASS: lambda frame, _: frame,
    Fate.DROP: lambda _frame, _: b"",
    Fate.DAMAGE: _damaged,
    Fate.DUPLICATE: lambda frame, _: frame + frame,
    Fate.TRUNCATE: _truncated,
}
