# SPDX-License-Identifier: Apache-2.0
"""From a network and the memory it is given to plans: the size of tiles, and every method."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from boards.errors import ImageError
from boards.graph import Graph
from boards.streaming import methods
from boards.streaming.allotment import Allotment
from boards.streaming.check import check
from boards.streaming.compiling import problem_of
from boards.streaming.problem import Problem, StreamPlan
from boards.streaming.solver import solve
from boards.streaming.timeline import timeline

TILE_BYTES = tuple(1024 << i for i in range(8))
_MOST_LOADS = 32  # for which the solver usually proves its plan the best


class Method(StrEnum):
    """How constants come into the arena."""

    PRELOAD = "preload"
    ON_DEMAND = "on-demand"
    DOUBLE_BUFFER = "double-buffer"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, the problem it solves, and what is known of it.

    Parameters
    ----------
    method : Method
    problem : Problem
    plan : StreamPlan
    is_optimal : bool
        The solver has proved that no plan for these tiles has a shorter run.
    """

    method: Method
    problem: Problem
    plan: StreamPlan
    is_optimal: bool = False


def with_best_tiles(graph: Graph, allotment: Allotment) -> Allotment:
    """Return the same memory, and tiles for which a double buffer has the shortest run.

    Of sizes with so many loads that a solver hardly proves its plan, the one with the fewest.

    Raises
    ------
    ImageError
        No size lets the network be streamed within the memory.
    """
    found: dict[int, tuple[int, int]] = {}
    problem: ImageError | None = None
    for tile_bytes in TILE_BYTES:
        try:
            one = problem_of(graph, replace(allotment, tile_bytes=tile_bytes))
            cycles = timeline(one, methods.double_buffer(one)).cycles
            num_loads = sum(step.load_bytes > 0 for step in one.steps)
            found[tile_bytes] = (max(num_loads, _MOST_LOADS), cycles)
        except ImageError as error:
            problem = problem or error
    if problem is not None and not found:
        raise problem
    return replace(allotment, tile_bytes=min(found, key=lambda size: found[size]))


def plans(
    graph: Graph, allotment: Allotment, *, cycles: Sequence[int] | None = None
) -> tuple[Planned, ...]:
    """Return the plan of every method; the first two do not keep to the memory that is given.

    Parameters
    ----------
    graph : Graph
        An int8 network.
    allotment : Allotment
    cycles : sequence of int or None
        What a board measured for each operator of the image; None estimates.

    Raises
    ------
    ImageError
        The memory is too small for a double buffer, or the solver is not installed.
    """
    problem = problem_of(graph, allotment, cycles=cycles)
    double = methods.double_buffer(problem)
    solution = solve(problem, hint=double)
    for one in (double, solution.plan):
        check(problem, one)
    of_methods = {
        Method.PRELOAD: methods.preload(problem),
        Method.ON_DEMAND: methods.on_demand(problem),
        Method.DOUBLE_BUFFER: double,
    }
    return (
        *(Planned(method=name, problem=problem, plan=one) for name, one in of_methods.items()),
        Planned(
            method=Method.PLANNED,
            problem=problem,
            plan=solution.plan,
            is_optimal=solution.is_optimal,
        ),
    )
