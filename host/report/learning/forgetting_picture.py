# SPDX-License-Identifier: Apache-2.0
"""The heat maps of what learners still know as one PNG file, one below the other."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from host.report import quantity
from host.report.learning.forgetting import Memory
from host.report.learning.forgetting_figure import COLOURS, MOST_ANNOTATED, colour_span
from host.report.picture_canvas import save, stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

_MOST_NAMED = 10


def save_forgetting(path: Path, found: Sequence[Memory], *, title: str) -> Path:
    """Draw log10 of the bit error rate of every learner, a row a channel, a column a try."""
    heights = tuple(0.45 + 0.26 * len(memory.channels) for memory in found)
    figure, panels = stack(heights, width_in=7.4)
    span = colour_span(found)
    images = [_draw(axes, memory, span) for axes, memory in zip(panels, found, strict=True)]
    panels[-1].set_xlabel("slots before the try")
    figure.colorbar(images[0], ax=panels, label="log10 BER", aspect=30)
    figure.suptitle(title, fontsize=10, x=0.02, ha="left")
    return save(figure, path)


def _draw(axes: "Axes", memory: Memory, span: tuple[float, float]) -> "AxesImage":
    logs = np.stack([np.log10(channel.rates) for channel in memory.channels])
    image = axes.imshow(logs, aspect="auto", cmap=COLOURS, vmin=span[0], vmax=span[1])
    slots = memory.channels[0].slots
    step = -(-len(slots) // _MOST_NAMED)
    axes.set_xticks(
        range(0, len(slots), step), [quantity.count(slot) for slot in slots[::step]], fontsize=8
    )
    axes.set_yticks(
        range(len(memory.channels)), [channel.name for channel in memory.channels], fontsize=8
    )
    axes.set_title(
        f"{memory.learner.label}: F = {memory.forgotten_decades:.2f} decades forgotten",
        loc="left",
        fontsize=9,
    )
    if len(slots) <= MOST_ANNOTATED:
        middle = (span[0] + span[1]) / 2.0
        for (i, k), value in np.ndenumerate(logs):
            colour = "black" if value > middle else "white"
            axes.annotate(
                f"{value:.1f}", (k, i), ha="center", va="center", fontsize=7, color=colour
            )
    return image
