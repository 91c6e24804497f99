# SPDX-License-Identifier: Apache-2.0
"""How curves look: a colour for each receiver, a dash and a marker for each kind of device.

The colours are those of M. Okabe and K. Ito, which people who see few colours can tell apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from host.experiment import HOST, TWIN
from host.record import Record
from host.report.curves import PERFECT_CSI

_FIXED: Mapping[str, str] = {
    PERFECT_CSI: "#3b3b3b",
    "ls-nearest": "#e69f00",
    "ls-linear": "#d55e00",
    "lmmse": "#009e73",
    "neural-s": "#0072b2",
}
_OTHERS = (
    "#cc79a7",
    "#56b4e9",
    "#b8a800",
    "#7a5195",
    "#8c564b",
    "#44aa99",
    "#882255",
    "#4c72b0",
    "#a6761d",
    "#332288",
    "#117733",
    "#f58ca1",
    "#7f7f7f",
)

Dash = Literal["solid", "dash", "dot"]
Marker = Literal["circle", "diamond", "square", "x"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Colour as #rrggbb, line and marker of one curve."""

    colour: str
    dash: Dash
    marker: Marker
    width: float


Looks = Mapping[tuple[str, str], Look]
"""The look of every receiver on every device."""


def looks(records: Iterable[Record]) -> Looks:
    """Return the look of every (receiver, device), the same in all figures of a report.

    What bounds the others is dashed: perfect CSI, and learners that are told the truth. Networks
    that learn are drawn thicker than those that do not.
    """
    learners = {(r.cell.receiver, r.cell.device): r.cell.learner for r in records}
    free = iter(_OTHERS * len(learners))
    colours = {r: _FIXED.get(r) or next(free) for r in dict.fromkeys(r for r, _ in learners)}
    boards = list(dict.fromkeys(device for _, device in learners if device not in {HOST, TWIN}))
    return {
        (receiver, device): _look(
            colours[receiver],
            device,
            boards=boards,
            is_bound=receiver == PERFECT_CSI or (learner is not None and learner.labels == "truth"),
            learns=learner is not None,
        )
        for (receiver, device), learner in learners.items()
    }


def _look(colour: str, device: str, *, boards: list[str], is_bound: bool, learns: bool) -> Look:
    if device == HOST:
        width = 2.2 if learns else 1.8
        dash: Dash = "dash" if is_bound else "solid"
        return Look(colour=colour, dash=dash, marker="circle", width=width)
    if device == TWIN:
        return Look(colour=colour, dash="dash", marker="diamond", width=1.4)
    marker: Marker = "square" if boards.index(device) == 0 else "x"
    return Look(colour=colour, dash="dot", marker=marker, width=1.2)


def translucent(colour: str, *, opacity: float) -> str:
    """Return a colour as rgba(...) for areas."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"
