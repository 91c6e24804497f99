# SPDX-License-Identifier: Apache-2.0
"""A thousand random networks whole: the twin, and boards on fifty of them, give LiteRT's bits.

LiteRT runs its reference kernels (resolver BUILTIN_REF); every comparison is exact. A network that
fails is told by its seed and its operators, and cut down to the fewest with which it still fails.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import tflite
from boards.affine import to_float
from boards.board import Board
from boards.borders import without_real_borders
from boards.errors import BoardError, ImageError
from boards.graph import Graph, OperatorKind
from boards.image import Image
from boards.requantization import quantization_of
from host.device import Device
from host.errors import DeviceError
from host.launcher import open_device
from sim.errors import SimError
from sim.twin import Twin
from tests.firmware.operators import compiled
from tests.host.built_firmware import built, emulated_boards, small_boards

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.boards import random_networks
from tests.boards.random_networks import Network
from tests.boards.tflite_builder import LiteRt

SEEDS = range(1_000)
NUM_ON_BOARDS = 50
EMULATED = [*emulated_boards(), *small_boards()]

Run = Callable[[Image, NDArray[np.int8]], NDArray[np.int8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A network as devices have it, inputs int8 [num_inputs, *shape], and LiteRT's outputs."""

    network: Network
    graph: Graph
    image: Image
    x: NDArray[np.int8]
    expected: NDArray[Any]

    def is_met_by(self, run: Run) -> bool:
        """Return whether it computes what LiteRT does, bit for bit."""
        y = run(self.image, self.x.reshape(-1, *self.image.input_shape))
        told: NDArray[Any] = y.reshape(len(self.x), -1)
        if self.network.border is not None:
            told = to_float(told, quantization_of(self.graph.tensors[self.graph.output]))
        return np.array_equal(told, self.expected)


def case_of(network: Network) -> Case:
    """Import and compile a network, and ask LiteRT."""
    graph = without_real_borders(tflite.from_bytes(network.content, name="random"))
    source = graph.tensors[graph.input]
    x = random_networks.inputs(network.seed, source.shape)
    seen = x if network.border is None else to_float(x, quantization_of(source))
    litert = LiteRt(network.content)
    return Case(
        network=network,
        graph=graph,
        image=compiled(graph),
        x=x,
        expected=np.stack([litert.run(one).flatten() for one in seen]),
    )


def on_the_twin(image: Image, x: NDArray[np.int8]) -> NDArray[np.int8]:
    return Twin(image).run_batch(x)


def problem_of(network: Network, run: Run) -> str | None:
    """Return why a network fails, None if it does not."""
    try:
        return None if case_of(network).is_met_by(run) else "other bits than LiteRT's"
    except (BoardError, SimError, DeviceError) as error:
        return str(error)


def told(network: Network, run: Run) -> str | None:
    """Return a failure in words: the network as short as it fails; None if it does not fail."""
    if problem_of(network, run) is None:
        return None
    for most in range(1, len(network.lines) + 1):
        shorter = random_networks.draw(network.seed, most_operators=most)
        problem = problem_of(shorter, run)
        if problem is not None:
            return f"{shorter}\n    {problem}"
    return f"{network}\n    fails only in its full length"


def test_the_twin_computes_a_thousand_networks_as_litert_does() -> None:
    networks = [random_networks.draw(seed) for seed in SEEDS]

    failures = [problem for one in networks if (problem := told(one, on_the_twin))]

    assert not failures, "\n".join(failures[:5])


def test_networks_are_of_every_kind_and_size_and_most_of_them_listen() -> None:
    cases = [case_of(random_networks.draw(seed)) for seed in range(200)]

    kinds = {operator.kind for case in cases for operator in case.graph.operators}
    sizes = {len(case.network.lines) for case in cases}
    listening = [len(np.unique(case.expected, axis=0)) > 1 for case in cases]
    read_twice = [max(num_readers(case.graph).values()) > 1 for case in cases]
    assert kinds == set(OperatorKind) - {OperatorKind.DEQUANTIZE}
    assert sizes == set(range(3, 13))
    assert np.mean(listening) > 0.7
    assert np.mean(read_twice) > 0.3
    assert any(case.network.border for case in cases)


def num_readers(graph: Graph) -> Mapping[str, int]:
    names = [name for operator in graph.operators for name in operator.inputs]
    return {name: names.count(name) for name in names}


def test_a_network_that_fails_is_cut_down_and_told_with_its_seed() -> None:
    seed = 3

    def run(image: Image, x: NDArray[np.int8]) -> NDArray[np.int8]:
        return on_the_twin(image, x) ^ 1

    failure = told(random_networks.draw(seed), run)

    assert failure is not None
    assert failure.startswith(f"network {seed}, 1 operators: ")
    assert told(random_networks.draw(seed), on_the_twin) is None


@pytest.fixture(scope="module", params=EMULATED)
def board(request: pytest.FixtureRequest) -> Iterator[tuple[Board, Device]]:
    target = built(request.param)
    with open_device(target, timeout_s=120.0) as device:
        yield target, device


def fitting(board: Board) -> Iterator[Network]:
    """Yield the networks that a board has room for."""
    for seed in SEEDS:
        network = random_networks.draw(seed)
        image = case_of(network).image
        try:
            image.check_fits(board)
        except ImageError:
            continue  # too large for this board, and no failure of it
        yield network


@pytest.mark.qemu
@pytest.mark.slow
def test_boards_compute_fifty_networks_as_litert_does(board: tuple[Board, Device]) -> None:
    target, device = board

    def run(image: Image, x: NDArray[np.int8]) -> NDArray[np.int8]:
        device.load(image)
        return np.stack([device.run(one) for one in x])

    networks = [one for one, _ in zip(fitting(target), range(NUM_ON_BOARDS), strict=False)]
    failures = [problem for one in networks if (problem := told(one, run))]

    assert len(networks) == NUM_ON_BOARDS, f"{target.name} has room for {len(networks)} of them"
    assert not failures, "\n".join(failures[:5])
