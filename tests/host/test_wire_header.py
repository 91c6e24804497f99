# SPDX-License-Identifier: Apache-2.0
"""`firmware/wire/messages.h` and `host/wire.py` describe the same messages.

The header is read as text: its constants, its enum, and the fields of every packed struct.
"""

import re
from pathlib import Path

from boards.affine import INT8_MAX, INT8_MIN
from boards.head_settings import FACTOR
from host import framing, wire, wire_learning, wire_spikes, wire_text
from host.device_info import HEAD, TAIL, DeviceFlag

ROOT = Path(__file__).parents[2]
HEADER = "".join(
    (ROOT / f"firmware/wire/{name}.h").read_text() for name in ("messages", "text", "spikes")
)
FRAME_HEADER = (ROOT / "firmware/wire/frame.h").read_text()
STATUS_HEADER = (ROOT / "firmware/status.h").read_text()
LETTERS = {"uint8_t": "B", "uint16_t": "H", "uint32_t": "I", "uint64_t": "Q"}
STRUCT = re.compile(r"typedef struct WIRE_PACKED \{(?P<fields>[^}]*)\} (?P<name>\w+)_t;")
FIELD = re.compile(r"^\s*(?P<type>uint\d+_t) (?P<name>\w+)(?:\[(?P<length>\d+)\])?;", re.MULTILINE)


def constants(text: str) -> dict[str, int]:
    found = re.findall(r"^#define (\w+) (0x[0-9A-Fa-f]+|\d+)u?$", text, re.MULTILINE)
    return {name: int(value, 0) for name, value in found}


def enumerators(text: str, *, prefix: str) -> dict[str, int]:
    found = re.findall(rf"^\s*{prefix}(\w+) = (0x[0-9A-Fa-f]+|\d+),", text, re.MULTILINE)
    return {name: int(value, 0) for name, value in found}


def layouts() -> dict[str, str]:
    """Return each struct's fields as a `struct` format, padding fields as x."""
    return {match["name"]: _layout(match["fields"]) for match in STRUCT.finditer(HEADER)}


def _layout(fields: str) -> str:
    return "<" + "".join(_format(field) for field in FIELD.finditer(fields))


def _format(field: re.Match[str]) -> str:
    if not field["length"]:
        return LETTERS[field["type"]]
    return f"{field['length']}{'x' if field['name'].startswith('pad') else 's'}"


def test_constants_agree() -> None:
    expected = {
        "WIRE_VERSION": wire.WIRE_VERSION,
        "WIRE_ANSWER_BIT": wire.ANSWER_BIT,
        "HELLO_FLAG_FAULT_INJECTION": DeviceFlag.FAULT_INJECTION,
        "HELLO_FLAG_SIMD": DeviceFlag.SIMD,
        "HELLO_FLAG_READ_ONLY": DeviceFlag.READ_ONLY,
        "LEARN_TABLE_ENTRIES": INT8_MAX - INT8_MIN + 1,
        "TEXT_FLAG_ENERGY": wire_text.TextFlag.ENERGY,
        "TEXT_FLAG_SCORE": wire_text.TextFlag.SCORE,
        "TEXT_FLAG_UNSIGNED": wire_text.TextFlag.UNSIGNED,
        "RUN_FLAG_PROFILE": wire.RunFlag.PROFILE,
        "RAW_TO_DEVICE": wire.RawDirection.TO_DEVICE,
        "RAW_TO_HOST": wire.RawDirection.TO_HOST,
    }

    found = constants(HEADER)
    max_payload = found.pop("WIRE_MAX_PAYLOAD")  # the host learns it from HELLO

    assert found == expected
    assert max_payload <= framing.MAX_PAYLOAD_BYTES


def test_frame_constants_agree() -> None:
    found = constants(FRAME_HEADER)

    assert found["FRAME_HEADER_BYTES"] == framing.HEADER.size
    assert found["FRAME_CHECKSUM_BYTES"] == framing.CHECKSUM.size
    assert bytes([found["FRAME_END"]]) == framing.FRAME_END


def test_message_types_agree() -> None:
    assert enumerators(HEADER, prefix="MESSAGE_") == {m.name: m.value for m in wire.MessageType}


def test_statuses_agree() -> None:
    assert enumerators(STATUS_HEADER, prefix="STATUS_") == {s.name: s.value for s in wire.Status}


def test_every_struct_has_the_same_fields_in_the_same_order() -> None:
    expected = {
        "hello": wire.Hello.LAYOUT.format,
        "hello_answer": HEAD.format + "B",
        "hello_tail": TAIL.format,
        "load_begin": wire.LoadBegin.LAYOUT.format,
        "chunk": wire.Chunk.LAYOUT.format,
        "next_offset": wire.NextOffset.LAYOUT.format,
        "patch_begin": wire.PatchBegin.LAYOUT.format,
        "patch_answer": wire.PatchAnswer.LAYOUT.format,
        "learn_factor": FACTOR.format,
        "learn_begin": wire_learning.LearnBegin.LAYOUT.format,
        "learn_label": "<HB",
        "learn_labels_answer": wire_learning.LearnLabelsAnswer.LAYOUT.format,
        "learn_step": wire_learning.LearnStep.LAYOUT.format,
        "learn_step_answer": wire_learning.LearnStepAnswer.LAYOUT.format,
        "learn_resume": wire_learning.LearnResume.LAYOUT.format,
        "flash": wire.Flash.LAYOUT.format,
        "text": wire_text.Text.LAYOUT.format,
        "run": wire.Run.LAYOUT.format,
        "run_answer": wire.RunAnswer.LAYOUT.format,
        "output": wire.Output.LAYOUT.format,
        "profile": wire.Profile.LAYOUT.format,
        "profile_answer": wire.ProfileAnswer.LAYOUT.format,
        "profile_entry": wire.PROFILE_ENTRY.format,
        "counters_answer": wire.Counters.LAYOUT.format,
        "fault": wire.Fault.LAYOUT.format,
        "events": wire_spikes.Events.LAYOUT.format,
        "events_answer": wire_spikes.EventsAnswer.LAYOUT.format,
        "tally": wire_spikes.Tally.LAYOUT.format,
        "tally_answer": wire_spikes.TallyAnswer.LAYOUT.format,
        "tally_entry": wire_spikes.TALLY_ENTRY.format,
        "raw": wire.Raw.LAYOUT.format,
        "raw_answer": wire.RawAnswer.LAYOUT.format,
    }

    assert layouts() == expected
