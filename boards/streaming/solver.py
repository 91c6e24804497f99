# SPDX-License-Identifier: Apache-2.0
r"""The plan of streaming with the shortest run, by OR-Tools' CP-SAT.

For each load k of step u_k the solver chooses whether it stays (w_k), the step before which it
begins (s_k <= u_k), and its place; for each buffer of activations its place. With B_s and E_s where
step s begins and ends, b_k and e_k where load k does:

.. math::
    \min E_{N-1} \quad \text{s.t.} \quad
    s_{k-1} \le s_k, \quad b_k \ge \max(B'_{s_k}, e_{k-1}), \quad
    e_k = b_k + (1 - w_k) t_k, \quad B_{u_k} \ge e_k

where B'_s is when step s - 1 ends; and no two of the rectangles [s_k, u_k] x [place, place + bytes]
(all steps, if it stays) and those of activations overlap within the budget.

Source
------
The overlap plan of FlashMem (arXiv 2602.15379), whose preloaded set, earliest layers and capacity
it keeps; here capacity is an address space rather than a sum, and the aim is the time itself.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boards.errors import ImageError
from boards.layout import ALIGNMENT_BYTES
from boards.streaming.problem import Load, Problem, StreamPlan

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

_UNIT_CYCLES = 16
_SEED = 1
_OPTIMAL, _FEASIBLE = "OPTIMAL", "FEASIBLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan, and what is known of better ones.

    Parameters
    ----------
    plan : StreamPlan
    is_optimal : bool
        No plan has a shorter run, in steps of 16 cycles, for these tiles and durations.
    bound_cycles : int
        No plan has a shorter run than this.
    """

    plan: StreamPlan
    is_optimal: bool
    bound_cycles: int


@dataclass(slots=True)
class _LoadVariables:
    step: int
    stays: "cp_model.IntVar"
    begins: "cp_model.IntVar"
    place: "cp_model.IntVar"


@dataclass(slots=True)
class _Model:
    """The model as it grows; times in units, places in multiples of the alignment."""

    problem: Problem
    model: "cp_model.CpModel"
    loads: list[_LoadVariables] = field(default_factory=list)
    places: "dict[str, cp_model.IntVar]" = field(default_factory=dict)
    across: "list[cp_model.IntervalVar]" = field(default_factory=list)
    along: "list[cp_model.IntervalVar]" = field(default_factory=list)
    heights: list[int] = field(default_factory=list)

    @property
    def num_steps(self) -> int:
        return len(self.problem.steps)

    @property
    def room(self) -> int:
        return self.problem.budget_bytes // ALIGNMENT_BYTES

    @property
    def horizon(self) -> int:
        flash = self.problem.flash
        loads = sum(flash.cycles(one.load_bytes) for one in self.problem.steps)
        return _units(self.problem.compute_cycles + loads) + 2 * self.num_steps


def solve(problem: Problem, *, hint: StreamPlan | None = None, timeout_s: float = 5.0) -> Solution:
    """Return the best plan that is found in time.

    Parameters
    ----------
    problem : Problem
    hint : StreamPlan or None
        One that can be executed, to begin with; returned if none is found in time.
    timeout_s : float
        Of the solver's own deterministic time, some ten times as long on a clock: equal problems
        have equal plans.

    Raises
    ------
    ImageError
        There is no plan, or none was found in time; or OR-Tools is not installed.
    """
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise ImageError(
            "planning needs OR-Tools: .venv/bin/pip install -e '.[streaming]' -c constraints.txt"
        ) from error
    build = _Model(problem, cp_model.CpModel())
    end = _add_times(build, _add_loads(build))
    _add_buffers(build)
    build.model.add_no_overlap_2d(build.across, build.along)
    build.model.add_cumulative(build.across, build.heights, build.room)
    build.model.minimize(end)
    _add_hint(build, hint)
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = timeout_s
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = _SEED
    status = solver.status_name(solver.solve(build.model))
    if status not in (_OPTIMAL, _FEASIBLE):
        if hint is not None:
            bound = int(solver.best_objective_bound) * _UNIT_CYCLES
            return Solution(plan=hint, is_optimal=False, bound_cycles=bound)
        raise ImageError(
            f"no plan streams this network within {problem.budget_bytes} bytes; give it more "
            "memory, or smaller tiles"
        )
    return Solution(
        plan=_plan(build, solver),
        is_optimal=status == _OPTIMAL,
        bound_cycles=int(solver.best_objective_bound) * _UNIT_CYCLES,
    )


