# SPDX-License-Identifier: Apache-2.0
"""A patch leads from one image to the other, whole, in few bytes and in parts of any size."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards import image, memory
from boards.compress import int8
from boards.compress.widths import EVERY_WIDE, Widths, narrowed
from boards.errors import PatchError
from boards.image import Image
from boards.layout import SEAL, seal
from boards.patch import MIN_PART_BYTES, Part, Patch, Piece
from tests.boards.networks import calibration_slots, residual_network
from tests.firmware import operators
from tests.firmware.operators import Case, convolution_graph

GOLDEN = tomllib.loads((Path(__file__).parents[1] / "golden" / "patch.toml").read_text())["case"]
LONGEST = 1 << 28


def compiled(*, seed: int, num_channels: int = 8, widths: Widths = EVERY_WIDE) -> Image:
    network = residual_network(seed=seed, num_channels=num_channels)
    graph = int8.quantize(network, calibration_slots(num_slots=4), weight_bits=widths)
    return image.compile(graph, memory.plan(graph))


OLD, NEW = compiled(seed=1), compiled(seed=2)
FIRST_CONSTANT = OLD.operators[0].rescales_offset


def altered(old: Image, changes: dict[int, int]) -> Image:
    """Return an image in which some bytes have other values, sealed anew."""
    data = bytearray(old.data)
    for at, value in changes.items():
        data[at] = value
    return Image(seal(bytes(data)), "altered")


def behind_seals(patch: Patch) -> list[tuple[int, int]]:
    """Return (offset, number of bytes) of the pieces that are not the header's seals."""
    return [(p.offset, len(p.data)) for p in patch.pieces if p.offset >= SEAL.stop]


def written(parts: list[Part], old: bytes) -> bytes:
    """Return `old` with the parts written over it; knows the encoding from messages.h alone."""
    data, at = bytearray(old), 0
    for part in parts:
        assert part.offset == at
        rest = part.data
        while rest:
            skip, rest = number(rest)
            length, rest = number(rest)
            at += skip
            data[at : at + length] = rest[:length]
            at, rest = at + length, rest[length:]
        assert part.end == at
    return bytes(data)


def number(data: bytes) -> tuple[int, bytes]:
    value = data[0] & 0x7F
    if data[0] < 0x80:
        return value, data[1:]
    high, rest = number(data[1:])
    return value + 128 * high, rest


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_pieces_travel_as_the_golden_vectors_say(case: dict[str, Any]) -> None:
    pieces = tuple(
        Piece(offset=offset, data=bytes([value]) * num_bytes)
        for offset, num_bytes, value in case["pieces"]
    )
    patch = Patch(base_sha256=b"", total=LONGEST, crc32=0, sha256=b"", pieces=pieces)

    (part,) = patch.parts(max_bytes=LONGEST)

    assert part.data == b"".join(bytes.fromhex(digits) * times for digits, times in case["stream"])
    assert (part.offset, part.end, patch.num_bytes) == (0, pieces[-1].end, len(part.data))


@given(seeds=st.tuples(st.integers(0, 50), st.integers(0, 50)))
def test_random_networks_of_one_layout_are_patched_into_each_other(
    seeds: tuple[int, int],
) -> None:
    old, new = (
        operators.compiled(convolution_graph(Case(name="", num_out=4), seed=seed)) for seed in seeds
    )

    patch = Patch.between(old, new)

    assert patch.apply(old).data == new.data
    assert (patch.total, patch.crc32, patch.sha256) == (len(new.data), new.crc32, new.sha256)


@given(
    changes=st.dictionaries(
        st.integers(FIRST_CONSTANT, len(OLD.data) - 1), st.integers(0, 255), max_size=200
    ),
    max_bytes=st.integers(MIN_PART_BYTES, 300),
)
def test_mutated_weights_arrive_in_parts_of_any_size(
    changes: dict[int, int], max_bytes: int
) -> None:
    new = altered(OLD, changes)
    patch = Patch.between(OLD, new)

    parts = list(patch.parts(max_bytes=max_bytes))

    assert patch.apply(OLD).data == written(parts, OLD.data) == new.data
    assert all(0 < len(part.data) <= max_bytes for part in parts)
    assert patch.num_bytes <= sum(len(part.data) for part in parts)


