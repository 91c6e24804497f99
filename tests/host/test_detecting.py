# SPDX-License-Identifier: Apache-2.0
"""Detectors of several users behind a link: on a board they say what they say on the twin."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from boards.image import Image
from boards.parameters import DeviceKind
from boards.patch import Patch
from host.device import Device
from host.launcher import open_device
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.integer.detector import DeviceDetector
from receivers.mimo.integer.gnn_image import compile_gnn_sic
from receivers.mimo.integer.gnn_quantizing import quantize
from receivers.mimo.integer.image import compile_lmmse
from sim.mimo.problem import Problem
from sim.twin import Twin
from tests.host.built_firmware import built, small_boards
from tests.receivers.mimo.drawn import rayleigh

NUM_ELEMENTS = 12


@pytest.fixture(scope="module")
def problem() -> Problem:
    return rayleigh("16qam", num_rx_ant=8, num_tx=4, snr_db=12.0, num_elements=30).problem


def lmmse(problem: Problem) -> Image:
    return compile_lmmse(problem.shape, num_elements=NUM_ELEMENTS)


def gnn_sic(problem: Problem, *, seed: int = 1) -> Image:
    network = quantize(GnnSic(problem.modulation, seed=seed), problem)
    return compile_gnn_sic(network, problem.shape, num_elements=NUM_ELEMENTS)


def assert_detects(device: Device, image: Image, problem: Problem) -> None:
    """Check that a device says of a problem, run by run, what the twin says."""
    device.load(image)
    found = DeviceDetector(image, device).llr(problem)
    np.testing.assert_array_equal(found, DeviceDetector(image, Twin(image)).llr(problem))
    assert len(np.unique(found)) > 5


@pytest.fixture(scope="module")
def native() -> Iterator[Device]:
    with open_device(built("native"), timeout_s=60.0) as device:
        yield device


@pytest.mark.parametrize("compiled", [lmmse, gnn_sic])
def test_the_agent_of_this_machine_detects_as_the_twin(
    native: Device, problem: Problem, compiled: Callable[[Problem], Image]
) -> None:
    assert_detects(native, compiled(problem), problem)


def test_a_profile_names_the_detector(native: Device, problem: Problem) -> None:
    image = gnn_sic(problem)
    native.load(image)

    native.measure(np.zeros(image.input_shape, np.int8), profile=True)

    assert [one.kind for one in native.profile()] == [DeviceKind.GNN_SIC]


def test_other_weights_come_as_a_patch(native: Device, problem: Problem) -> None:
    first, second = gnn_sic(problem), gnn_sic(problem, seed=2)
    native.load(first)

    native.patch(Patch.between(first, second))

    found = DeviceDetector(second, native).llr(problem)
    expected = DeviceDetector(second, Twin(second)).llr(problem)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.qemu
@pytest.mark.parametrize("board", small_boards())
def test_boards_of_small_memory_detect_as_the_twin(board: str, problem: Problem) -> None:
    with open_device(built(board), timeout_s=120.0) as device:
        for image in (lmmse(problem), gnn_sic(problem)):
            assert_detects(device, image, problem)
