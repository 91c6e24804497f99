# SPDX-License-Identifier: Apache-2.0
"""Packed weights, read back field by field as the headers of the kernels describe them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from numpy.typing import NDArray

from boards.narrow import (
    CHUNK,
    WIDTHS,
    WeightBits,
    fewest_bits,
    pack_chunks,
    pack_dense,
    packed_bytes,
    weight_limit,
)
from boards.packing import pack_convolution, pack_depthwise
from boards.packing import pack_dense as pack_rows

NARROW: tuple[WeightBits, ...] = (6, 4, 2)
BITS = st.sampled_from(NARROW)
SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed: int, bits: WeightBits, shape: tuple[int, ...]) -> NDArray[np.int8]:
    half = 1 << (bits - 1)
    return np.random.default_rng(seed).integers(-half, half, shape).astype(np.int8)


def field(data: bytes, *, byte: int, low: int, width: int) -> int:
    return data[byte] >> low & ((1 << width) - 1)


def of_chunk(chunk: bytes, bits: WeightBits, i: int) -> int:
    """Return weight i of a chunk, as kernels/narrow.h has it."""
    step, byte = divmod(i, 4)
    at = 8 if bits == 6 else 0  # of the word of two bits
    value = 0
    if bits != 2:
        value = field(chunk, byte=4 * (step // 2) + byte, low=4 * (step % 2), width=4)
    if bits != 4:
        value = 4 * value + field(chunk, byte=at + byte, low=2 * step, width=2)
    return value - (1 << (bits - 1))


@given(seed=SEEDS, bits=BITS, num_chunks=st.integers(1, 5))
@runs(deadline=None)
def test_chunks_hold_each_weight_where_the_kernels_look(
    seed: int, bits: WeightBits, num_chunks: int
) -> None:
    weights = drawn(seed, bits, (num_chunks * CHUNK,))

    packed = pack_chunks(weights, bits)

    assert len(packed) == packed_bytes(weights.size, bits) == weights.size * bits // 8
    size = 2 * bits
    chunks = [packed[i : i + size] for i in range(0, len(packed), size)]
    found = [of_chunk(chunk, bits, i) for chunk in chunks for i in range(CHUNK)]
    assert found == weights.tolist()


@given(seed=SEEDS, bits=BITS, blocks=st.tuples(st.integers(1, 3), st.integers(1, 4)))
@runs(deadline=None)
def test_a_product_with_a_whole_word_holds_all_of_its_outputs(
    seed: int, bits: WeightBits, blocks: tuple[int, int]
) -> None:
    num_out, num_in = 4 * blocks[0], 4 * blocks[1]
    weights = drawn(seed, bits, (num_out, num_in))

    packed = pack_dense(weights, bits)

    assert len(packed) == num_out * num_in * bits // 8
    steps = np.frombuffer(packed, np.uint8).reshape(-1, 2 * bits)
    fours = weights.reshape(blocks[0], 4, blocks[1], 4).transpose(0, 2, 3, 1).reshape(-1, 4, 4)
    for step, four in zip(steps, fours, strict=True):
        for value, outputs in enumerate(four.tolist()):
            assert of_step(step.tobytes(), bits, value) == expected_of(outputs, bits)


def of_step(data: bytes, bits: WeightBits, value: int) -> tuple[int, ...]:
    """Return the int16 and the byte of a value of a step, as kernels/dense_narrow.h has them."""
    lane = data[2 * (0, 2, 1, 3)[value] :][:2]
    byte = data[value + (8 if bits == 6 else 0) :][:1]
    if bits == 6:
        return int.from_bytes(lane, "little", signed=True), byte[0]
    return (int.from_bytes(byte if bits == 2 else lane, "little", signed=True),)


def expected_of(outputs: list[int], bits: WeightBits) -> tuple[int, ...]:
    a, b, c, d = outputs
    if bits == 6:
        return 4096 * (c >> 2) + 64 * (b + 32) + a + 32, 64 * (c & 3) + d + 32
    if bits == 4:
        return (4096 * d + 256 * (c + 8) + 16 * (b + 8) + a + 8,)
    return (64 * d + 16 * (c + 2) + 4 * (b + 2) + a + 2,)


@pytest.mark.parametrize("bits", NARROW)
def test_what_is_padded_is_zero(bits: WeightBits) -> None:
    ones = np.ones((3, 1, 1, 5), np.int8)
    convolution = pack_convolution(ones, bits)
    depthwise = pack_depthwise(np.ones((1, 3, 3, 5), np.int8), bits)
    rows = pack_rows(np.ones((3, 5), np.int8), bits)

    assert len(convolution) == 4 * 8 * bits // 8
    assert len(depthwise) == 80 * bits // 8
    assert len(rows) == 4 * 8 * bits // 8
    size = 2 * bits
    for data, number in ((convolution, 15), (depthwise, 45)):
        chunks = [data[i : i + size] for i in range(0, len(data), size)]
        assert sum(of_chunk(chunk, bits, i) for chunk in chunks for i in range(CHUNK)) == number


@pytest.mark.parametrize(
    ("values", "bits"),
    [
        ([0], 2),
        ([-2, 1], 2),
        ([2], 4),
        ([-3], 4),
        ([7, -8], 4),
        ([8], 6),
        ([-32, 31], 6),
        ([32], 8),
    ],
)
def test_the_fewest_bits_are_those_of_two_s_complement(values: list[int], bits: int) -> None:
    assert fewest_bits(np.array(values, np.int8)) == bits


def test_quantizers_leave_the_least_integer_out() -> None:
    assert [weight_limit(bits) for bits in WIDTHS] == [127, 31, 7, 1]