@given(data=st.data(), max_bytes=st.integers(MIN_PART_BYTES, 300))
def test_parts_go_on_wherever_others_ended(data: st.DataObject, max_bytes: int) -> None:
    patch = Patch.between(OLD, NEW)
    parts = list(patch.parts(max_bytes=data.draw(st.integers(MIN_PART_BYTES, 300))))
    num_done = data.draw(st.integers(0, len(parts)))
    offset = parts[num_done - 1].end if num_done else 0

    rest = list(patch.parts(max_bytes=max_bytes, offset=offset))

    assert written(parts[:num_done] + rest, OLD.data) == NEW.data


def test_an_image_is_patched_into_itself_by_nothing() -> None:
    patch = Patch.between(OLD, Image(OLD.data))

    assert (patch.pieces, patch.num_bytes, list(patch.parts(max_bytes=64))) == ((), 0, [])
    assert patch.apply(OLD) == Image(OLD.data, "patched image of 'residual'")


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        pytest.param(1, [(0, 3)], id="one equal byte costs less than a head of two"),
        pytest.param(2, [(0, 4)], id="two cost as much, in fewer pieces"),
        pytest.param(3, [(0, 1), (4, 1)], id="three cost more"),
    ],
)
def test_a_gap_is_sent_where_a_new_head_would_cost_more(
    gap: int, expected: list[tuple[int, int]]
) -> None:
    at = OLD.operators[0].weights_offset
    changes = {i: OLD.data[i] ^ 0x55 for i in (at, at + gap + 1)}

    patch = Patch.between(OLD, altered(OLD, changes))

    assert behind_seals(patch) == [(at + offset, length) for offset, length in expected]


def test_a_few_changed_bytes_cost_a_few_bytes() -> None:
    """The seals of the header are 36 bytes, and change with everything."""
    at = OLD.operators[-1].weights_offset

    patch = Patch.between(OLD, altered(OLD, {at: OLD.data[at] ^ 0xFF}))

    assert behind_seals(patch) == [(at, 1)]
    assert patch.num_bytes <= 36 + 3 * 2 + 2 + 1 + 1


def test_another_layout_is_refused_in_words() -> None:
    wider = compiled(seed=1, num_channels=12)

    with pytest.raises(
        PatchError, match=r"length in bytes \(\d+, then \d+\), activations in bytes .*whole"
    ):
        Patch.between(OLD, wider)


def test_a_patch_for_another_image_is_refused() -> None:
    patch = Patch.between(OLD, NEW)

    with pytest.raises(PatchError, match="made for another image"):
        patch.apply(NEW)


def test_a_patch_that_leads_elsewhere_is_refused() -> None:
    one, other = (altered(OLD, {FIRST_CONSTANT: value}) for value in (1, 2))
    patch = Patch.between(OLD, one)
    elsewhere = Patch(
        base_sha256=patch.base_sha256,
        total=patch.total,
        crc32=other.crc32,
        sha256=other.sha256,
        pieces=patch.pieces,
    )

    with pytest.raises(PatchError, match="leads to another image"):
        elsewhere.apply(OLD)


def test_parts_too_short_for_a_piece_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes, not 15"):
        list(Patch.between(OLD, NEW).parts(max_bytes=15))


def test_a_patch_leads_between_images_of_packed_weights() -> None:
    old, new = (compiled(seed=seed, widths=Widths(every=4)) for seed in (1, 2))

    patch = Patch.between(old, new)

    assert patch.apply(old).data == new.data
    assert patch.num_bytes < Patch.between(OLD, NEW).num_bytes


def test_no_patch_changes_how_many_bits_weights_take() -> None:
    case = Case(name="", num_in=8, num_out=8)
    wide = convolution_graph(case)
    narrow, _ = narrowed(wide, Widths(every=4))

    with pytest.raises(PatchError, match=r"bits of the weights \(8, then 4\)"):
        Patch.between(operators.compiled(wide), operators.compiled(narrow))
