# SPDX-License-Identifier: Apache-2.0
"""Pictures of a network that is streamed: a run in time and place, and runs by rate of flash."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from boards.streaming.planning import Method
from host.report.panel import COLOURS, Line, Mark, Panel
from host.report.panel_picture import save_panels
from host.report.picture_canvas import INK, SOFT, footer, save, stack
from host.streaming import Comparison, MethodRun, at_rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KILO = 1e-3
_STAYS, _STREAMED, _COMPUTES, _ACTIVATIONS = "#0072b2", "#56b4e9", "#009e73", "#e69f00"
_RATES = tuple(float(rate) for rate in np.geomspace(1 / 32, 8, 65))


def save_run(path: Path, one: MethodRun) -> Path:
    """Draw when a run copies and computes, and what lies where in the arena meanwhile."""
    figure, (lanes, arena) = stack((1.0, 3.2), width_in=9.0)
    for row, intervals, colour in (
        (1, [interval for _, interval in one.timeline.loads], _STREAMED),
        (0, list(one.timeline.steps), _COMPUTES),
    ):
        spans = [(i.begin * _KILO, (i.end - i.begin) * _KILO) for i in intervals]
        lanes.broken_barh(spans, (row - 0.4, 0.8), facecolor=colour, edgecolor="white", lw=0.5)
    lanes.set_yticks([0, 1], ["computes", "copies"])
    lanes.set_title(f"{one.planned.method}: one run", loc="left", fontsize=11, color=INK)
    _draw_arena(arena, one)
    arena.set_xlabel("thousands of cycles")
    arena.set_ylabel("arena [KiB]")
    footer(figure, "As modelled, without scratch. A load takes its place from when it may begin.")
    return save(figure, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Bytes of the arena over some steps."""

    first: int
    last: int
    offset: int
    num_bytes: int
    colour: str


def _blocks(one: MethodRun) -> Iterator[_Block]:
    plan, last = one.planned.plan, len(one.timeline.steps) - 1
    for load in plan.loads:
        stays = load.from_step is None
        yield _Block(
            first=load.from_step or 0,
            last=last if stays else load.for_step,
            offset=load.offset,
            num_bytes=load.num_bytes,
            colour=_STAYS if stays else _STREAMED,
        )
    for buffer in one.planned.problem.buffers:
        yield _Block(
            first=buffer.first,
            last=min(buffer.last, last),
            offset=plan.offsets[buffer.name],
            num_bytes=buffer.num_bytes,
            colour=_ACTIVATIONS,
        )


def _draw_arena(axes: "Axes", one: MethodRun) -> None:
    from matplotlib.patches import Patch, Rectangle

    starts = [0, *(step.end for step in one.timeline.steps)]
    for block in _blocks(one):
        begin, end = starts[block.first] * _KILO, starts[block.last + 1] * _KILO
        corner, height = (begin, block.offset / 1024), block.num_bytes / 1024
        axes.add_patch(
            Rectangle(
                corner, end - begin, height, facecolor=block.colour, edgecolor="white", lw=0.6
            )
        )
    axes.set_xlim(0, starts[-1] * _KILO)
    axes.set_ylim(0, 1.02 * one.planned.plan.peak_bytes / 1024)
    names = ((_STAYS, "stays"), (_STREAMED, "streamed"), (_ACTIVATIONS, "activations"))
    axes.legend(
        handles=[Patch(color=colour, label=label) for colour, label in names],
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=3,
        frameon=False,
        fontsize=9,
        labelcolor=SOFT,
    )


def save_rates(path: Path, comparison: Comparison) -> Path:
    """Draw how long a run takes over the rate of the flash, method by method."""
    lines = tuple(
        Line(
            label=one.planned.method.value,
            x=_RATES,
            y=tuple(at_rate(one, rate).cycles * _KILO for rate in _RATES),
            colour=colour,
            dash="solid" if one.planned.method is Method.PLANNED else "dash",
        )
        for one, colour in zip(comparison.results, COLOURS, strict=False)
    )
    flash = comparison.allotment.flash
    panel = Panel(
        title="A run, by the plans for the rate that is marked",
        x_title="bytes a cycle of the flash",
        y_title="thousands of cycles",
        lines=lines,
        marks=(Mark(x=flash.bytes_per_cycle, label="planned for"),),
        is_x_log=True,
        is_y_log=True,
    )
    return save_panels(path, (panel,), title=f"Streaming on {comparison.board}")
