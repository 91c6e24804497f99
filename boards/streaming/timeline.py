# SPDX-License-Identifier: Apache-2.0
r"""When each load and each step of a run begins and ends, as the firmware does them.

Loads are copied one behind the other, in the order of the steps that need them, and one that may
begin before step s is queued when step s - 1 has ended:

.. math::
    b_k = \max(e_{k-1}, E_{s_k - 1}), \quad e_k = b_k + L + n_k / r, \quad
    B_s = \max(E_{s-1}, e_{k(s)}), \quad E_s = B_s + c_s

with a latency L, n bytes at rate r, and c cycles of computing. What waits is B_s - E_{s-1}.
"""

from dataclasses import dataclass

from boards.streaming.problem import Problem, StreamPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From one cycle to another."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One run.

    Parameters
    ----------
    steps : tuple of Interval
        Computing, without waiting.
    loads : tuple of (Load index, Interval)
        Those that the run makes, in order.
    once_cycles : int
        What is brought once takes so long, before the first run.
    """

    steps: tuple[Interval, ...]
    loads: tuple[tuple[int, Interval], ...]
    once_cycles: int

    @property
    def cycles(self) -> int:
        """Return how long a run takes once everything that stays is there."""
        return self.steps[-1].end

    @property
    def cold_cycles(self) -> int:
        """Return how long the first run takes."""
        return self.once_cycles + self.cycles

    @property
    def stall_cycles(self) -> int:
        """Return how long a run waits."""
        return self.cycles - sum(step.end - step.begin for step in self.steps)


def timeline(problem: Problem, plan: StreamPlan) -> Timeline:
    """Return the run of a plan."""
    flash = problem.flash
    queue = [(i, load) for i, load in enumerate(plan.loads) if load.from_step is not None]
    done: dict[int, int] = {}
    loads: list[tuple[int, Interval]] = []
    steps: list[Interval] = []
    now = free_at = 0
    for i_step, step in enumerate(problem.steps):
        while queue and (queue[0][1].from_step or 0) <= i_step:
            i_load, load = queue.pop(0)
            begin = max(free_at, now)
            free_at = begin + flash.cycles(load.num_bytes)
            done[load.for_step] = free_at
            loads.append((i_load, Interval(begin=begin, end=free_at)))
        begin = max(now, done.get(i_step, 0))
        now = begin + step.cycles
        steps.append(Interval(begin=begin, end=now))
    once = sum(flash.cycles(one.num_bytes) for one in plan.loads if one.from_step is None)
    return Timeline(steps=tuple(steps), loads=tuple(loads), once_cycles=once)
