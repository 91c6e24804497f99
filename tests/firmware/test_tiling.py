# SPDX-License-Identifier: Apache-2.0
"""Networks in bands of rows on the twin and on a board too small for the whole: LiteRT's bits."""

import numpy as np
import pytest

from boards import catalog, memory, reference, tflite
from boards.board import Board
from boards.borders import without_real_borders
from boards.errors import ImageError
from boards.fitting import fit
from boards.graph import Graph
from boards.tiling import most_bands, most_operators, tiled
from host.compiled import Compiled, fitted
from host.launcher import open_device
from sim.twin import Twin
from tests.boards.tiled_networks import draw, inputs, shrinking
from tests.firmware.operators import compiled
from tests.host.built_firmware import built

SEEDS = range(400)
FEWEST = 60


def cut_at_random(graph: Graph, seed: int) -> Graph | None:
    """Return a network in bands, as a seed says; None if it has nothing to cut."""
    rng = np.random.default_rng([seed, 5])
    most = most_operators(graph)
    if most == 0:
        return None
    num_operators = int(rng.integers(1, most + 1))
    num_bands = int(rng.integers(1, most_bands(graph, num_operators) + 1))
    return tiled(graph, num_operators=num_operators, num_bands=num_bands)


def test_random_networks_in_bands_are_litert_s_to_the_bit() -> None:
    pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")
    from tests.boards import random_networks
    from tests.boards.tflite_builder import LiteRt

    wrong: list[int] = []
    num_cut = 0
    for seed in SEEDS:
        network = random_networks.draw(seed)
        graph = without_real_borders(tflite.from_bytes(network.content, name="random"))
        cut = cut_at_random(graph, seed)
        if cut is None or network.border is not None:
            continue
        num_cut += 1
        x = random_networks.inputs(seed, graph.tensors[graph.input].shape)
        litert = LiteRt(network.content)
        expected = np.stack([litert.run(one).flatten() for one in x])
        image = compiled(cut)
        y = Twin(image).run_batch(x.reshape(-1, *image.input_shape))
        if not np.array_equal(y.reshape(len(x), -1), expected):
            wrong.append(seed)

    assert num_cut >= FEWEST
    assert wrong == []


def test_the_twin_runs_chains_in_bands_as_the_reference_runs_the_whole() -> None:
    for seed in range(150):
        graph = draw(seed)
        cut = cut_at_random(graph, seed)
        if cut is None:
            continue
        x = inputs(graph, seed)
        image = compiled(cut)
        y = Twin(image).run(x.reshape(image.input_shape))

        np.testing.assert_array_equal(y.ravel(), reference.run(graph, x).ravel(), f"{seed}")


@pytest.fixture
def microbit() -> Board:
    return built("microbit")


@pytest.mark.qemu
def test_a_board_runs_in_bands_what_it_has_no_room_for(microbit: Board) -> None:
    graph = shrinking()
    whole = compiled(graph)
    x = inputs(graph, 1)
    found = fit(graph, body=microbit.body, arena_bytes=microbit.memory.arena_bytes)
    with pytest.raises(ImageError, match="its arena takes"):
        whole.check_fits(microbit)

    with open_device(microbit, timeout_s=60.0) as device:
        device.load(found.image)
        y = device.run(x)

    np.testing.assert_array_equal(y, reference.run(graph, x))


def test_a_network_is_cut_for_a_board_only_if_it_needs_it() -> None:
    graph = shrinking()
    layout = memory.plan(graph)
    made = Compiled(image=compiled(graph), operators=("a",), planned=(graph, layout))
    small, large = catalog.load("microbit"), catalog.load("mps2-an386")

    cut = fitted(made, small, arena_bytes=None)

    assert fitted(made, large, arena_bytes=None) is made
    assert cut.tiling is not None
    assert len(cut.operators) == len(cut.image.operators)
    cut.image.check_fits(small)
    asked = fitted(made, large, arena_bytes=12_000)
    assert asked.image.arena_bytes(large.body) <= 12_000


def test_a_budget_that_cannot_be_is_refused_in_one_line() -> None:
    graph = shrinking()
    made = Compiled(image=compiled(graph), planned=(graph, memory.plan(graph)))
    board = catalog.load("microbit")

    with pytest.raises(ImageError, match=r"in bands \d+ at the least, there are 4000"):
        fitted(made, board, arena_bytes=4_000)
    with pytest.raises(ImageError, match="--arena 20000: microbit has 11776 bytes"):
        fitted(made, board, arena_bytes=20_000)
    assert fitted(Compiled(image=made.image), board, arena_bytes=None).tiling is None
