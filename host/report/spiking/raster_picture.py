# SPDX-License-Identifier: Apache-2.0
"""A recording drawn: a point an event over time and channel, and how many there are meanwhile."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from host.report.picture_canvas import INK, SOFT, footer, save, stack
from snn.events.event_set import EventSet, Recording
from snn.events.faults import num_planes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ON, _OFF, _WINDOW = "#0072b2", "#d55e00", "#009e73"
_NUM_BINS = 120
_MAX_POINTS = 200_000
_BAR_POINTS = 190.0  # for the bars of all channels, one above the other


def save_raster(path: Path, events: EventSet, *, i_recording: int) -> Path:
    """Draw one recording, its polarities apart, with the window that networks see."""
    recording = events.recording(i_recording)
    figure, (raster, rate) = stack((3.2, 1.0), width_in=9.0)
    raster.set_title(events.title(i_recording), loc="left", fontsize=11, color=INK)
    _draw_points(raster, events, recording)
    _draw_rate(rate, events, recording)
    last_us = int(recording.times_us.max(initial=0))
    end_us = max(events.duration_us, last_us) if last_us > events.duration_us else last_us
    raster.set_xlim(0.0, max(end_us, 1) * 1e-3)
    for axes in (raster, rate):
        if last_us > events.duration_us:
            axes.axvline(events.duration_us * 1e-3, color=_WINDOW, lw=1.2, ls="--")
    note = f"The window of {events.duration_us * 1e-3:g} ms ends at the dashed line."
    inside = f"All events lie inside the window of {events.duration_us * 1e-3:g} ms."
    footer(figure, note if last_us > events.duration_us else inside)
    return save(figure, path)


def _draw_points(axes: "Axes", events: EventSet, recording: Recording) -> None:
    from matplotlib.lines import Line2D

    step = max(1, -(-len(recording.times_us) // _MAX_POINTS))
    times_ms = recording.times_us[::step] * 1e-3
    channels = recording.channels[::step]
    planes = num_planes(events.sensor_shape)
    size = events.num_channels // (planes or 1)
    is_on = channels >= size if planes == 2 else np.ones(len(channels), dtype=np.bool_)
    dot = float(np.clip((_BAR_POINTS / size) ** 2, 3.0, 100.0))
    for chosen, colour in ((~is_on, _OFF), (is_on, _ON)):
        place = channels[chosen] % size
        axes.scatter(times_ms[chosen], place, s=dot, c=colour, marker="|", linewidths=0.8)
    axes.set_ylim(-0.02 * size, 1.02 * size)
    axes.set_ylabel("pixel, row by row" if planes else "channel")
    if planes == 2:
        axes.legend(
            handles=[
                Line2D([], [], color=colour, marker="|", ls="", label=label)
                for colour, label in ((_ON, "ON"), (_OFF, "OFF"))
            ],
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=2,
            frameon=False,
            fontsize=9,
            labelcolor=SOFT,
        )


def _draw_rate(axes: "Axes", events: EventSet, recording: Recording) -> None:
    end_us = max(int(recording.times_us.max(initial=0)), 1)
    edges_us = np.linspace(0, end_us + 1, _NUM_BINS + 1)
    numbers, _ = np.histogram(recording.times_us, bins=edges_us)
    per_ms = numbers / ((edges_us[1] - edges_us[0]) * 1e-3)
    axes.stairs(per_ms, edges_us * 1e-3, fill=True, color=_ON, alpha=0.6)
    axes.set_ylabel("events / ms")
    axes.set_xlabel("time [ms]")
