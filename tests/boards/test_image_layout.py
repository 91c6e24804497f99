# SPDX-License-Identifier: Apache-2.0
"""`firmware/image/image.h` and `boards/layout.py` describe the same records.

The header is read as text, as tests/host/test_wire_header.py reads that of the wire.
"""

import re
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import layout, parameters
from boards.layout import Header, LoadRecord, OperatorRecord, RescaleRecord, TensorRecord
from boards.packing import fold_zero_point, pack_convolution, pack_dense, pack_depthwise
from boards.parameters import PARAMETERS, DeviceKind

ROOT = Path(__file__).parents[2]
IMAGE_HEADER = (ROOT / "firmware/image/image.h").read_text()
RESCALE_HEADER = (ROOT / "firmware/kernels/rescale.h").read_text()
LETTERS = {
    "uint8_t": "B",
    "uint16_t": "H",
    "int16_t": "h",
    "uint32_t": "I",
    "int32_t": "i",
    "uint64_t": "Q",
    "float": "f",
    "image_tensor_t": "16s",
    "image_parameters_t": "48s",
}
STRUCT = r"typedef struct \{(?P<fields>[^}]*)\} %s;"
FIELD = re.compile(r"^\s*(?P<type>\w+) (?P<name>\w+)(?:\[(?P<length>\d+)\])?;", re.MULTILINE)


def c_layout(text: str, name: str) -> str:
    """Return the fields of a struct as a `struct` format; bytes and characters are strings."""
    match = re.search(STRUCT % name, text)
    assert match is not None
    return "<" + "".join(_format(field) for field in FIELD.finditer(match["fields"]))


def _format(field: re.Match[str]) -> str:
    if field["length"] and field["type"] in ("uint8_t", "char"):
        return f"{field['length']}s"
    return LETTERS[field["type"]] * int(field["length"] or 1)


def expanded(layout_format: str) -> str:
    """Return a `struct` format without repeat counts, but for strings; two pad bytes are one H."""
    counted = layout_format.replace("2x", "H")
    return re.sub(r"(\d+)([a-rt-zA-Z])", lambda m: m[2] * int(m[1]), counted)


