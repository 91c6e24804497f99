# SPDX-License-Identifier: Apache-2.0
"""The course of a trial: packed, unpacked, and small; against cases by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from host.course import Course


def course(
    bit_errors: NDArray[np.int64], wrong_words: NDArray[np.bool_] | None, *, slots_per_block: int
) -> Course:
    return Course.packed(
        slots_per_drop=1,
        slots_per_block=slots_per_block,
        bits_per_slot=1536,
        words_per_slot=1 if wrong_words is None else wrong_words.shape[1],
        bit_errors=bit_errors,
        wrong_words=wrong_words,
    )


def test_slot_0_is_the_highest_bit_of_the_first_byte() -> None:
    wrong = np.zeros((10, 1), dtype=np.bool_)
    wrong[[0, 9]] = True

    packed = course(np.arange(10), wrong, slots_per_block=4)

    assert packed.wrong_words == "8040"
    assert packed.bit_errors == (0 + 1 + 2 + 3, 4 + 5 + 6 + 7, 8 + 9)
    assert packed.block_lengths(10).tolist() == [4, 4, 2]


@pytest.mark.parametrize("num_slots", [1, 8, 13])
@pytest.mark.parametrize("words_per_slot", [1, 3])
def test_what_is_packed_unpacks(num_slots: int, words_per_slot: int) -> None:
    rng = np.random.Generator(np.random.Philox(1))
    wrong = rng.random((num_slots, words_per_slot)) < 0.5

    found = course(np.zeros(num_slots, np.int64), wrong, slots_per_block=4).block_errors(num_slots)

    assert found is not None
    assert found.tolist() == wrong.sum(1).tolist()


def test_without_a_code_there_are_no_words() -> None:
    assert course(np.arange(4), None, slots_per_block=4).block_errors(4) is None


def test_4096_slots_take_less_than_3_kilobytes() -> None:
    rng = np.random.Generator(np.random.Philox(2))
    errors, wrong = rng.integers(0, 1536, 4096), rng.random((4096, 1)) < 0.5

    assert len(course(errors, wrong, slots_per_block=64).model_dump_json()) < 3000
