# SPDX-License-Identifier: Apache-2.0
"""The curves of recovery as a PNG file."""

from collections.abc import Sequence
from pathlib import Path

from host.report.learning.recovery import TARGETS, Recovery
from host.report.learning.recovery_figure import LEAST_SHARE, points_of
from host.report.look import Looks
from host.report.picture_canvas import DASHES, SOFT, canvas, save


def save_recovery(path: Path, found: Sequence[Recovery], appearance: Looks, *, title: str) -> Path:
    """Draw the share of the gap that each learner has closed, over slots since the step."""
    figure, axes = canvas(width_in=7.4, height_in=3.6)
    for one in found:
        look = appearance[one.learner.name, one.learner.device]
        slots, shares = points_of(one)
        axes.plot(
            slots,
            [100.0 * share for share in shares],
            color=look.colour,
            linestyle=DASHES[look.dash],
            linewidth=0.8 * look.width,
            label=one.learner.label,
        )
    for target in TARGETS:
        axes.axhline(100.0 * target, color=SOFT, linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_ylim(100.0 * LEAST_SHARE, 110.0)
    axes.set_xlabel("slots since the step")
    axes.set_ylabel("gap closed [%]")
    axes.set_title(title, loc="left", fontsize=10)
    axes.grid(visible=True, which="both", color="#e6e8eb", linewidth=0.6)
    axes.legend(fontsize=8, frameon=False, loc="lower right")
    return save(figure, path)
