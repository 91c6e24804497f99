# SPDX-License-Identifier: Apache-2.0
"""A network of the receiver's size on emulated boards: equal to the twin, and within its budget."""

from collections.abc import Iterator

import numpy as np
import pytest

from boards import catalog
from boards.image import Image
from host.device import Device
from host.launcher import open_device
from sim.twin import Twin
from tests.firmware.operators import compiled
from tests.firmware.receiver_shape import receiver_graph
from tests.host.built_firmware import built, emulated_boards

pytestmark = pytest.mark.qemu

MAX_INSTRUCTIONS_PER_MAC = {
    "cortex-m0": 8.5,
    "cortex-m3": 3.7,
    "cortex-m4": 1.35,
    "cortex-m7": 1.35,
    "cortex-m55": 1.1,
}
MAX_INSTRUCTIONS_OF_THE_CLOCK = {"cortex-m0": 44}  # in each operator's; it has no long product
MAX_INSTRUCTIONS_OF_A_FAST_CLOCK = 4
MAX_INSTRUCTIONS_BETWEEN_OPERATORS = 150


@pytest.fixture(scope="module")
def image() -> Image:
    return compiled(receiver_graph())


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest, image: Image) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=120.0) as device:
        device.load(image)
        yield device


def core_of(device: Device) -> str:
    return catalog.load(device.info.board).cpu.core


def slots(image: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.int8]]:
    return np.random.default_rng(6).integers(-128, 128, (3, *image.input_shape), dtype=np.int8)


def test_every_integer_is_the_twins(board: Device, image: Image) -> None:
    x = slots(image)

    y = np.stack([board.run(slot) for slot in x])

    np.testing.assert_array_equal(y, Twin(image).run_batch(x))


def test_a_run_stays_within_its_instructions_whatever_the_data(board: Device, image: Image) -> None:
    counts = [board.measure(slot).instructions for slot in (*slots(image), *slots(image))]

    assert counts[0] is not None
    assert counts[0] <= MAX_INSTRUCTIONS_PER_MAC[core_of(board)] * image.macs
    assert counts == counts[:1] * len(counts)


def test_the_operators_add_up_to_the_run_but_for_what_lies_between(
    board: Device, image: Image
) -> None:
    whole = board.measure(slots(image)[0]).instructions
    profiles: list[list[int | None]] = []

    for slot in slots(image):
        board.measure(slot, profile=True)
        profile = board.profile()
        assert [one.kind for one in profile] == [one.kind for one in image.operators]
        profiles.append([one.instructions for one in profile])

    assert profiles == profiles[:1] * len(profiles)
    counts = [count for count in profiles[0] if count is not None]
    assert len(counts) == len(image.operators)
    assert whole is not None
    clock = len(counts) * MAX_INSTRUCTIONS_OF_THE_CLOCK.get(
        core_of(board), MAX_INSTRUCTIONS_OF_A_FAST_CLOCK
    )
    assert -clock <= whole - sum(counts) <= MAX_INSTRUCTIONS_BETWEEN_OPERATORS
