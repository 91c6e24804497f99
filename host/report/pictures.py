# SPDX-License-Identifier: Apache-2.0
"""The same figures as PNG files, for papers and for places that run no JavaScript."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from host.experiment import Metric
from host.record import OperatorCost
from host.report.curves import Curve
from host.report.look import Look, Looks
from host.report.picture_canvas import (
    AXIS_TITLES,
    DASHES,
    MARKERS,
    canvas,
    footer,
    logarithmic,
    panels,
    save,
)
from host.report.slot_view import SlotView
from host.report.trade import Offer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BARS = "bars: 95 % interval"
_BANDS = "shaded: 95 % interval; open triangle: no error seen, upper end of the interval"


def save_curves(
    path: Path,
    curves: Sequence[Curve],
    appearance: Looks,
    *,
    metric: Metric,
    title: str,
    snr_name: str,
) -> Path:
    """Draw curves with their intervals; the first without an error is an open triangle."""
    figure, axes = canvas(width_in=6.4, height_in=4.8)
    for curve in curves:
        _draw_curve(axes, curve, appearance[curve.receiver, curve.device], metric)
    if metric is not Metric.RATE:
        logarithmic(axes)
        axes.set_ylim(*_limits(curves))
    axes.set_xlabel(f"{snr_name} [dB]")
    axes.set_ylabel(AXIS_TITLES[metric])
    axes.set_title(title, loc="left", fontsize=11)
    axes.grid(visible=True, which="major", color="#d9dde2", linewidth=0.7)
    axes.grid(visible=True, which="minor", color="#eef0f2", linewidth=0.4)
    axes.legend(fontsize=8.5, framealpha=0.9)
    footer(figure, _BANDS)
    return save(figure, path)


def save_operators(path: Path, rows: Mapping[str, Sequence[OperatorCost]]) -> Path:
    """Draw the instructions of every operator, one set of bars a board."""
    most = max(len(operators) for operators in rows.values())
    figure, axes = canvas(width_in=6.4, height_in=1.2 + 0.24 * most)
    height = 0.8 / len(rows)
    for i, (board, operators) in enumerate(rows.items()):
        axes.barh(
            [k + i * height for k in range(len(operators))],
            [(operator.instructions or 0) / 1e6 for operator in operators],
            height=height,
            label=board,
            color=("#0072b2", "#e69f00", "#009e73")[i % 3],
        )
    names = [operator.name for operator in next(iter(rows.values()))]
    axes.set_yticks([k + 0.4 - height / 2 for k in range(len(names))], names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("million instructions per slot")
    axes.legend(fontsize=8.5)
    return save(figure, path)


def save_trade(path: Path, offers: Sequence[Offer], *, title: str) -> Path:
    """Draw the gap to perfect CSI over the work of networks, the smallest first."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    figure, axes = canvas(width_in=6.4, height_in=4.2)
    work = [offer.macs_per_slot / 1e6 for offer in offers]
    gaps = [offer.gap_db for offer in offers]
    axes.plot(work, gaps, color="#0072b2", marker="o", markersize=5)
    for offer, x in zip(offers, work, strict=True):
        for end_db in offer.known_ends_db:
            axes.plot((x, x), (offer.gap_db, end_db), color="#0072b2", marker="_", markevery=[1])
    for offer, x, y in zip(offers, work, gaps, strict=True):
        axes.annotate(offer.receiver, (x, y), xytext=(7, 5), textcoords="offset points")
    axes.set_xscale("log")
    axes.margins(x=0.2)  # the names stand beside their points
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    highest_db = max(db for offer in offers for db in (offer.gap_db, *offer.known_ends_db))
    axes.set_ylim(bottom=0.0, top=max(0.1, 1.2 * highest_db))
    axes.set_xlabel("million multiply-accumulates a slot")
    axes.set_ylabel("gap to perfect CSI [dB]")
    axes.set_title(title, loc="left", fontsize=11)
    axes.grid(visible=True, which="both", color="#e6e8eb", linewidth=0.6)
    footer(figure, _BARS)
    return save(figure, path)


def save_constellation(path: Path, view: SlotView) -> Path:
    """Draw the data elements as received and as equalized, side by side."""
    figure, shown = panels(3, width_in=9.0, height_in=3.3)
    sent = np.unique(view.symbols.round(4))
    titles = ("as received, antenna 1", "equalized, least squares", "equalized, true channel")
    for axes, title, points in zip(
        shown, titles, (view.received, view.least_squares, view.perfect_csi), strict=True
    ):
        axes.scatter(points.real, points.imag, s=4, color="#0072b2", alpha=0.35, linewidths=0)
        axes.scatter(sent.real, sent.imag, s=60, color="#d55e00", marker="+", linewidths=1.6)
        axes.set_axisbelow(True)
        axes.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="equal")
        axes.set_title(title, fontsize=9.5)
        axes.tick_params(labelsize=8)
        axes.grid(visible=True, color="#eef0f2", linewidth=0.6)
    figure.suptitle(_caption(view), fontsize=10, x=0.02, ha="left")
    return save(figure, path)


def save_channel(path: Path, view: SlotView) -> Path:
    """Draw |H|^2 of every antenna over symbols and subcarriers."""
    from matplotlib.ticker import MaxNLocator

    num_rx_ant = view.gain_db.shape[0]
    figure, shown = panels(num_rx_ant, width_in=1.0 + 4.2 * num_rx_ant, height_in=2.8)
    low, high = float(view.gain_db.max()) - 30.0, float(view.gain_db.max())
    for k, axes in enumerate(shown):
        image = axes.imshow(
            view.gain_db[k], aspect="auto", origin="lower", cmap="viridis", vmin=low, vmax=high
        )
        axes.set_title(f"antenna {k + 1}", fontsize=9.5)
        axes.set_xlabel("subcarrier", fontsize=9)
        axes.set_ylabel("OFDM symbol", fontsize=9)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        if k == num_rx_ant - 1:
            figure.colorbar(image, ax=shown, label="|H|² [dB]")
    figure.suptitle(_caption(view), fontsize=10, x=0.02, ha="left")
    return save(figure, path)


def _draw_curve(axes: "Axes", curve: Curve, look: Look, metric: Metric) -> None:
    seen = [p for p in curve.points if p.value > 0 or metric is Metric.RATE]
    bounded = [p for p in seen if p.low is not None and p.high is not None and p.low > 0]
    axes.fill_between(
        [p.snr_db for p in bounded],
        [p.low or 0.0 for p in bounded],
        [p.high or 0.0 for p in bounded],
        color=look.colour,
        alpha=0.13,
        linewidth=0,
    )
    axes.plot(
        [p.snr_db for p in seen],
        [p.value for p in seen],
        color=look.colour,
        linestyle=DASHES[look.dash],
        linewidth=look.width,
        marker=MARKERS[look.marker],
        markersize=4.5,
        label=curve.label,
    )
    unseen = curve.first_without_error
    if unseen is None or unseen.high is None or metric is Metric.RATE:
        return
    axes.plot(
        [unseen.snr_db],
        [unseen.high],
        color=look.colour,
        linestyle="",
        marker="v",
        markerfacecolor="white",
        markersize=5.5,
    )


def _limits(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the ends of the axis: around every point, but not around the widest bands."""
    seen = [point.value for curve in curves for point in curve.points if point.value > 0]
    return min(seen, default=1e-3) / 2.0, min(1.15, 2.0 * max(seen, default=1.0))


def _caption(view: SlotView) -> str:
    return f"{view.scenario}, slot 0 of seed {view.seed}, {view.snr_name} {view.snr_db:g} dB"