def _units(cycles: int) -> int:
    return -(-cycles // _UNIT_CYCLES)


def _add_loads(build: _Model) -> dict[int, _LoadVariables]:
    """Add whether each load stays, when it begins at the earliest, and the place it takes."""
    model, behind = build.model, build.num_steps
    for step, one in enumerate(build.problem.steps):
        if not one.load_bytes:
            continue
        height = one.load_bytes // ALIGNMENT_BYTES
        if height > build.room:
            raise ImageError(
                f"{one.name} needs {one.load_bytes} bytes at once, the budget is "
                f"{build.problem.budget_bytes}"
            )
        stays = model.new_bool_var(f"stays {step}")
        begins = model.new_int_var(0, step, f"begins {step}")
        place = model.new_int_var(0, build.room - height, f"place {step}")
        first = model.new_int_var(0, step, f"first {step}")
        last = model.new_int_var(step, behind, f"last {step}")
        model.add(first == begins).only_enforce_if(stays.negated())
        model.add(first == 0).only_enforce_if(stays)
        model.add(last == step).only_enforce_if(stays.negated())
        model.add(last == behind).only_enforce_if(stays)
        duration = model.new_int_var(1, behind + 1, f"duration {step}")
        build.across.append(model.new_interval_var(first, duration, last + 1, f"steps of {step}"))
        build.along.append(model.new_fixed_size_interval_var(place, height, f"bytes of {step}"))
        build.heights.append(height)
        if build.loads:
            model.add(begins >= build.loads[-1].begins)
        build.loads.append(_LoadVariables(step, stays, begins, place))
    return {one.step: one for one in build.loads}


def _add_buffers(build: _Model) -> None:
    for buffer in build.problem.buffers:
        height = -(-buffer.num_bytes // ALIGNMENT_BYTES)
        if height > build.room:
            raise ImageError(
                f"activations of {buffer.num_bytes} bytes exceed the budget of "
                f"{build.problem.budget_bytes}"
            )
        place = build.model.new_int_var(0, build.room - height, f"place of {buffer.name}")
        build.places[buffer.name] = place
        build.across.append(
            build.model.new_fixed_size_interval_var(
                buffer.first, buffer.last - buffer.first + 1, f"steps of {buffer.name}"
            )
        )
        build.along.append(
            build.model.new_fixed_size_interval_var(place, height, f"bytes of {buffer.name}")
        )
        build.heights.append(height)


def _add_times(build: _Model, loads: dict[int, _LoadVariables]) -> "cp_model.IntVar":
    """Add when steps and loads begin; return when the last step ends."""
    model, flash = build.model, build.problem.flash
    ends = [model.new_constant(0)]
    ready = ends[0]
    for step, one in enumerate(build.problem.steps):
        end = model.new_int_var(0, build.horizon, f"end {step}")
        model.add(end >= ends[-1] + _units(one.cycles))
        if step in loads:
            load = loads[step]
            queued = model.new_int_var(0, build.horizon, f"queued {step}")
            copied = model.new_int_var(0, build.horizon, f"copied {step}")
            model.add_element(load.begins, ends, queued)
            takes = _units(flash.cycles(one.load_bytes))
            for earliest in (queued, ready):
                model.add(copied >= earliest + takes).only_enforce_if(load.stays.negated())
            model.add(copied >= ready).only_enforce_if(load.stays)
            model.add(end >= copied + _units(one.cycles))
            ready = copied
        ends.append(end)
    return ends[-1]


def _add_hint(build: _Model, hint: StreamPlan | None) -> None:
    if hint is None:
        return
    latest = 0
    for one, load in zip(build.loads, hint.loads, strict=True):
        latest = latest if load.from_step is None else max(latest, load.from_step)
        build.model.add_hint(one.stays, int(load.from_step is None))
        build.model.add_hint(one.begins, min(latest, one.step))
        build.model.add_hint(one.place, load.offset // ALIGNMENT_BYTES)
    for name, place in build.places.items():
        build.model.add_hint(place, hint.offsets[name] // ALIGNMENT_BYTES)


def _plan(build: _Model, solver: "cp_model.CpSolver") -> StreamPlan:
    loads = tuple(
        Load(
            for_step=one.step,
            from_step=None if solver.value(one.stays) else solver.value(one.begins),
            offset=solver.value(one.place) * ALIGNMENT_BYTES,
            num_bytes=build.problem.steps[one.step].load_bytes,
        )
        for one in build.loads
    )
    offsets = {name: solver.value(place) * ALIGNMENT_BYTES for name, place in build.places.items()}
    ends = [load.offset + load.num_bytes for load in loads]
    ends += [offsets[one.name] + one.num_bytes for one in build.problem.buffers]
    return StreamPlan(offsets=offsets, loads=loads, peak_bytes=max(ends))
