# SPDX-License-Identifier: Apache-2.0
"""A network that is too large for an arena, cut into bands until it fits: least extra work."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from boards import image
from boards.body import Body
from boards.complexity import count_macs
from boards.errors import ImageError
from boards.graph import Graph
from boards.image import Image
from boards.layout import MAX_OPERATORS
from boards.memory import MemoryPlan, least_bytes, plan
from boards.tiling import most_bands, most_operators, tiled

_MOST_BANDS = 32
_MOST_PLANS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiling:
    """How a network was cut.

    Parameters
    ----------
    num_operators : int
        The first ones, which run band by band.
    num_bands : int
    extra_macs : int
        Multiply-accumulates of rows that two bands compute.
    """

    num_operators: int
    num_bands: int
    extra_macs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A network that fits an arena; `tiling` is None if it did as it was."""

    graph: Graph
    plan: MemoryPlan
    image: Image
    tiling: Tiling | None


def fit(graph: Graph, *, body: Body, arena_bytes: int) -> Fitted:
    """Compile a network for an arena: whole if it fits, else in bands.

    Cuts are tried in the order of their extra multiply-accumulates, and of equal ones those with
    the fewest operators of an image first; what fits first is taken. At most 32 bands and 40 plans
    are tried, so a cut that fits may be missed.

    Parameters
    ----------
    graph : Graph
        An int8 network.
    body : Body
        Of the core, whose kernels need scratch in the arena too.
    arena_bytes : int
        What there is.

    Raises
    ------
    ImageError
        Nothing fits; it tells the least that was found. Or devices do not run it.
    """
    whole = _compiled(graph, None)
    least = whole.image.arena_bytes(body)
    if least <= arena_bytes:
        return whole
    cuts = sorted(_cuts(graph), key=lambda one: (one[1].extra_macs, _size(one[0])))
    hopeful = (one for one in cuts if least_bytes(one[0]) <= arena_bytes)
    for cut, tiling in islice(hopeful, _MOST_PLANS):
        found = _compiled(cut, tiling)
        needed = found.image.arena_bytes(body)
        if needed <= arena_bytes:
            return found
        least = min(least, needed)
    raise ImageError(
        f"network {graph.name!r}: its arena takes {whole.image.arena_bytes(body)} bytes, in bands "
        f"{least} at the least, there are {arena_bytes}. Try a smaller network or a larger arena"
    )


def _size(graph: Graph) -> int:
    return len(graph.operators)


def _cuts(graph: Graph) -> Iterator[tuple[Graph, Tiling]]:
    """Yield the ways to cut a network that an image holds."""
    macs = sum(count_macs(graph).values())
    for num_operators in range(1, most_operators(graph) + 1):
        most = min(most_bands(graph, num_operators), _MOST_BANDS)
        for num_bands in range(2, most + 1):
            cut = tiled(graph, num_operators=num_operators, num_bands=num_bands)
            if cut is None or len(cut.operators) > MAX_OPERATORS:
                continue
            extra = sum(count_macs(cut).values()) - macs
            yield cut, Tiling(num_operators=num_operators, num_bands=num_bands, extra_macs=extra)


def _compiled(graph: Graph, tiling: Tiling | None) -> Fitted:
    layout = plan(graph)
    return Fitted(graph=graph, plan=layout, image=image.compile(graph, layout), tiling=tiling)
