# SPDX-License-Identifier: Apache-2.0
"""Memory over time as a PNG file: operators to the right, bytes upwards, tensors as rectangles."""

from pathlib import Path
from typing import TYPE_CHECKING

from host.memory_map import Buffer, MemoryMap
from host.report import quantity
from host.report.deployed.memory_marks import (
    SCRATCH,
    SCRATCH_COLOUR,
    axis_scale,
    colour_of,
    levels,
    ticks,
)
from host.report.deployed.work import short
from host.report.look import Dash
from host.report.picture_canvas import DASHES, INK, SOFT, canvas, footer, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN, _HEIGHT_IN = 9.6, 5.2
_PLOT_WIDTH_IN, _PLOT_HEIGHT_IN = 7.4, 3.4
_LETTER_IN, _LINE_IN = 0.062, 0.13
_FEWEST_LETTERS = 4
_HOW = "a tensor stands from the operator that writes it to the last one that reads it"


def save_memory(path: Path, arena: MemoryMap, *, title: str) -> Path:
    """Draw the arena: each tensor where it lies while it is alive, and scratch behind them."""
    figure, axes = canvas(width_in=_WIDTH_IN, height_in=_HEIGHT_IN)
    factor, unit = axis_scale(arena)
    for i, buffer in enumerate(arena.buffers):
        _draw_buffer(axes, arena, buffer, colour=colour_of(i), factor=factor)
    _draw_scratch(axes, arena, factor=factor)
    for num_bytes, what, style in levels(arena):
        _draw_line(axes, num_bytes / factor, f"{what}: {_size(num_bytes)}", style=style)
    axes.set_xlim(0.0, len(arena.operators))
    axes.set_ylim(0.0, 1.02 * arena.arena_bytes / factor)
    axes.set_ylabel(unit, fontsize=9, color=INK)
    shown = ticks(arena)
    rotation = 40 if any(len(label) > 3 for _, label in shown) else 0
    axes.set_xticks([at for at, _ in shown])
    axes.set_xticklabels(
        [label for _, label in shown],
        rotation=rotation,
        ha="right" if rotation else "center",
        rotation_mode="anchor",
        fontsize=8,
    )
    axes.tick_params(axis="y", labelsize=8, colors=SOFT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(loc="outside upper right", ncols=3, fontsize=8, frameon=False)
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    footer(figure, _HOW)
    return save(figure, path)


def _draw_buffer(
    axes: "Axes", arena: MemoryMap, buffer: Buffer, *, colour: str, factor: float
) -> None:
    from matplotlib.patches import Rectangle

    width, height = buffer.ends - buffer.begins, buffer.num_bytes / factor
    corner = (buffer.begins, buffer.offset / factor)
    axes.add_patch(Rectangle(corner, width, height, facecolor=colour, edgecolor="white", lw=0.8))
    words = _words(arena, buffer)
    if words:
        axes.text(
            corner[0] + width / 2,
            corner[1] + height / 2,
            words,
            ha="center",
            va="center",
            fontsize=7.5,
            color=INK,
            clip_on=True,
        )


def _words(arena: MemoryMap, buffer: Buffer) -> str:
    """Return name and size, as far as there is room for them; empty if there is none."""
    width_in = _PLOT_WIDTH_IN * (buffer.ends - buffer.begins) / len(arena.operators)
    height_in = _PLOT_HEIGHT_IN * buffer.num_bytes / (1.02 * arena.arena_bytes)
    letters = int(width_in / _LETTER_IN) - 1
    if letters < _FEWEST_LETTERS or height_in < _LINE_IN:
        return ""
    name, size = short(buffer.name, letters=letters), f"{quantity.count(buffer.num_bytes)} B"
    if len(size) > letters:
        return name
    return f"{name}\n{size}" if height_in > 2 * _LINE_IN else name


def _draw_scratch(axes: "Axes", arena: MemoryMap, *, factor: float) -> None:
    from matplotlib.patches import Rectangle

    label: str | None = SCRATCH
    for i, num_bytes in enumerate(arena.scratch_bytes):
        if num_bytes:
            axes.add_patch(
                Rectangle(
                    (i, arena.scratch_offset / factor),
                    1.0,
                    num_bytes / factor,
                    facecolor="white",
                    edgecolor=SCRATCH_COLOUR,
                    hatch="////",
                    lw=0.6,
                    label=label,
                )
            )
            label = None


def _draw_line(axes: "Axes", height: float, words: str, *, style: Dash) -> None:
    axes.axhline(height, color=INK, linestyle=DASHES[style], linewidth=1.1, label=words)


def _size(num_bytes: int) -> str:
    return f"{quantity.count(num_bytes)} bytes"
