# SPDX-License-Identifier: Apache-2.0
"""How curves look: a colour for each receiver, a dash and a marker for each kind of device.

The colours are those of M. Okabe and K. Ito, which people who see few colours can tell apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from host.experiment import HOST, TWIN
from host.report.curves import PERFECT_CSI, Curve

_FIXED: Mapping[str, str] = {
    PERFECT_CSI: "#3b3b3b",
    "ls-nearest": "#e69f00",
    "ls-linear": "#d55e00",
    "lmmse": "#009e73",
    "neural-s": "#0072b2",
}
_OTHERS = ("#cc79a7", "#56b4e9", "#b8a800", "#7a5195", "#8c564b", "#4c72b0")

Dash = Literal["solid", "dash", "dot"]
Marker = Literal["circle", "diamond", "square", "x"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Colour as #rrggbb, line and marker of one curve."""

    colour: str
    dash: Dash
    marker: Marker
    width: float


def looks(curves: Iterable[Curve]) -> Mapping[tuple[str, str], Look]:
    """Return the look of every (receiver, device)."""
    keys = list(dict.fromkeys((curve.receiver, curve.device) for curve in curves))
    free = iter(_OTHERS * len(keys))
    colours = {r: _FIXED.get(r) or next(free) for r in dict.fromkeys(r for r, _ in keys)}
    boards = list(dict.fromkeys(device for _, device in keys if device not in {HOST, TWIN}))
    return {(r, d): _look(colours[r], r, d, boards=boards) for r, d in keys}


def _look(colour: str, receiver: str, device: str, *, boards: list[str]) -> Look:
    if device == HOST:
        is_bound = receiver == PERFECT_CSI
        return Look(colour=colour, dash="dash" if is_bound else "solid", marker="circle", width=1.8)
    if device == TWIN:
        return Look(colour=colour, dash="dash", marker="diamond", width=1.4)
    marker: Marker = "square" if boards.index(device) == 0 else "x"
    return Look(colour=colour, dash="dot", marker=marker, width=1.2)


def translucent(colour: str, *, opacity: float) -> str:
    """Return a colour as rgba(...) for areas."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"
