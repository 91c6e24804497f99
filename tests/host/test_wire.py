# SPDX-License-Identifier: Apache-2.0
"""Every message becomes the bytes the wire's table says, and comes back."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host import wire, wire_learning, wire_text
from host.device_info import DeviceFlag, DeviceInfo, version_of

U8, U16, U32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF)
U64 = st.integers(0, 0xFFFF_FFFF_FFFF_FFFF)
DATA = st.binary(max_size=300)
INFO = DeviceInfo(
    wire_version=1,
    max_payload=2048,
    image_capacity=0x100000,
    arena_capacity=0x40000,
    clock_hz=25_000_000,
    tick_bits=24,
    flags=DeviceFlag.SIMD,
    firmware_hash=b"firmware",
    board="mps2-an386",
    image_hash=b"imagehsh",
    agent_ram_bytes=9000,
    agent_flash_bytes=12000,
)
DIGEST = st.binary(min_size=32, max_size=32)
MESSAGES = st.one_of(
    st.just(wire.Empty()),
    st.builds(wire.Hello, wire_version=U16),
    st.builds(wire.LoadBegin, total=U32, crc32=U32, sha256=DIGEST),
    st.builds(wire.PatchBegin, base_sha256=DIGEST, total=U32, crc32=U32, sha256=DIGEST),
    st.builds(wire.PatchAnswer, image_hash=st.binary(min_size=8, max_size=8)),
    st.builds(
        wire_learning.LearnBegin,
        base_sha256=DIGEST,
        num_in=U16,
        num_out=U8,
        momentum_shift=U8,
        data=DATA,
    ),
    st.builds(wire_learning.LearnLabels, data=DATA),
    st.builds(wire_learning.LearnStep, multiplier=U32, right_shift=U8),
    st.builds(wire_learning.LearnLabelsAnswer, ticks=U64, num_labels=U32),
    st.builds(wire_learning.LearnStepAnswer, ticks=U64, sha256=DIGEST, data=DATA),
    st.builds(
        wire_text.Text,
        flags=U8,
        us_multiplier=U32,
        us_right_shift=U8,
        model=st.binary(min_size=16, max_size=16),
    ),
    st.builds(wire.Chunk, offset=U32, data=DATA),
    st.builds(wire.Run, flags=U8),
    st.builds(wire.Output, offset=U32, length=U16),
    st.builds(wire.Profile, first_operator=U16),
    st.builds(wire.Fault, drop_per_million=U32, flip_per_million=U32, seed=U32),
    st.builds(wire.Raw, direction=U8, num_bytes=U32),
    st.builds(wire.NextOffset, next_offset=U32),
    st.builds(wire.RunAnswer, ticks=U64, output_bytes=U32, data=DATA),
    st.builds(wire.Bytes, data=DATA),
    st.builds(wire.ProfileAnswer, num_operators=U16, data=DATA),
    st.builds(wire.Counters, executed=U32, cached_answers=U32, bad_frames=U32, overruns=U32),
    st.builds(wire.RawAnswer, crc32=U32),
)


@given(message=MESSAGES)
def test_every_message_comes_back_as_it_was_packed(message: wire.Fields) -> None:
    assert type(message).unpack(message.pack()) == message


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(wire.Hello(wire_version=1), "0100", id="HELLO"),
        pytest.param(
            wire.LoadBegin(total=5, crc32=0xAABBCCDD, sha256=bytes(32)),
            "05000000ddccbbaa" + "00" * 32,
            id="LOAD_BEGIN",
        ),
        pytest.param(wire.Chunk(offset=0x1234, data=b"\x09"), "3412000009", id="LOAD_CHUNK"),
        pytest.param(
            wire.PatchBegin(
                base_sha256=b"\x11" * 32, total=5, crc32=0xAABBCCDD, sha256=b"\x22" * 32
            ),
            "11" * 32 + "05000000ddccbbaa" + "22" * 32,
            id="PATCH_BEGIN: where it starts, then where it leads",
        ),
        pytest.param(
            wire.PatchAnswer(image_hash=b"imagehsh"),
            "696d616765687368",
            id="answer to PATCH_COMMIT",
        ),
        pytest.param(
            wire_learning.LearnBegin(
                base_sha256=b"\x11" * 32, num_in=40, num_out=4, momentum_shift=3, data=b"\x09"
            ),
            "11" * 32 + "2800" + "04" + "03" + "09",
            id="LEARN_BEGIN",
        ),
        pytest.param(
            wire_learning.LearnStep(multiplier=0x40000001, right_shift=44),
            "01000040" + "2c",
            id="LEARN_STEP",
        ),
        pytest.param(
            wire_learning.LearnResume(num_labels=0x0140, data=b"\x09"),
            "40010000" + "09",
            id="LEARN_RESUME",
        ),
        pytest.param(
            wire_learning.LearnLabelsAnswer(ticks=2, num_labels=64),
            "0200000000000000" + "40000000",
            id="answer to LEARN_LABELS",
        ),
        pytest.param(wire.Run(flags=1), "01", id="RUN"),
        pytest.param(wire.Output(offset=1, length=2), "010000000200", id="OUTPUT"),
        pytest.param(wire.Raw(direction=1, num_bytes=256), "0100010000", id="RAW"),
        pytest.param(
            wire.RunAnswer(ticks=0x1_0000_0002, output_bytes=3, data=b"abc"),
            "020000000100000003000000616263",
            id="answer to RUN: low word of the ticks first",
        ),
    ],
)
def test_messages_written_out_by_hand_have_these_bytes(message: wire.Fields, expected: str) -> None:
    assert message.pack().hex() == expected


def test_a_profile_has_one_entry_an_operator() -> None:
    answer = wire.ProfileAnswer.unpack(bytes.fromhex("020003ffffff010000000400000000010000"))

    assert answer.num_operators == 2
    assert answer.entries == ((3, 1), (4, 256))


@given(name=st.text(max_size=40), flags=st.integers(0, 7))
def test_a_device_comes_back_as_it_introduced_itself(name: str, flags: int) -> None:
    info = dataclasses.replace(INFO, board=name, flags=DeviceFlag(flags))

    assert DeviceInfo.unpack(info.pack()) == info


@given(cut=st.integers(0, len(INFO.pack()) - 1))
def test_an_introduction_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(wire.MalformedError, match="no HELLO"):
        DeviceInfo.unpack(INFO.pack()[:cut])


@given(
    kind=st.sampled_from(
        [
            wire.LoadBegin,
            wire.PatchBegin,
            wire.Chunk,
            wire.Run,
            wire.RunAnswer,
            wire.PatchAnswer,
            wire_learning.LearnBegin,
            wire_learning.LearnStep,
            wire_learning.LearnStepAnswer,
        ]
    )
)
def test_a_payload_of_another_length_is_refused(kind: type[wire.Fields]) -> None:
    with pytest.raises(wire.MalformedError, match=r"expected|instead"):
        kind.unpack(bytes(kind.LAYOUT.size - 1))


def test_the_version_is_read_even_from_an_introduction_we_do_not_understand() -> None:
    assert version_of(b"\x07\x00whatever comes in version seven") == 7
    assert version_of(b"") is None
