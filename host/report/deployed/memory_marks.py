# SPDX-License-Identifier: Apache-2.0
"""How memory over time is marked, on the page and in files: colours, names, axes."""

from host.memory_map import MemoryMap
from host.report.look import Dash

SCRATCH = "scratch of the kernels"
SCRATCH_COLOUR = "#616e7c"

_COLOURS = ("#9ecae8", "#f6c667", "#8fd3bf", "#e6b8d3", "#c9d38a", "#f0a57f", "#b9b3dd")
_MOST_NAMED = 26
_MOST_NUMBERED = 20
_BYTES_A_KIBIBYTE = 1024
_FEW_BYTES = 4096


def colour_of(index: int) -> str:
    """Return the colour of a tensor: neighbours differ."""
    return _COLOURS[index % len(_COLOURS)]


def axis_scale(arena: MemoryMap) -> tuple[float, str]:
    """Return what to divide bytes by, and what the axis is then called."""
    if arena.arena_bytes < _FEW_BYTES:
        return 1.0, "arena [byte]"
    return float(_BYTES_A_KIBIBYTE), "arena [KiB]"


def ticks(arena: MemoryMap) -> tuple[tuple[float, str], ...]:
    """Return middle and label of the operators that are marked: kinds of few, numbers of many."""
    number = len(arena.operators)
    if number <= _MOST_NAMED:
        return tuple((i + 0.5, f"{kind} {i}") for i, kind in enumerate(arena.kinds))
    step = -(-number // _MOST_NUMBERED)
    return tuple((i + 0.5, str(i)) for i in range(0, number, step))


def levels(arena: MemoryMap) -> tuple[tuple[int, str, Dash], ...]:
    """Return bytes, meaning and dash of the lines: what the plan takes, and what any plan would."""
    if arena.peak_bytes == arena.lower_bound_bytes:
        return ((arena.peak_bytes, "peak of the activations, the least possible", "solid"),)
    return (
        (arena.peak_bytes, "peak of the activations", "solid"),
        (arena.lower_bound_bytes, "least that any plan would take", "dash"),
    )
