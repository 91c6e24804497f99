# SPDX-License-Identifier: Apache-2.0
"""Random numbers belong to (seed, stream, index), and to nothing else."""

import hashlib

import numpy as np
import pytest

from channels.randomness import generator


def test_the_same_three_values_draw_the_same_numbers() -> None:
    first = generator(seed=1, stream="bits", index=7).random(8)

    again = generator(seed=1, stream="bits", index=7).random(8)

    assert np.array_equal(first, again)


def test_the_numbers_are_those_of_philox_with_the_digest_as_its_key() -> None:
    for index in (0, 7, 10**12):
        digest = hashlib.blake2b(f"3/noise/{index}".encode(), digest_size=16).digest()
        plain = np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))

        ours = generator(seed=3, stream="noise", index=index)

        assert np.array_equal(ours.random(16), plain.random(16))
        assert np.array_equal(ours.standard_normal(9), plain.standard_normal(9))


@pytest.mark.parametrize(
    ("seed", "stream", "index"),
    [(2, "bits", 7), (1, "noise", 7), (1, "bits", 8), (17, "bits", 1)],
    ids=["other seed", "other stream", "other index", "digits that read alike"],
)
def test_another_value_draws_other_numbers(seed: int, stream: str, index: int) -> None:
    first = generator(seed=1, stream="bits", index=7).random(8)

    other = generator(seed=seed, stream=stream, index=index).random(8)

    assert not np.array_equal(first, other)


def test_neighbouring_indices_are_uncorrelated() -> None:
    # Closed form: the sample correlation of 4096 independent pairs has a standard deviation of
    # 1/64; 4.9 of them are exceeded by chance once in 1e6 runs.
    first = [generator(seed=1, stream="x", index=i).standard_normal() for i in range(4097)]

    correlation = np.corrcoef(first[:-1], first[1:])[0, 1]

    assert abs(correlation) < 4.9 / 64
