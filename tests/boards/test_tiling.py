# SPDX-License-Identifier: Apache-2.0
"""Networks in bands of rows: the same bits, in less memory, and no more work than it takes."""

import numpy as np
import pytest

from boards import image, memory, reference
from boards.body import Body
from boards.complexity import count_macs
from boards.errors import ImageError
from boards.fitting import fit
from boards.graph import Graph, OperatorKind
from boards.options import Section
from boards.tiling import most_bands, most_operators, tiled
from tests.boards import random_graphs
from tests.boards.tiled_networks import draw, rows_needed, shrinking
from tests.boards.tiled_networks import inputs as random_inputs

SEEDS = range(120)


@pytest.mark.parametrize("seed", SEEDS)
def test_bands_compute_what_the_whole_does(seed: int) -> None:
    graph = draw(seed)
    x = random_inputs(graph, seed)
    expected = reference.run(graph, x)
    rng = np.random.default_rng([seed, 1])

    num_operators = int(rng.integers(1, most_operators(graph) + 1))
    num_bands = int(rng.integers(1, most_bands(graph, num_operators) + 1))
    cut = tiled(graph, num_operators=num_operators, num_bands=num_bands)

    if cut is not None:
        np.testing.assert_array_equal(reference.run(cut, x), expected)


def test_bands_are_made_of_the_rows_that_they_need_and_no_others() -> None:
    """The closed form against each value of the input that is changed in turn."""
    graph = draw(3)
    cut = tiled(graph, num_operators=most_operators(graph), num_bands=2)
    assert cut is not None

    slices = [one for one in cut.operators if one.kind is OperatorKind.STRIDED_SLICE]
    assert len(slices) == 2
    for band, operator in enumerate(slices):
        section = operator.options
        assert isinstance(section, Section)
        assert rows_needed(graph, band=band, num_bands=2) == (section.begin[0], section.end[0])


def test_a_network_that_fits_is_left_whole() -> None:
    graph = shrinking()
    whole = image.compile(graph, memory.plan(graph))

    found = fit(graph, body=Body.DSP, arena_bytes=whole.arena_bytes(Body.DSP))

    assert found.tiling is None
    assert found.image == whole


@pytest.mark.parametrize("share", [0.9, 0.75, 0.6, 0.5])
def test_a_network_is_cut_until_it_fits_at_the_least_work(share: float) -> None:
    graph = shrinking()
    budget = int(share * image.compile(graph, memory.plan(graph)).arena_bytes(Body.SCALAR))

    found = fit(graph, body=Body.SCALAR, arena_bytes=budget)

    assert found.image.arena_bytes(Body.SCALAR) <= budget
    assert found.plan.peak_bytes >= found.plan.lower_bound_bytes
    assert found.tiling is not None
    extra = sum(count_macs(found.graph).values()) - sum(count_macs(graph).values())
    assert found.tiling.extra_macs == extra >= 0
    assert all(extra <= other for other in extra_macs_that_fit(graph, budget))


@pytest.mark.parametrize(
    ("budget", "num_operators", "num_bands", "peak_bytes", "extra_percent"),
    [(14_500, 2, 2, 13_312, 2.4), (10_500, 3, 7, 9_472, 14.2), (9_000, 4, 7, 7_872, 49.3)],
)
def test_the_cuts_of_the_documents_are_these(
    budget: int, num_operators: int, num_bands: int, peak_bytes: int, extra_percent: float
) -> None:
    """The table of docs/networks.md."""
    graph = shrinking()

    found = fit(graph, body=Body.SCALAR, arena_bytes=budget)

    assert found.tiling is not None
    assert (found.tiling.num_operators, found.tiling.num_bands) == (num_operators, num_bands)
    assert found.plan.peak_bytes == peak_bytes
    share = found.tiling.extra_macs / sum(count_macs(graph).values())
    assert round(100 * share, 1) == extra_percent


def extra_macs_that_fit(graph: Graph, budget: int) -> list[int]:
    """Return the extra work of every way to cut a network that fits, one by one."""
    whole = sum(count_macs(graph).values())
    found: list[int] = []
    for num_operators in range(1, most_operators(graph) + 1):
        for num_bands in range(2, min(most_bands(graph, num_operators), 8) + 1):
            cut = tiled(graph, num_operators=num_operators, num_bands=num_bands)
            if cut is None or memory.least_bytes(cut) > budget:
                continue
            made = image.compile(cut, memory.plan(cut))
            if made.arena_bytes(Body.SCALAR) <= budget:
                found.append(sum(count_macs(cut).values()) - whole)
    return found


def test_what_fits_in_no_way_is_refused_with_what_was_found() -> None:
    with pytest.raises(ImageError, match=r"takes \d+ bytes, in bands \d+ at the least, there are"):
        fit(shrinking(), body=Body.SCALAR, arena_bytes=2_000)


def test_bands_share_their_weights() -> None:
    graph = shrinking()
    whole = image.compile(graph, memory.plan(graph))
    cut = tiled(graph, num_operators=3, num_bands=4)
    assert cut is not None

    made = image.compile(cut, memory.plan(cut))

    assert len(made.data) - len(whole.data) == 96 * (len(made.operators) - len(whole.operators))


def test_bands_lie_in_what_they_are_parts_of() -> None:
    """No byte is copied: neither into a band nor out of it."""
    cut = tiled(shrinking(), num_operators=4, num_bands=2)
    assert cut is not None

    layout = memory.plan(cut)
    made = image.compile(cut, layout)

    assert len(layout.parts) == 2 * 2
    assert len(made.operators) == len(cut.operators) - 2 - 1  # slices and what joins them


def test_a_network_that_branches_at_once_has_nothing_to_cut() -> None:
    graph = random_graphs.elementwise_graph(np.random.default_rng(1), OperatorKind.ADD)

    assert most_operators(graph) == 0
