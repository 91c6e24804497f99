# SPDX-License-Identifier: Apache-2.0
"""Buffers that live for a while, placed in one block of RAM.

Two that live at the same time lie apart, but for an output that may reach into the input it is made
of. Greedy orders of placing are tried first; if the lower bound is not met, a search goes on until
it is, or its budget of steps is spent.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boards.overlap import Overlap

ALIGNMENT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """A buffer and the operators, first to last and both included, at which it must stay intact."""

    name: str
    num_bytes: int
    first: int
    last: int

    def overlaps(self, other: "Lifetime") -> bool:
        """Return whether both buffers are alive at one operator."""
        return self.first <= other.last and other.first <= self.last


Overlaps = Mapping[tuple[str, str], Overlap]
"""What may overlap: by the names of input and output, which is born where the input dies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """Where buffers lie.

    Parameters
    ----------
    offsets : int [bytes] by name
        Multiples of `ALIGNMENT_BYTES`.
    peak_bytes : int
        What all of them take.
    lower_bound_bytes : int
        The most bytes that live at one operator, what may overlap counted once: nothing can do with
        less.
    """

    offsets: Mapping[str, int]
    peak_bytes: int
    lower_bound_bytes: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """The buffers placed so far, in the order of placing, with their offsets [bytes]."""

    placed: tuple[Lifetime, ...]
    offsets: Mapping[str, int]
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class _Meeting:
    """Offsets from `start` to before `end` are allowed at multiples of `grain` from `origin`."""

    start: int
    end: int
    origin: int
    grain: int


def pack(
    buffers: Sequence[Lifetime], *, max_steps: int, overlaps: Overlaps | None = None
) -> Packing:
    """Lay buffers of any kind out in one arena.

    Parameters
    ----------
    buffers : sequence of Lifetime
        In the order of their birth.
    max_steps : int
        Of the search beyond greedy orders.
    overlaps : Overlaps or None
    """
    allowed = _on_the_grid(overlaps or {})
    bound = _least_bytes(buffers, allowed)
    greedy = (_place(order, allowed) for order in _orders(buffers))
    layout = min(greedy, key=lambda one: one.peak_bytes)
    if layout.peak_bytes > bound:
        layout = _search(buffers, allowed, bound=bound, best=layout, max_steps=max_steps)
    return Packing(offsets=layout.offsets, peak_bytes=layout.peak_bytes, lower_bound_bytes=bound)


def bound_of(buffers: Sequence[Lifetime], overlaps: Overlaps) -> int:
    """Return the most bytes that live at one operator, what may overlap counted once."""
    return _least_bytes(buffers, _on_the_grid(overlaps))


def aligned(num_bytes: int) -> int:
    """Round up to a multiple of `ALIGNMENT_BYTES`."""
    return _up(num_bytes, ALIGNMENT_BYTES)


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _on_the_grid(overlaps: Overlaps) -> Overlaps:
    """Round distances up to what offsets that are aligned can have."""
    found: dict[tuple[str, str], Overlap] = {}
    for pair, one in overlaps.items():
        grain = math.lcm(one.grain_bytes, ALIGNMENT_BYTES)
        found[pair] = Overlap(distance_bytes=_up(one.distance_bytes, grain), grain_bytes=grain)
    return found


def _least_bytes(buffers: Sequence[Lifetime], overlaps: Overlaps) -> int:
    """Return the most bytes that live at one operator; they are most where one is born."""
    live = {
        step: sum(one.num_bytes for one in buffers if one.first <= step <= one.last)
        for step in {one.first for one in buffers}
    }
    by_name = {one.name: one for one in buffers}
    for (source, result), overlap in overlaps.items():
        size, num_bytes = by_name[source].num_bytes, by_name[result].num_bytes
        together = max(num_bytes, overlap.distance_bytes + size)
        live[by_name[result].first] -= max(0, size + num_bytes - together)
    return max(live.values())


