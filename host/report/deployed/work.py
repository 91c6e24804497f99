# SPDX-License-Identifier: Apache-2.0
"""The work of a network as bars: an operator each, a kind each, a board each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from host.deployment_record import DeploymentRecord
from host.record import Cost, OperatorCost

MOST_BARS = 40
"""Networks of more operators show the most expensive ones, and the others as one."""

_PALETTE = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#b8a800",
    "#7a5195",
    "#8c564b",
    "#44aa99",
    "#882255",
)
_REST = "#9aa5b1"
_LETTERS = 34
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Instructions of one operator, and their share of the network's, 0..1."""

    label: str
    kind: str
    instructions: int
    macs: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardWork:
    """Instructions of one board by kind of operator, the most expensive kind first."""

    board: str
    core: str
    by_kind: Mapping[str, int]

    @property
    def label(self) -> str:
        """Return how the board is called in pictures."""
        return f"{self.board}, {self.core}"

    @property
    def instructions(self) -> int:
        """Return those of all operators."""
        return sum(self.by_kind.values())


def bars(cost: Cost) -> tuple[Bar, ...]:
    """Return a bar for each operator in order of execution; none where nothing was counted."""
    counted = [(i, one) for i, one in enumerate(cost.operators) if one.instructions is not None]
    total = sum(one.instructions or 0 for _, one in counted) or 1
    costly = sorted(counted, key=lambda pair: -(pair[1].instructions or 0))[:MOST_BARS]
    kept = {i for i, _ in costly}
    shown = [_bar(i, one, total) for i, one in counted if i in kept]
    rest = [one for i, one in counted if i not in kept]
    if rest:
        spent = sum(one.instructions or 0 for one in rest)
        macs = sum(one.macs for one in rest)
        label = f"{len(rest)} others"
        shown.append(
            Bar(label=label, kind=label, instructions=spent, macs=macs, share=spent / total)
        )
    return tuple(shown)


def by_kind(operators: Iterable[OperatorCost]) -> Mapping[str, int]:
    """Return the instructions of each kind of operator, the most first."""
    sums: Counter[str] = Counter()
    for one in operators:
        sums[one.kind] += one.instructions or 0
    return dict(sums.most_common())


def board_works(record: DeploymentRecord) -> tuple[BoardWork, ...]:
    """Return the work of every board that counted it, the deployment's own first."""
    costs = [(record.board, record.core, record.cost)]
    costs += [(one.board, one.core, one.cost) for one in record.elsewhere if one.cost]
    works = (
        BoardWork(board=board, core=core, by_kind=by_kind(cost.operators))
        for board, core, cost in costs
    )
    return tuple(work for work in works if work.instructions)


def colours(kinds: Sequence[str]) -> Mapping[str, str]:
    """Return a colour for each kind, in the order in which they are told; the rest are grey."""
    told = dict(zip(dict.fromkeys(kinds), _PALETTE, strict=False))
    return {kind: told.get(kind, _REST) for kind in kinds}


def short(name: str, *, letters: int = _LETTERS) -> str:
    """Return the end of a name, where names differ, of the first one that a converter joined."""
    first = name.partition(";")[0]
    return first if len(first) <= letters else f"{_ELLIPSIS}{first[1 - letters :]}"


def scale(most: float, *, unit: str) -> tuple[float, str]:
    """Return what to divide an axis by, and what it is then called."""
    for factor, prefix in ((1e6, "million "), (1e3, "thousand ")):
        if most >= 2 * factor:
            return factor, f"{prefix}{unit}"
    return 1.0, unit


def _bar(index: int, one: OperatorCost, total: int) -> Bar:
    spent = one.instructions or 0
    return Bar(
        label=f"{short(one.name)}  {index}",
        kind=one.kind,
        instructions=spent,
        macs=one.macs,
        share=spent / total,
    )
