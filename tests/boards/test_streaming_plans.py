# SPDX-License-Identifier: Apache-2.0
"""Plans of streaming: timed in closed form, executable, and the solver's are the shortest."""

from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given, settings

from boards.errors import ImageError
from boards.flash import FlashModel
from boards.placing import Lifetime, pack
from boards.streaming import methods
from boards.streaming.check import check
from boards.streaming.problem import Load, Problem, StreamPlan
from boards.streaming.solver import solve
from boards.streaming.timeline import timeline
from tests.boards.stream_cases import chain, problems

pytest.importorskip("ortools.sat.python.cp_model", reason="OR-Tools is not installed")


def test_loading_on_demand_adds_up_and_preloading_never_waits() -> None:
    problem = chain([160, 320, 0])

    demand = timeline(problem, methods.on_demand(problem))
    preloaded = timeline(problem, methods.preload(problem))

    assert demand.cycles == 3 * 100 + (10 + 160) + (10 + 320)
    assert demand.once_cycles == 0
    assert preloaded.cycles == 3 * 100
    assert preloaded.cold_cycles == 3 * 100 + (10 + 160) + (10 + 320)


def test_a_double_buffer_hides_the_shorter_of_copying_and_computing() -> None:
    problem = chain([64] * 5, budget_bytes=64 * 2 + 64 * 2)

    run = timeline(problem, methods.double_buffer(problem))

    assert run.cycles == (10 + 64) + 5 * 100
    assert run.stall_cycles == 10 + 64


def test_a_double_buffer_waits_for_copies_that_are_longer_than_steps() -> None:
    problem = chain([160] * 4, budget_bytes=64 * 2 + 160 * 2, cycles=50)

    run = timeline(problem, methods.double_buffer(problem))

    assert run.cycles == 4 * (10 + 160) + 50


@given(problem=problems())
@settings(max_examples=150, deadline=None)
def test_every_method_makes_plans_that_can_be_executed(problem: Problem) -> None:
    everything = replace(problem, budget_bytes=1 << 20)
    check(everything, methods.preload(everything))
    check(everything, methods.on_demand(everything))
    try:
        plan = methods.double_buffer(problem)
    except ImageError:
        return
    check(problem, plan)


@given(problem=problems())
@settings(max_examples=40, deadline=None)
def test_the_solver_is_never_behind_a_double_buffer_nor_ahead_of_its_bound(
    problem: Problem,
) -> None:
    try:
        double = methods.double_buffer(problem)
    except ImageError:
        return

    solution = solve(problem, hint=double, timeout_s=1.0)

    check(problem, solution.plan)
    rounding = 16 * (len(problem.steps) * 2 + 1)
    cycles = timeline(problem, solution.plan).cycles
    assert cycles <= timeline(problem, double).cycles + rounding
    assert cycles >= problem.compute_cycles
    assert solution.bound_cycles <= cycles + rounding


@pytest.mark.parametrize("budget_bytes", [512, 576, 704])
@pytest.mark.parametrize("rate", [0.25, 1.0])
def test_the_solver_finds_what_trying_everything_finds(budget_bytes: int, rate: float) -> None:
    flash = FlashModel(rate, 0)
    problem = chain([128, 256, 64, 192], cycles=320, budget_bytes=budget_bytes, flash=flash)

    solution = solve(problem)

    assert solution.is_optimal
    found = timeline(problem, solution.plan).cycles
    assert found == pytest.approx(_shortest(problem), abs=16 * 9)


def _shortest(problem: Problem) -> int:
    """Return the shortest run over all choices of what stays and when the rest begins."""
    needed = [i for i, step in enumerate(problem.steps) if step.load_bytes]
    choices = product(*([None, *range(step + 1)] for step in needed))
    return min(
        timeline(problem, plan).cycles
        for begins in choices
        if (plan := _packed(problem, dict(zip(needed, begins, strict=True)))) is not None
    )


def _packed(problem: Problem, begins: dict[int, int | None]) -> StreamPlan | None:
    order = [begin for begin in begins.values() if begin is not None]
    if order != sorted(order):
        return None
    claims = [
        Lifetime(name=b.name, num_bytes=b.num_bytes, first=b.first, last=b.last)
        for b in problem.buffers
    ]
    claims += [
        Lifetime(
            name=f"load {step}",
            num_bytes=problem.steps[step].load_bytes,
            first=begin or 0,
            last=len(problem.steps) if begin is None else step,
        )
        for step, begin in begins.items()
    ]
    packed = pack(claims, max_steps=1_000)
    if packed.peak_bytes > problem.budget_bytes:
        return None
    loads = tuple(
        Load(
            for_step=step,
            from_step=begin,
            offset=packed.offsets[f"load {step}"],
            num_bytes=problem.steps[step].load_bytes,
        )
        for step, begin in begins.items()
    )
    return StreamPlan(offsets=packed.offsets, loads=loads, peak_bytes=packed.peak_bytes)


def test_more_memory_and_a_faster_flash_never_make_the_run_longer() -> None:
    sizes = [320, 512, 640, 960, 1600]
    runs = [
        timeline(problem, solve(problem).plan).cycles
        for problem in (chain([128, 256, 64, 192, 256], budget_bytes=size + 192) for size in sizes)
    ]
    assert all(b <= a + 16 * 11 for a, b in pairwise(runs))
    assert runs[-1] < runs[0]


def test_what_cannot_be_planned_is_refused_in_words() -> None:
    with pytest.raises(ImageError, match="320 bytes, all but the kernels' scratch, hold neither"):
        methods.double_buffer(chain([256, 256], budget_bytes=320))
    with pytest.raises(ImageError, match="needs 512 bytes at once, the budget is 320"):
        solve(chain([512], budget_bytes=320))
    with pytest.raises(ImageError, match="no plan streams this network within 272 bytes"):
        solve(chain([256], budget_bytes=272))


def test_a_plan_that_cannot_be_executed_is_told_by_its_fault() -> None:
    problem = chain([64, 64], budget_bytes=4096)
    good = methods.on_demand(problem)
    first, second = good.loads

    for loads, fault in (
        ((second, first), "not those that the steps need"),
        ((first, replace(second, from_step=2)), "begins too late"),
        ((first, replace(second, num_bytes=32)), "is no load of that step"),
        ((first, replace(second, offset=8)), "lies where it may not"),
        ((first, replace(second, offset=good.offsets["x2"])), "in the same place at the same time"),
    ):
        with pytest.raises(ImageError, match=fault):
            check(problem, replace(good, loads=loads))


def test_a_plan_is_kept_where_the_solver_finds_none_in_time() -> None:
    problem = chain([64] * 24, budget_bytes=640)
    double = methods.double_buffer(problem)

    solution = solve(problem, hint=double, timeout_s=1e-6)

    check(problem, solution.plan)
    assert not solution.is_optimal
