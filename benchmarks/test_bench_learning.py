# SPDX-License-Identifier: Apache-2.0
"""What learning the head costs a board beside a run: instructions a label, a slot and a step."""

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from boards.head_settings import HeadLabels, settings_for
from boards.image import Image
from host.device import Device
from host.head_learning import Learning
from host.launcher import open_device
from tests.firmware.operators import compiled
from tests.firmware.receiver_shape import receiver_graph
from tests.host.built_firmware import built

NUM_LABELS, BATCH_SLOTS = 64, 16


@pytest.mark.qemu
@pytest.mark.parametrize("name", ["mps2-an386", "mps2-an500"])
@pytest.mark.parametrize("num_bits", [2, 4])
def test_instructions_of_learning(benchmark: BenchmarkFixture, name: str, num_bits: int) -> None:
    """The time is the emulator's; what counts is in extra_info."""
    graph = receiver_graph(num_bits=num_bits)
    image = compiled(graph)
    x = slot(image)
    with open_device(built(name), timeout_s=60.0) as device:
        device.load(image)
        learning = device.begin_learning(image, settings_for(graph, x[np.newaxis]))
        run = device.measure(x).instructions
        counts = {n: taught(learning, image, num_labels=n) for n in (NUM_LABELS, 2 * NUM_LABELS)}
        step = learning.step(0.1).cost.instructions
        assert taught_again(device, learning, x, image) == counts[NUM_LABELS]
        benchmark.pedantic(lambda: learning.step(0.1), rounds=3)

    assert run is not None
    assert step is not None
    a_label = (counts[2 * NUM_LABELS] - counts[NUM_LABELS]) / NUM_LABELS
    batch = BATCH_SLOTS * counts[NUM_LABELS] + step
    benchmark.extra_info["instructions_of_a_run"] = run
    benchmark.extra_info["instructions_of_a_label"] = round(a_label, 1)
    benchmark.extra_info["instructions_of_64_labels"] = counts[NUM_LABELS]
    benchmark.extra_info["instructions_of_a_step"] = step
    benchmark.extra_info["share_of_16_slots"] = round(batch / (BATCH_SLOTS * run), 5)
    benchmark.extra_info["image_bytes"] = len(image.data)


def slot(image: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.int8]]:
    return np.random.default_rng(1).integers(-128, 128, image.input_shape, dtype=np.int8)


def taught(learning: Learning, image: Image, *, num_labels: int) -> int:
    """Return the instructions of so many labels."""
    rng = np.random.default_rng(2)
    height, width, num_out = image.output_shape
    labels = HeadLabels(
        elements=np.sort(rng.permutation(height * width)[:num_labels]),
        bits=rng.integers(0, 2, (num_labels, num_out)).astype(np.uint8),
    )
    instructions = learning.teach(labels).instructions
    assert instructions is not None
    return instructions


def taught_again(
    device: Device,
    learning: Learning,
    x: np.ndarray[tuple[int, ...], np.dtype[np.int8]],
    image: Image,
) -> int:
    """Return the instructions of as many labels of another run: they do not depend on data."""
    device.run(np.negative(x))
    return taught(learning, image, num_labels=NUM_LABELS)
