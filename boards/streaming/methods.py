# SPDX-License-Identifier: Apache-2.0
"""Plans that need no solver: everything at once, everything when it is needed, a double buffer."""

from collections.abc import Iterable, Mapping

from boards.errors import ImageError
from boards.placing import Lifetime, pack
from boards.streaming.problem import Load, Problem, StreamPlan

_NUM_HALVES = 2


def preload(problem: Problem) -> StreamPlan:
    """Bring everything once, whatever the budget is."""
    return _packed(problem, dict.fromkeys(_needed(problem)))


def on_demand(problem: Problem) -> StreamPlan:
    """Bring each load when its step begins, which then waits for it; whatever the budget is."""
    return _packed(problem, {step: step for step in _needed(problem)})


def double_buffer(problem: Problem) -> StreamPlan:
    """Bring each load while the step before it that has one computes.

    What there is of the budget besides the two halves of the buffer is for loads that stay: the
    first ones, since nothing runs while they come, then whatever fits.

    Raises
    ------
    ImageError
        The budget does not hold the activations and twice the largest load.
    """
    needed = _needed(problem)
    chosen: set[int] = set()
    best = _with_resident(problem, needed, chosen)
    if best is None:
        largest = max(step.load_bytes for step in problem.steps)
        raise ImageError(
            f"{problem.budget_bytes} bytes, all but the kernels' scratch, hold neither the "
            f"activations nor two loads of up to {largest} bytes beside them; give it more memory"
        )
    for step in needed:
        better = _with_resident(problem, needed, chosen | {step})
        if better is not None:
            chosen, best = chosen | {step}, better
    return best


def _needed(problem: Problem) -> list[int]:
    return [i for i, step in enumerate(problem.steps) if step.load_bytes]


def _with_resident(
    problem: Problem, needed: Iterable[int], resident: set[int]
) -> StreamPlan | None:
    """Return the plan in which some loads stay; None if it exceeds the budget."""
    begins: dict[int, int | None] = dict.fromkeys(resident)
    streamed = [step for step in needed if step not in resident]
    for i, step in enumerate(streamed):
        begins[step] = streamed[i - _NUM_HALVES] + 1 if i >= _NUM_HALVES else 0
    plan = _packed(problem, begins)
    return plan if plan.peak_bytes <= problem.budget_bytes else None


def _packed(problem: Problem, begins: Mapping[int, int | None]) -> StreamPlan:
    """Find a place for loads that begin when they do."""
    behind = len(problem.steps)
    claims = [
        Lifetime(name=one.name, num_bytes=one.num_bytes, first=one.first, last=one.last)
        for one in problem.buffers
    ]
    for step, begin in begins.items():
        claims.append(
            Lifetime(
                name=_name(step),
                num_bytes=problem.steps[step].load_bytes,
                first=begin or 0,
                last=behind if begin is None else step,
            )
        )
    packed = pack(claims, max_steps=0)
    loads = tuple(
        Load(
            for_step=step,
            from_step=begins[step],
            offset=packed.offsets[_name(step)],
            num_bytes=problem.steps[step].load_bytes,
        )
        for step in sorted(begins)
    )
    offsets = {one.name: packed.offsets[one.name] for one in problem.buffers}
    return StreamPlan(offsets=offsets, loads=loads, peak_bytes=packed.peak_bytes)


def _name(step: int) -> str:
    return f"the load of step {step}"
