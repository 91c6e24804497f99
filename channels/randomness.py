# SPDX-License-Identifier: Apache-2.0
"""The only source of randomness: a counter-based generator for each (seed, stream, index)."""

import hashlib
from typing import cast

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray


def generator(*, seed: int, stream: str, index: int) -> np.random.Generator:
    """Return the generator that belongs to one named stream at one index.

    Whoever asks for the same three values draws the same numbers, in any order and any process;
    streams and indices that differ are independent. The key is the 128-bit BLAKE2b digest of
    `seed/stream/index`.

    Parameters
    ----------
    seed : int
        Seed of the trial.
    stream : str
        What the numbers are for, such as "channel" or "bits".
    index : int
        Slot or drop the numbers belong to.

    Source
    ------
    J. K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011 (Philox).
    """
    digest = hashlib.blake2b(f"{seed}/{stream}/{index}".encode(), digest_size=16).digest()
    key = _Key(np.frombuffer(digest, dtype="<u8"))
    # Philox takes any ISeedSequence; its type stub knows only the one that NumPy brings.
    return np.random.Generator(np.random.Philox(cast("np.random.SeedSequence", key)))


class _Key(ISeedSequence):
    """Hands Philox its key, the same as by `Philox(key=...)`.

    That one first makes a seed from the entropy of the operating system and throws it away, which
    takes as long as all the rest.
    """

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self._words = words

    def generate_state(self, n_words: int, dtype: DTypeLike = np.uint32) -> NDArray[np.uint64]:
        """Return the key, uint64 [2]: all that Philox asks for."""
        del n_words, dtype
        return self._words
