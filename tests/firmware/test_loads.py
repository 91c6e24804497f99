# SPDX-License-Identifier: Apache-2.0
"""Tables of loads that would harm are refused: by the validator of the twin, and by devices."""

from dataclasses import replace

import numpy as np
import pytest

from boards.image import Image
from boards.layout import LOAD_ONCE, Header, LoadRecord, OperatorRecord, seal
from host.errors import DeviceStatusError
from host.launcher import open_device
from sim.errors import TwinError
from sim.twin import Twin
from tests.firmware.test_streaming import drawn_residual, streamed
from tests.host.built_firmware import built


@pytest.fixture(scope="module")
def good() -> Image:
    graph = drawn_residual()
    return streamed(graph, "double_buffer", tile_bytes=512)


def with_loads(image: Image, change: dict[int, dict[str, int]]) -> bytes:
    data = bytearray(image.data)
    for i, fields in change.items():
        at = image.header.loads_offset + i * LoadRecord.LAYOUT.size
        record = replace(image.loads[i], **fields)
        data[at : at + LoadRecord.LAYOUT.size] = record.pack()
    return seal(bytes(data))


def with_load_of(image: Image, i: int, load: int) -> bytes:
    data = bytearray(image.data)
    at = image.header.operators_offset + i * OperatorRecord.LAYOUT.size
    data[at : at + OperatorRecord.LAYOUT.size] = replace(image.operators[i], load=load).pack()
    return seal(bytes(data))


def is_refused(data: bytes) -> bool:
    try:
        Twin(Image(data))
    except TwinError:
        return True
    return False


def first_streamed(image: Image) -> int:
    return next(i for i, load in enumerate(image.loads) if load.step not in (LOAD_ONCE, 0))


def test_a_load_is_refused_where_activations_are_written_meanwhile(good: Image) -> None:
    load = good.loads[first_streamed(good)]
    writer = good.operators[load.step]

    assert not is_refused(good.data)
    assert is_refused(with_loads(good, {first_streamed(good): {"to": writer.output // 16 * 16}}))


def test_loads_are_refused_in_the_same_place_at_the_same_time(good: Image) -> None:
    last = len(good.loads) - 1
    assert good.loads[last].step <= len(good.operators) - 2  # it waits for the one before

    assert is_refused(with_loads(good, {last: {"to": good.loads[last - 1].to}}))


def test_a_load_is_refused_that_begins_behind_its_operator(good: Image) -> None:
    last = len(good.loads) - 1

    assert is_refused(with_loads(good, {last: {"step": len(good.operators)}}))
    assert is_refused(with_loads(good, {0: {"step": len(good.operators) - 1}}))


def test_a_load_is_refused_beyond_image_or_arena(good: Image) -> None:
    i = first_streamed(good)
    beyond = good.header.activation_bytes // 16 * 16

    assert is_refused(with_loads(good, {i: {"to": beyond}}))
    assert is_refused(with_loads(good, {i: {"to": 0xFFFFFFF0}}))
    assert is_refused(with_loads(good, {i: {"start": 0xFFFFFFF0}}))
    assert is_refused(with_loads(good, {i: {"num_bytes": len(good.data) // 16 * 16}}))
    assert is_refused(with_loads(good, {i: {"to": good.loads[i].to + 8}}))


def test_an_operator_is_refused_whose_load_is_another_ones(good: Image) -> None:
    users = [i for i, operator in enumerate(good.operators) if operator.load]

    assert is_refused(with_load_of(good, users[-1], good.operators[users[0]].load))
    assert is_refused(with_load_of(good, users[-1], len(good.loads) + 1))


def test_only_operators_with_weights_have_loads(good: Image) -> None:
    others = [i for i, operator in enumerate(good.operators) if not operator.load]

    assert others
    assert is_refused(with_load_of(good, others[0], 1))


def test_a_table_of_loads_is_refused_beyond_the_image(good: Image) -> None:
    header = good.header
    for bad in (
        replace(header, num_loads=257),
        replace(header, num_loads=0xFFFFFFFF),
        replace(header, loads_offset=len(good.data)),
        replace(header, loads_offset=header.loads_offset + 4),
    ):
        assert is_refused(seal(bad.pack() + good.data[Header.LAYOUT.size :]))


def test_random_tables_of_loads_are_refused_or_run_within_bounds(good: Image) -> None:
    rng = np.random.default_rng(1)
    at, size = good.header.loads_offset, len(good.loads) * LoadRecord.LAYOUT.size
    x = np.zeros((1, *good.input_shape), np.int8)
    num_accepted = 0
    for _ in range(2_000):
        data = bytearray(good.data)
        for _ in range(rng.integers(1, 4)):
            data[at + int(rng.integers(size))] ^= 1 << int(rng.integers(8))
        try:
            Twin(Image(seal(bytes(data)))).run_batch(x)
            num_accepted += 1
        except TwinError:
            pass
    assert num_accepted < 1_900


def test_a_device_refuses_bad_loads_and_keeps_what_it_had(good: Image) -> None:
    bad = with_loads(good, {first_streamed(good): {"to": 0xFFFFFFF0}})
    x = np.zeros(good.input_shape, np.int8)
    with open_device(built("native")) as device:
        device.load(good)
        expected = device.run(x)
        with pytest.raises(DeviceStatusError, match="BAD_IMAGE"):
            device.load(Image(bad))
        device.load(good)

        assert np.array_equal(device.run(x), expected)
