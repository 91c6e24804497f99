# SPDX-License-Identifier: Apache-2.0
"""The firmware's frames are those of the packages cobs and zlib, and damage is no frame."""

import tomllib
import zlib
from pathlib import Path
from typing import Any

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.wire_codec import WireCodec

GOLDEN = tomllib.loads((Path(__file__).parents[1] / "golden" / "wire.toml").read_text())["case"]


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> WireCodec:
    return WireCodec(tmp_path_factory.mktemp("wire"))


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_frames_match_the_golden_vectors(codec: WireCodec, case: dict[str, Any]) -> None:
    payload, encoded = (bytes.fromhex(case[key]) for key in ("payload", "encoded"))

    sealed = codec.seal(kind=case["type"], seq=case["seq"], payload=payload)

    assert int.from_bytes(sealed[-4:], "little") == case["crc32"]
    assert codec.cobs_encode(sealed) == encoded
    assert codec.decode(encoded) == (case["type"], case["seq"], payload)


@given(data=st.binary(max_size=2100))
def test_byte_stuffing_is_that_of_the_cobs_package(codec: WireCodec, data: bytes) -> None:
    encoded = codec.cobs_encode(data)

    assert encoded == cobs.encode(data)
    assert codec.cobs_decode(encoded) == data


@given(runs=st.lists(st.tuples(st.integers(0, 520), st.booleans()), max_size=5))
def test_long_runs_without_a_zero_are_stuffed_alike(
    codec: WireCodec, runs: list[tuple[int, bool]]
) -> None:
    data = b"".join(b"\x01" * length + b"\x00" * ends for length, ends in runs)

    assert codec.cobs_encode(data) == cobs.encode(data)
    assert codec.cobs_decode(cobs.encode(data)) == data


@given(data=st.binary(max_size=600))
def test_any_bytes_are_unstuffed_as_the_cobs_package_does_or_refused(
    codec: WireCodec, data: bytes
) -> None:
    try:
        expected = bytes(cobs.decode(data))
    except cobs.DecodeError:
        expected = None

    assert codec.cobs_decode(data) == expected


@given(data=st.binary(max_size=300), cut=st.integers(0, 300))
def test_checksums_are_those_of_zlib_whole_or_in_parts(
    codec: WireCodec, data: bytes, cut: int
) -> None:
    assert codec.crc32(data) == zlib.crc32(data)
    assert codec.crc32(data[cut:], codec.crc32(data[:cut])) == zlib.crc32(data)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_no_flipped_bit_passes_for_a_frame(codec: WireCodec, case: dict[str, Any]) -> None:
    """CRC-32 finds every single error; so does the decoder of byte stuffing, or it moves zeros."""
    encoded = bytes.fromhex(case["encoded"])

    for i_bit in range(8 * len(encoded)):
        damaged = bytearray(encoded)
        damaged[i_bit // 8] ^= 1 << (i_bit % 8)
        assert codec.decode(bytes(damaged)) is None


@pytest.mark.parametrize("length", range(9))
def test_what_is_shorter_than_header_and_checksum_is_no_frame(
    codec: WireCodec, length: int
) -> None:
    assert codec.decode(codec.cobs_encode(bytes(length))) is None
