# SPDX-License-Identifier: Apache-2.0
"""The firmware's SHA-256 is that of the standard, in whatever pieces the bytes come."""

import ctypes
import hashlib
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.host.built_firmware import ROOT

Digest = Callable[[list[bytes]], bytes]


class _State(ctypes.Structure):
    """`sha256_t` of image/sha256.h."""

    _fields_ = (
        ("words", ctypes.c_uint32 * 8),
        ("length", ctypes.c_uint64),
        ("block", ctypes.c_uint8 * 64),
    )


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> Digest:
    library = tmp_path_factory.mktemp("sha256") / "sha256.so"
    source = ROOT / "firmware" / "image" / "sha256.c"
    flags = ["-std=c11", "-O1", "-shared", "-fPIC", f"-I{ROOT / 'firmware'}"]
    subprocess.run(["gcc", *flags, str(source), "-o", str(library)], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.sha256_begin.restype = _State
    loaded.sha256_update.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)
    loaded.sha256_end.argtypes = (ctypes.c_void_p, ctypes.c_char_p)

    def digest_of(pieces: list[bytes]) -> bytes:
        state = loaded.sha256_begin()
        for piece in pieces:
            loaded.sha256_update(ctypes.byref(state), piece, len(piece))
        answer = ctypes.create_string_buffer(32)
        loaded.sha256_end(ctypes.byref(state), answer)
        return answer.raw

    return digest_of


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", id="abc"
        ),
        pytest.param(
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            id="two blocks",
        ),
    ],
)
def test_the_examples_of_the_standard(digest: Digest, message: bytes, expected: str) -> None:
    """Source: the examples that NIST publishes with FIPS 180-4."""
    assert digest([message]).hex() == expected


@pytest.mark.parametrize("length", range(130))
def test_messages_of_every_length_around_the_blocks(digest: Digest, length: int) -> None:
    message = bytes(range(length))

    assert digest([message]) == hashlib.sha256(message).digest()


@given(pieces=st.lists(st.binary(max_size=200), max_size=8))
def test_pieces_are_one_message(digest: Digest, pieces: list[bytes]) -> None:
    assert digest(pieces) == hashlib.sha256(b"".join(pieces)).digest()
