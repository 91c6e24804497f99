# SPDX-License-Identifier: Apache-2.0
"""One recording as a network sees it: events, spikes of each layer, potentials at several steps."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from host.report.picture_canvas import INK, SOFT, footer, save, stack
from host.report.spiking.matrix import milliseconds
from host.spiking.example import Example

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_EVENTS, _SPIKES = "#0072b2", "#d55e00"
_OTHER_STEPS = ("#009e73", "#cc79a7")
_NOTE = (
    "Potentials of neurons of the first layer. Bold: the time step of the training; thin: the same "
    "neuron mapped by the integral. Dashed: the threshold."
)


def save_example(path: Path, shown: Example) -> Path:
    """Write the PNG file."""
    heights = (1.6, *(1.1 for _ in shown.fired), *(0.75 for _ in shown.neurons))
    figure, (events, *below) = stack(heights, width_in=8.6)
    events.set_title(shown.title, loc="left", fontsize=10, color=INK)
    _raster(events, shown.times_us * 1e-3, shown.channels, colour=_EVENTS)
    events.set_ylabel("channel", fontsize=8)
    layers, traces = below[: len(shown.fired)], below[len(shown.fired) :]
    for i_layer, (axes, fired) in enumerate(zip(layers, shown.fired, strict=True)):
        steps, neurons = np.nonzero(fired)
        _raster(axes, (steps + 1) * shown.dt_us * 1e-3, neurons, colour=_SPIKES)
        axes.set_ylabel(f"layer {i_layer + 1}", fontsize=8)
    for i_trace, axes in enumerate(traces):
        _potentials(axes, shown, i_trace)
    if traces:
        traces[0].legend(
            fontsize=7, frameon=False, ncols=len(shown.potentials),
            loc="lower right", bbox_to_anchor=(1.0, 1.0), labelcolor=SOFT,
        )  # fmt: skip
    figure.axes[-1].set_xlabel("time [ms]")
    figure.axes[-1].set_xlim(0.0, shown.duration_us * 1e-3)
    footer(figure, _NOTE)
    return save(figure, path)


def _raster(
    axes: "Axes", times_ms: NDArray[np.floating], places: NDArray[np.integer], *, colour: str
) -> None:
    axes.scatter(times_ms, places, s=7, c=colour, marker="|", linewidths=0.7)
    axes.tick_params(labelsize=8)


def _potentials(axes: "Axes", shown: Example, i_trace: int) -> None:
    others = iter(_OTHER_STEPS)
    for dt_us, values in shown.potentials.items():
        times_ms = np.arange(1, len(values) + 1) * dt_us * 1e-3
        is_own = dt_us == shown.dt_us
        colour, width = (INK, 1.6) if is_own else (next(others), 0.9)
        axes.plot(times_ms, values[:, i_trace], color=colour, lw=width, label=milliseconds(dt_us))
    axes.axhline(shown.threshold, color=SOFT, lw=0.7, ls="--")
    axes.set_ylabel(f"neuron {shown.neurons[i_trace]}", fontsize=8)
    axes.tick_params(labelsize=8)
