# SPDX-License-Identifier: Apache-2.0
"""Random streams of text commands: right ones, wrong ones, split, joined, drowned in garbage."""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

READY = b"m-ready\r\n"
_NUMBERS = ("0", "1", "2", "3", "-1", "x", "1000000", "99999999999999999999", "", "0x4", "1e3")
_ENDS = (b"%", b"%", b"%", b"%", b"%%", b"", b"\r\n%", b" %")


def stream(rng: random.Random, *, num_bytes: int) -> bytes:
    """Draw one stream for a network with an input of so many bytes.

    Garbage holds no digits, so that hardly any number of runs becomes a long one.
    """
    pieces = [rng.choice(_COMMANDS)(rng, num_bytes) + rng.choice(_ENDS) for _ in range(8)]
    data = bytearray(b"".join(pieces))
    for _ in range(rng.choice((0, 0, 1, 5))):
        at = rng.randrange(len(data) + 1)
        data[at : at + rng.choice((0, 0, 1, 9))] = _garbage(rng, rng.choice((1, 3, 40)))
    return bytes(data)


def parts(rng: random.Random, data: bytes) -> Sequence[bytes]:
    """Cut a stream where it falls, into one to five parts."""
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randint(0, 4)))
    bounds = [0, *cuts, len(data)]
    return [data[begin:end] for begin, end in pairwise(bounds)]


def _garbage(rng: random.Random, length: int) -> bytes:
    return bytes(b for b in rng.randbytes(length) if not ord("0") <= b <= ord("9"))


def _plain(rng: random.Random, _: int) -> bytes:
    return rng.choice((b"name", b"timestamp", b"profile", b"help", b"results", b"db print", b"db"))


def _expect(rng: random.Random, num_bytes: int) -> bytes:
    return f"db load {rng.choice((*_NUMBERS, *[str(num_bytes)] * 8))}".encode()


def _bytes(rng: random.Random, num_bytes: int) -> bytes:
    length = rng.choice((1, 2, min(31, num_bytes), min(38, num_bytes), 31, 38, 39, 60))
    return b"db " + rng.randbytes(length).hex().encode()[: rng.choice((2 * length, 2 * length, 77))]


def _load(rng: random.Random, num_bytes: int) -> bytes:
    data = rng.randbytes(num_bytes)
    commands = [data[i : i + 31].hex() for i in range(0, num_bytes, 31)]
    return b"%".join(f"db {one}".encode() for one in (f"load {num_bytes}", *commands))


def _flood(rng: random.Random, num_bytes: int) -> bytes:
    return b"%".join([_bytes(rng, num_bytes)] * 30)


def _infer(rng: random.Random, _: int) -> bytes:
    words = [rng.choice(_NUMBERS) for _ in range(rng.randint(0, 3))]
    return " ".join(("infer", *words)).encode()


def _long(rng: random.Random, _: int) -> bytes:
    return bytes([rng.choice(b"dbx \xff")]) * rng.choice((79, 80, 81, 82, 255, 256, 257, 2000))


def _noise(rng: random.Random, _: int) -> bytes:
    return _garbage(rng, rng.choice((1, 10, 100)))


_COMMANDS: tuple[Callable[[random.Random, int], bytes], ...] = (
    _plain, _plain, _expect, _bytes, _load, _load, _flood, _infer, _infer, _infer, _long, _noise,
)  # fmt: skip
