# SPDX-License-Identifier: Apache-2.0
"""Buffers in one arena, some over others: no byte has two owners, and the bound holds."""

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise, permutations, product

from hypothesis import given
from hypothesis import strategies as st

from boards.overlap import Overlap
from boards.placing import ALIGNMENT_BYTES, Lifetime, Packing, pack

SIZES = st.integers(min_value=1, max_value=20).map(lambda n: ALIGNMENT_BYTES * n)
OVERLAPS = st.builds(
    Overlap,
    distance_bytes=st.integers(min_value=0, max_value=200),
    grain_bytes=st.integers(min_value=1, max_value=12),
)
Overlaps = Mapping[tuple[str, str], Overlap]


@st.composite
def chains(draw: st.DrawFn, *, most: int = 12) -> tuple[list[Lifetime], Overlaps]:
    """Draw a chain of operators, some of which let outputs overlap, and skips over some of them."""
    sizes = draw(st.lists(SIZES, min_size=2, max_size=most))
    skips = [draw(st.integers(0, 3)) if draw(st.booleans()) else 0 for _ in sizes]
    buffers = [
        Lifetime(name=f"b{i}", num_bytes=size, first=max(0, i - 1), last=i + skip)
        for i, (size, skip) in enumerate(zip(sizes, skips, strict=True))
    ]
    overlaps = {
        (one.name, other.name): draw(OVERLAPS)
        for one, other in pairwise(buffers)
        if one.last == other.first and draw(st.booleans())
    }
    return buffers, overlaps


def assert_is_legal(buffers: Sequence[Lifetime], overlaps: Overlaps, packing: Packing) -> None:
    """Hold every pair that lives together against what is allowed, by itself."""
    at = packing.offsets
    for one, other in combinations(buffers, 2):
        if one.last < other.first or other.last < one.first:
            continue
        is_apart = (
            at[one.name] + one.num_bytes <= at[other.name]
            or at[other.name] + other.num_bytes <= at[one.name]
        )
        allowed = overlaps.get((one.name, other.name))
        distance = at[one.name] - at[other.name]
        assert is_apart or (allowed is not None and allowed.allows(distance)), (one, other)
    assert all(offset >= 0 and offset % ALIGNMENT_BYTES == 0 for offset in at.values())
    assert packing.peak_bytes == max(at[one.name] + one.num_bytes for one in buffers)


@given(chains())
def test_buffers_share_bytes_only_as_far_as_they_may(
    drawn: tuple[list[Lifetime], Overlaps],
) -> None:
    buffers, overlaps = drawn

    packing = pack(buffers, max_steps=300, overlaps=overlaps)

    assert_is_legal(buffers, overlaps, packing)
    assert packing.peak_bytes >= packing.lower_bound_bytes


@given(chains())
def test_what_may_overlap_lowers_the_bound_and_nothing_else_does(
    drawn: tuple[list[Lifetime], Overlaps],
) -> None:
    buffers, overlaps = drawn

    apart = pack(buffers, max_steps=0)
    over = pack(buffers, max_steps=0, overlaps=overlaps)

    assert over.lower_bound_bytes <= apart.lower_bound_bytes
    assert pack(buffers, max_steps=0, overlaps={}) == apart


def least_peak(buffers: Sequence[Lifetime], overlaps: Overlaps, *, most_bytes: int) -> int:
    """Return the peak of the best of all layouts, found by trying every offset."""
    grid = range(0, most_bytes, ALIGNMENT_BYTES)
    best = most_bytes
    for offsets in product(grid, repeat=len(buffers)):
        at = {one.name: offset for one, offset in zip(buffers, offsets, strict=True)}
        peak = max(at[one.name] + one.num_bytes for one in buffers)
        if peak >= best:
            continue
        try:
            assert_is_legal(
                buffers, overlaps, Packing(offsets=at, peak_bytes=peak, lower_bound_bytes=0)
            )
        except AssertionError:
            continue
        best = peak
    return best


def test_small_chains_are_packed_as_well_as_can_be() -> None:
    """Three buffers of any of three sizes, each over the one before as far as one of three says."""
    sizes = (16, 48, 80)
    reaches = (Overlap(distance_bytes=0), Overlap(distance_bytes=20, grain_bytes=3), None)
    for chain in permutations(sizes):
        for pair in product(reaches, repeat=2):
            buffers = [
                Lifetime(name=f"b{i}", num_bytes=size, first=max(0, i - 1), last=i)
                for i, size in enumerate(chain)
            ]
            names = [(one.name, other.name) for one, other in pairwise(buffers)]
            overlaps = {
                name: reach for name, reach in zip(names, pair, strict=True) if reach is not None
            }

            packing = pack(buffers, max_steps=1_000, overlaps=overlaps)

            assert packing.peak_bytes == least_peak(buffers, overlaps, most_bytes=160)


def test_a_chain_that_steps_down_takes_one_buffer_and_its_steps() -> None:
    """Each of eight layers begins 40 bytes before the last, which offsets make 48."""
    buffers = [Lifetime(name=f"b{i}", num_bytes=800, first=max(0, i - 1), last=i) for i in range(9)]
    step = Overlap(distance_bytes=40)
    overlaps = {(one.name, other.name): step for one, other in pairwise(buffers)}

    packing = pack(buffers, max_steps=1_000, overlaps=overlaps)

    assert_is_legal(buffers, overlaps, packing)
    assert packing.lower_bound_bytes == 848
    assert packing.peak_bytes == 800 + 8 * 48