def _orders(buffers: Sequence[Lifetime]) -> tuple[list[Lifetime], ...]:
    """Return the orders of placing worth trying.

    Every other buffer at the bottom is optimal for a chain that lies apart; from the last one to
    the first, each a distance above, often for one that overlaps.
    """
    return (
        sorted(buffers, key=lambda one: (-one.num_bytes, one.first)),
        sorted(buffers, key=lambda one: (-one.num_bytes, -one.first)),
        sorted(buffers, key=lambda one: (one.first - one.last, -one.num_bytes)),
        sorted(buffers, key=lambda one: (one.first - one.last, -one.first)),
        [*buffers[::2], *buffers[1::2]],
        [*buffers[1::2], *buffers[::2]],
        list(reversed(buffers)),
    )


def _place(order: Sequence[Lifetime], overlaps: Overlaps) -> _Layout:
    """Put each buffer, in this order, at the lowest place that is free for its whole life."""
    layout = _Layout((), {}, 0)
    for buffer in order:
        layout = _extend(layout, buffer, overlaps)
    return layout


def _extend(layout: _Layout, buffer: Lifetime, overlaps: Overlaps) -> _Layout:
    """Put one more buffer at the lowest place that is free for its whole life."""
    taken: list[tuple[int, int]] = []  # no offset lies between these two
    meetings: list[_Meeting] = []
    for one in layout.placed:
        if not one.overlaps(buffer):
            continue
        at = layout.offsets[one.name]
        low, high = at - buffer.num_bytes, at + one.num_bytes
        meeting = _meeting(one, buffer, at, overlaps)
        if meeting is None:
            taken.append((low, high))
            continue
        taken += [(low, meeting.start), (meeting.end, high)]
        meetings.append(meeting)
    offset = _lowest(sorted(taken), meetings)
    return _Layout(
        (*layout.placed, buffer),
        {**layout.offsets, buffer.name: offset},
        max(layout.peak_bytes, offset + buffer.num_bytes),
    )


def _meeting(placed: Lifetime, buffer: Lifetime, at: int, overlaps: Overlaps) -> _Meeting | None:
    """Return where a buffer may overlap another, which lies at `at`; None if nowhere."""
    as_output = overlaps.get((placed.name, buffer.name))
    if as_output is not None:
        start, end = at - buffer.num_bytes, at - as_output.distance_bytes
        return _Meeting(start, end, at, as_output.grain_bytes) if start < end else None
    as_input = overlaps.get((buffer.name, placed.name))
    if as_input is not None:
        start, end = at + as_input.distance_bytes, at + placed.num_bytes
        return _Meeting(start, end, at, as_input.grain_bytes) if start < end else None
    return None


def _lowest(taken: Sequence[tuple[int, int]], meetings: Sequence[_Meeting]) -> int:
    """Return the lowest offset that is not taken and, where buffers meet, on their grid."""
    offset = 0
    while True:
        free = offset
        for low, high in taken:
            if low >= free:
                break
            free = max(free, high)
        for one in meetings:
            if one.start < free < one.end:
                free += (one.origin - free) % one.grain
        if free == offset:
            return offset
        offset = free


def _search(
    buffers: Sequence[Lifetime],
    overlaps: Overlaps,
    *,
    bound: int,
    best: _Layout,
    max_steps: int,
) -> _Layout:
    """Try orders of placing depth first; some order leads to an optimal layout.

    Branches that already reach the best peak are cut; the budget bounds the time.
    """
    stack = [_Layout((), {}, 0)]
    for _ in range(max_steps):
        if not stack or best.peak_bytes == bound:
            break
        layout = stack.pop()
        if layout.peak_bytes >= best.peak_bytes:
            continue
        if len(layout.placed) == len(buffers):
            best = layout
            continue
        rest = (one for one in buffers if one.name not in layout.offsets)
        by_size = sorted(rest, key=lambda one: one.num_bytes)
        extended = (_extend(layout, one, overlaps) for one in by_size)
        stack += [one for one in extended if one.peak_bytes < best.peak_bytes]
    return best
