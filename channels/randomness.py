# SPDX-License-Identifier: Apache-2.0
"""The only source of randomness: a counter-based generator for each (seed, stream, index)."""

import hashlib

import numpy as np


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
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest, dtype="<u8")))