@pytest.mark.parametrize(
    ("text", "name", "record"),
    [
        (IMAGE_HEADER, "image_tensor_t", TensorRecord.LAYOUT),
        (IMAGE_HEADER, "image_header_t", Header.LAYOUT),
        (IMAGE_HEADER, "image_operator_t", OperatorRecord.LAYOUT),
        (IMAGE_HEADER, "image_load_t", LoadRecord.LAYOUT),
        (IMAGE_HEADER, "image_window_t", parameters.Window.LAYOUT),
        (IMAGE_HEADER, "image_dense_t", parameters.Dense.LAYOUT),
        (IMAGE_HEADER, "image_join_t", parameters.Join.LAYOUT),
        (IMAGE_HEADER, "image_reduction_t", parameters.Reduction.LAYOUT),
        (IMAGE_HEADER, "image_rows_t", parameters.Rows.LAYOUT),
        (IMAGE_HEADER, "image_copy_t", parameters.Copy.LAYOUT),
        (IMAGE_HEADER, "image_spiking_t", parameters.Spiking.LAYOUT),
        (IMAGE_HEADER, "image_detector_t", parameters.Detection.LAYOUT),
        (RESCALE_HEADER, "rescale_t", RescaleRecord.LAYOUT),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith("_t") else "",
)
def test_records_have_the_same_fields_in_the_same_order(
    text: str, name: str, record: struct.Struct
) -> None:
    assert c_layout(text, name) == expanded(record.format)


def test_constants_agree() -> None:
    found = dict(re.findall(r"^#define IMAGE_(\w+) (0x[0-9A-F]+|\d+)u", IMAGE_HEADER, re.MULTILINE))

    assert {name: int(value, 0) for name, value in found.items()} == {
        "MAGIC": layout.MAGIC,
        "VERSION": layout.VERSION,
        "ALIGNMENT": layout.ALIGNMENT_BYTES,
        "MAX_OPERATORS": layout.MAX_OPERATORS,
        "MAX_LOADS": layout.MAX_OPERATORS,
        "LOAD_ONCE": layout.LOAD_ONCE,
        "CRC32_FROM": layout.CRC32_FROM,
        "FIRST_IN_IMAGE": 1,
        "SECOND_IN_IMAGE": 2,
    }


def test_operator_kinds_agree() -> None:
    found = re.findall(r"^\s*OPERATOR_(\w+) = (\d+),", IMAGE_HEADER, re.MULTILINE)

    assert {name: int(value) for name, value in found} == {
        kind.name: kind.value for kind in DeviceKind
    }


@pytest.mark.parametrize("kind", DeviceKind)
def test_a_record_survives_packing(kind: DeviceKind) -> None:
    made = PARAMETERS[kind]
    numbers = np.arange(3, 3 + made.LAYOUT.size // 2, dtype="<u2").tobytes()
    parts = made.unpack(numbers)
    record = OperatorRecord(
        kind=kind,
        in_image=(True, False),
        inputs=(11, 12),
        output=13,
        input_zero_points=(-5, 6),
        output_zero_point=-7,
        activation_min=-100,
        activation_max=99,
        rescales_offset=14,
        num_rescales=15,
        weights_offset=16,
        weights_bytes=17,
        macs=18,
        parameters=parts,
    )

    assert OperatorRecord.unpack(b"before" + record.pack(), 6) == record
    assert made.unpack(parts.pack()) == parts


def test_weights_of_a_convolution_lie_in_blocks_of_two_outputs_and_four_values() -> None:
    weights = np.arange(3 * 5, dtype=np.int8).reshape(3, 1, 1, 5)

    packed = np.frombuffer(pack_convolution(weights), np.int8).reshape(2, 2, 2, 4)

    assert packed[0, 0].tolist() == [[0, 1, 2, 3], [5, 6, 7, 8]]
    assert packed[0, 1].tolist() == [[4, 0, 0, 0], [9, 0, 0, 0]]
    assert packed[1, 0].tolist() == [[10, 11, 12, 13], [0, 0, 0, 0]]


def test_weights_of_a_matrix_lie_in_pairs_of_outputs_the_first_of_them_raised() -> None:
    weights = np.arange(5 * 6, dtype=np.int8).reshape(5, 6)

    packed = np.frombuffer(pack_dense(weights), np.uint8).reshape(4, 2, 4, 2)

    assert packed[0, 0].tolist() == [[128, 6], [130, 8], [129, 7], [131, 9]]
    assert packed[1, 0].tolist() == [[140, 18], [142, 20], [141, 19], [143, 21]]
    assert packed[0, 1].tolist() == [[132, 10], [128, 0], [133, 11], [128, 0]]
    assert packed[2, 0].tolist() == [[152, 0], [154, 0], [153, 0], [155, 0]]
    assert packed[3].tolist() == [[[128, 0]] * 4] * 2


def test_weights_of_a_depthwise_convolution_lie_tap_by_tap() -> None:
    weights = np.arange(12, dtype=np.int8).reshape(1, 2, 1, 6)

    packed = np.frombuffer(pack_depthwise(weights), np.int8).reshape(2, 8)

    assert packed.tolist() == [[0, 1, 2, 3, 4, 5, 0, 0], [6, 7, 8, 9, 10, 11, 0, 0]]


def test_the_zero_point_moves_into_the_bias() -> None:
    rng = np.random.default_rng(3)
    weights: NDArray[np.int8] = rng.integers(-127, 128, (4, 3, 3, 5)).astype(np.int8)
    bias: NDArray[np.int32] = rng.integers(-999, 999, 4).astype(np.int32)
    x = rng.integers(-128, 128, (3, 3, 5)).astype(np.int64)

    folded = fold_zero_point(weights, bias, -17, channel_axis=0)

    expected = np.tensordot(weights.astype(np.int64), x + 17, 3) + bias
    assert (np.tensordot(weights.astype(np.int64), x, 3) + folded).tolist() == expected.tolist()
