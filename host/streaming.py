# SPDX-License-Identifier: Apache-2.0
"""A network that is streamed, on a board: each method run, and compared with the twin."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from boards.board import Board
from boards.errors import ImageError
from boards.flash import FlashModel
from boards.graph import Graph
from boards.image import Image
from boards.image import compile as compile_image
from boards.memory import plan
from boards.streaming.allotment import Allotment
from boards.streaming.compiling import compile_streamed, problem_of
from boards.streaming.methods import double_buffer
from boards.streaming.planning import Method, Planned, plans
from boards.streaming.timeline import Timeline, timeline
from channels.randomness import generator
from host.device import Device
from sim.twin import Twin

_NO_FLASH = FlashModel(bytes_per_cycle=1e6, latency_cycles=0)
_SEED = 1
_HARDLY = 1.02
_BEYOND_BUDGET = (Method.PRELOAD, Method.ON_DEMAND)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRun:
    """One method on a board.

    Parameters
    ----------
    planned : Planned
    timeline : Timeline
        As planned.
    image : Image
    names : tuple of str
        What its operators are called.
    arena_bytes : int
        SRAM of a run: activations, scratch and constants; the device says the same.
    cold_instructions, instructions : int
        Of the first run, which brings what stays, and of the next one, as the board counts them
        with its model of the flash.
    num_values, num_unequal : int
        Outputs compared with those of the network that is run where it lies; none where the image
        does not fit the board, and instructions are those of the model.
    """

    planned: Planned
    timeline: Timeline
    image: Image
    names: tuple[str, ...]
    arena_bytes: int
    cold_instructions: int
    instructions: int
    num_values: int
    num_unequal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All methods on one board.

    Parameters
    ----------
    board : str
    allotment : Allotment
    constant_bytes : int
        Weights and rescales of the network.
    compute_instructions : int
        Of a run that never waits.
    results : tuple of MethodRun
    """

    board: str
    allotment: Allotment
    constant_bytes: int
    compute_instructions: int
    results: tuple[MethodRun, ...]

    def of(self, method: Method) -> MethodRun:
        """Return what a method came to."""
        return next(one for one in self.results if one.planned.method is method)

    @property
    def passed(self) -> bool:
        """Return whether every output was the twin's."""
        return all(one.num_unequal == 0 for one in self.results)

    @property
    def runs_to_preload(self) -> int | None:
        """Return after how many runs preloading has taken less time; None if it never has."""
        preload, planned = self.of(Method.PRELOAD), self.of(Method.PLANNED)
        lead = preload.cold_instructions - planned.cold_instructions
        gain = planned.instructions - preload.instructions
        if lead <= 0:
            return 1
        return None if gain <= 0 else lead // gain + 2

    @property
    def free_bytes_per_cycle(self) -> float | None:
        """Return the rate of the flash from which on streaming waits for less than 2 % of a run.

        By the better of the two plans that keep to the memory; None if it waits at any rate.
        """
        plans = (self.of(Method.DOUBLE_BUFFER), self.of(Method.PLANNED))
        enough = _HARDLY * plans[0].planned.problem.compute_cycles
        for rate in np.geomspace(0.01, 100.0, 401):
            if min(at_rate(one, float(rate)).cycles for one in plans) <= enough:
                return float(rate)
        return None


def at_rate(one: MethodRun, bytes_per_cycle: float) -> Timeline:
    """Return the run of a plan with a flash of another rate."""
    problem = one.planned.problem
    flash = FlashModel(bytes_per_cycle, problem.flash.latency_cycles)
    return timeline(replace(problem, flash=flash), one.planned.plan)


def compare(
    graph: Graph, board: Board, device: Device, allotment: Allotment, *, num_inputs: int = 4
) -> Comparison:
    """Plan a network, run it by every method, and compare outputs, memory and time.

    A double buffer is run first, with a flash that takes no time: how long each part computes there
    is what all plans go by.

    Parameters
    ----------
    graph : Graph
        An int8 network.
    board : Board
    device : Device
        Open; its board models a flash.
    allotment : Allotment
    num_inputs : int
        Uniformly random ones, whose outputs are compared.

    Raises
    ------
    ImageError
        The memory is too small, or the image for the board.
    DeviceError
        The board models no flash.
    """
    cycles = _computing(graph, board, device, allotment)
    found = plans(graph, allotment, cycles=cycles)
    whole = compile_image(graph, plan(graph))
    inputs = generator(seed=_SEED, stream="streaming", index=0).integers(
        -128, 128, (num_inputs, *whole.input_shape), dtype=np.int8
    )
    bench = _Bench(board, device, inputs, Twin(whole).run_batch(inputs))
    return Comparison(
        board=board.name,
        allotment=allotment,
        constant_bytes=found[0].problem.load_bytes,
        compute_instructions=sum(cycles),
        results=tuple(bench.run(graph, one, allotment) for one in found),
    )


def _computing(graph: Graph, board: Board, device: Device, allotment: Allotment) -> list[int]:
    """Return how many instructions each operator of the image computes."""
    stream = double_buffer(problem_of(graph, allotment))
    image = compile_streamed(graph, stream, tile_bytes=allotment.tile_bytes).image
    image.check_fits(board)
    device.load(image)
    device.model_flash(_NO_FLASH)
    device.measure(np.zeros(image.input_shape, np.int8), profile=True)
    return [operator.instructions or 0 for operator in device.profile()]


@dataclass(frozen=True, slots=True)
class _Bench:
    """A board, what it is given, and what it should answer."""

    board: Board
    device: Device
    inputs: NDArray[np.int8]
    expected: NDArray[np.int8]

    def run(self, graph: Graph, one: Planned, allotment: Allotment) -> MethodRun:
        """Run one plan on a board that has run nothing else since it was loaded."""
        streamed = compile_streamed(graph, one.plan, tile_bytes=allotment.tile_bytes)
        image, run = streamed.image, timeline(one.problem, one.plan)
        if one.method in _BEYOND_BUDGET and not self._fits(image):
            return MethodRun(
                planned=one,
                timeline=run,
                image=image,
                names=streamed.names,
                arena_bytes=image.arena_bytes(self.board.body),
                cold_instructions=run.cold_cycles,
                instructions=run.cycles,
                num_values=0,
                num_unequal=0,
            )
        image.check_fits(self.board)
        self.device.reset()
        self.device.load(image)
        self.device.model_flash(allotment.flash)
        runs = [self.device.measure(x) for x in self.inputs]
        outputs = np.stack([run.output for run in runs])
        return MethodRun(
            planned=one,
            timeline=run,
            image=image,
            names=streamed.names,
            arena_bytes=self.device.info.arena_bytes,
            cold_instructions=runs[0].instructions or 0,
            instructions=runs[-1].instructions or 0,
            num_values=outputs.size,
            num_unequal=int(np.count_nonzero(outputs != self.expected)),
        )

    def _fits(self, image: Image) -> bool:
        try:
            image.check_fits(self.board)
        except ImageError:
            return False
        return True
