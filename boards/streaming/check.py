# SPDX-License-Identifier: Apache-2.0
"""Whether a plan of streaming can be executed, by rules that know nothing of how it was found."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from boards.errors import ImageError
from boards.layout import ALIGNMENT_BYTES
from boards.streaming.problem import Problem, StreamPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """Bytes of the arena over some steps, last one included."""

    name: str
    start: int
    end: int
    first: int
    last: int

    def collides(self, other: "_Claim") -> bool:
        """Return whether both want the same bytes at the same time."""
        is_same_place = self.start < other.end and other.start < self.end
        return is_same_place and self.first <= other.last and other.first <= self.last


def check(problem: Problem, plan: StreamPlan) -> None:
    """Raise an `ImageError` that says what is wrong with a plan first."""
    for wrong in _problems(problem, plan):
        raise ImageError(f"this plan of streaming cannot be executed: {wrong}")


def _problems(problem: Problem, plan: StreamPlan) -> Iterator[str]:
    yield from _wrong_loads(problem, plan)
    claims = _claims(problem, plan)
    for claim in claims:
        if claim.start % ALIGNMENT_BYTES or claim.start < 0 or claim.end > plan.peak_bytes:
            yield f"{claim.name} lies where it may not"
    if plan.peak_bytes > problem.budget_bytes:
        yield f"it takes {plan.peak_bytes} bytes of {problem.budget_bytes}"
    for one, other in combinations(claims, 2):
        if one.collides(other):
            yield f"{one.name} and {other.name} lie in the same place at the same time"


def _wrong_loads(problem: Problem, plan: StreamPlan) -> Iterator[str]:
    needed = [i for i, step in enumerate(problem.steps) if step.load_bytes]
    if [load.for_step for load in plan.loads] != needed:
        yield "its loads are not those that the steps need, in their order"
    begins = [load.from_step for load in plan.loads if load.from_step is not None]
    if begins != sorted(begins):
        yield "its loads do not begin in the order in which they are needed"
    for load in plan.loads:
        if load.from_step is not None and not 0 <= load.from_step <= load.for_step:
            yield f"the load of step {load.for_step} begins too late"
        if load.num_bytes != problem.steps[load.for_step].load_bytes:
            yield f"the load of step {load.for_step} is no load of that step"


def _claims(problem: Problem, plan: StreamPlan) -> list[_Claim]:
    behind = len(problem.steps)
    buffers = [
        _Claim(
            name=buffer.name,
            start=plan.offsets[buffer.name],
            end=plan.offsets[buffer.name] + buffer.num_bytes,
            first=buffer.first,
            last=buffer.last,
        )
        for buffer in problem.buffers
    ]
    loads = [
        _Claim(
            name=f"the load of step {load.for_step}",
            start=load.offset,
            end=load.offset + load.num_bytes,
            first=load.from_step or 0,
            last=behind if load.from_step is None else load.for_step,
        )
        for load in plan.loads
    ]
    return buffers + loads
