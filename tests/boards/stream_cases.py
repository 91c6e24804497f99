# SPDX-License-Identifier: Apache-2.0
"""Problems of streaming and networks to stream."""

from dataclasses import replace

from hypothesis import strategies as st

from boards.body import Body
from boards.flash import FlashModel
from boards.graph import Graph
from boards.streaming.allotment import Allotment
from boards.streaming.problem import Buffer, Problem, Step

FLASH = FlashModel(bytes_per_cycle=1.0, latency_cycles=10)


def chain(
    loads: list[int], *, cycles: int = 100, budget_bytes: int = 4096, flash: FlashModel = FLASH
) -> Problem:
    """Return steps with such loads, activations of 64 bytes between each two of them."""
    steps = tuple(Step(name=f"s{i}", cycles=cycles, load_bytes=n) for i, n in enumerate(loads))
    buffers = tuple(
        Buffer(name=f"x{i}", num_bytes=64, first=max(i - 1, 0), last=i)
        for i in range(len(loads) + 1)
    )
    return Problem(steps=steps, buffers=buffers, budget_bytes=budget_bytes, flash=flash)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw problems that a double buffer may or may not solve."""
    loads = draw(st.lists(st.sampled_from([0, 16, 64, 256, 512]), min_size=1, max_size=8))
    problem = chain(
        loads,
        budget_bytes=draw(st.integers(20, 160)) * 16,
        flash=FlashModel(draw(st.sampled_from([0.1, 0.5, 2.0])), draw(st.integers(0, 100))),
    )
    cycles = draw(st.lists(st.integers(1, 5_000), min_size=len(loads), max_size=len(loads)))
    steps = zip(problem.steps, cycles, strict=True)
    return replace(problem, steps=tuple(replace(one, cycles=c) for one, c in steps))


def allotment(
    *,
    sram_bytes: int = 1 << 20,
    tile_bytes: int = 256,
    body: Body = Body.PORTABLE,
    flash: FlashModel = FLASH,
) -> Allotment:
    """Return memory of some size."""
    return Allotment(body=body, sram_bytes=sram_bytes, flash=flash, tile_bytes=tile_bytes)


def least_sram(graph: Graph, *, tile_bytes: int, body: Body) -> int:
    """Return the least memory within which a double buffer runs a network, to 64 bytes."""
    from boards.errors import ImageError
    from boards.streaming.compiling import problem_of
    from boards.streaming.methods import double_buffer

    low, high = 0, 1 << 20
    while high - low > 64:
        middle = (low + high) // 2
        asked = allotment(sram_bytes=middle, tile_bytes=tile_bytes, body=body)
        try:
            double_buffer(problem_of(graph, asked))
            high = middle
        except ImageError:
            low = middle
    return high
