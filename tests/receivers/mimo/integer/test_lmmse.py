# SPDX-License-Identifier: Apache-2.0
"""The LMMSE detector of devices against Sionna's in double precision."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from boards.errors import ImageError
from receivers.errors import UnsuitedProblemError
from receivers.mimo.detector import Rule
from receivers.mimo.integer import elements
from receivers.mimo.integer.detector import DeviceDetector
from receivers.mimo.integer.image import LLR_BITS, compile_lmmse
from receivers.mimo.linear import Filter, Linear
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation
from sim.twin import Twin
from tests.receivers.mimo.drawn import rayleigh

CASES = [("qpsk", 4, 4, 10.0), ("16qam", 8, 4, 14.0), ("64qam", 8, 8, 24.0)]
ROUNDING = 0.5 / (1 << LLR_BITS)
PRECISION = 2e-3
"""Of float32, where few digits are left of the difference of two costs."""


def on_twin(problem: Problem, *, num_elements: int = 50) -> DeviceDetector:
    image = compile_lmmse(problem.shape, num_elements=num_elements)
    return DeviceDetector(image, Twin(image))


def packed(problem: Problem) -> Problem:
    """Return the problem that is left once elements are packed: int16, at another scale."""
    shape, bytes_ = problem.shape, elements.pack(problem)
    numbers = np.ascontiguousarray(bytes_[:, :-4]).view("<i2").astype(np.float32)
    parts = numbers.reshape(len(bytes_), 1 + shape.num_tx, shape.num_rx_ant, 2)
    columns = torch.view_as_complex(torch.from_numpy(parts))
    noise = np.ascontiguousarray(bytes_[:, -4:]).view("<f4")[:, 0]
    return Problem(
        modulation=problem.modulation,
        y=columns[:, 0],
        h=columns[:, 1:].transpose(1, 2),
        noise_variance=torch.from_numpy(noise.copy()),
    )


@pytest.mark.parametrize(("modulation", "num_rx_ant", "num_tx", "snr_db"), CASES)
def test_its_llrs_are_those_of_double_precision_but_for_rounding(
    modulation: str, num_rx_ant: int, num_tx: int, snr_db: float
) -> None:
    problem = rayleigh(
        modulation, num_rx_ant=num_rx_ant, num_tx=num_tx, snr_db=snr_db, num_elements=2000
    ).problem
    exact = replace(Linear(Filter.LMMSE).detect(packed(problem)), rule=Rule.MAX).llr

    found = on_twin(problem).detect(problem).llr

    top = 127 / (1 << LLR_BITS)
    error = (found - exact.clamp(-top, top)).abs()
    assert float(error.max()) < ROUNDING + PRECISION


def test_it_makes_the_symbol_errors_of_double_precision() -> None:
    block = rayleigh("16qam", num_rx_ant=8, num_tx=4, snr_db=12.0, num_elements=20_000)
    exact = Linear(Filter.LMMSE).detect(block.problem).labels

    found = on_twin(block.problem).detect(block.problem).labels

    errors = [float((one != block.sent.labels).float().mean()) for one in (exact, found)]
    assert errors[0] > 3e-3
    # An LLR that is rounded to 0 is either bit: of 270 errors, some few come and go.
    assert errors[1] == pytest.approx(errors[0], rel=0.05)
    assert float((exact != found).float().mean()) < 1e-3


def test_the_scale_of_an_element_changes_nothing() -> None:
    problem = rayleigh("qpsk", num_rx_ant=4, num_tx=4, snr_db=8.0, num_elements=50).problem
    louder = Problem(
        modulation=problem.modulation,
        y=problem.y * 1e4,
        h=problem.h * 1e4,
        noise_variance=problem.noise_variance * 1e8,
    )

    found = [on_twin(one).llr(one).astype(int) for one in (problem, louder)]

    assert int(np.abs(found[0] - found[1]).max()) <= 1


def test_packed_elements_fill_int32_and_no_more() -> None:
    problem = rayleigh("qpsk", num_rx_ant=4, num_tx=8, snr_db=30.0, num_elements=500).problem
    packed = elements.pack(problem)

    numbers = np.ascontiguousarray(packed[:, :-4]).view("<i2").astype(float)
    norms = (numbers.reshape(len(packed), 9, 8) ** 2).sum(-1).max(-1)

    assert norms.max() < 2**31
    assert norms.min() > 0.99 * 2**31 or np.abs(numbers).max(-1)[norms.argmin()] == 2**15 - 1


def test_silence_is_packed_too() -> None:
    problem = rayleigh("qpsk", num_rx_ant=2, num_tx=2, snr_db=8.0, num_elements=3).problem
    nothing = replace(problem, y=problem.y * 0, h=problem.h * 0)

    assert on_twin(nothing).llr(nothing).shape == (3, 2, 2)


def test_bpsk_and_too_many_users_are_refused_in_words() -> None:
    for shape, why in (
        (Shape(num_rx_ant=4, num_tx=4, modulation=Modulation.BPSK), "not BPSK"),
        (Shape(num_rx_ant=16, num_tx=9, modulation=Modulation.QPSK), "8 users"),
        (Shape(num_rx_ant=65, num_tx=1, modulation=Modulation.QPSK), "64 antennas"),
    ):
        with pytest.raises(UnsuitedProblemError, match=why):
            compile_lmmse(shape, num_elements=1)


def test_an_image_is_for_one_shape() -> None:
    problem = rayleigh("qpsk", num_rx_ant=4, num_tx=3, snr_db=8.0, num_elements=3).problem
    detector = on_twin(rayleigh("qpsk", num_rx_ant=4, num_tx=4, snr_db=8.0, num_elements=3).problem)

    with pytest.raises(UnsuitedProblemError, match="4 users, 4 antennas and qpsk"):
        detector.detect(problem)


def test_more_elements_than_an_image_can_say_are_refused() -> None:
    shape = Shape(num_rx_ant=4, num_tx=4, modulation=Modulation.QPSK)

    with pytest.raises(ImageError, match="70000 elements"):
        compile_lmmse(shape, num_elements=70_000)


def test_labels_of_beliefs_are_the_signs_of_llrs() -> None:
    problem = rayleigh("16qam", num_rx_ant=4, num_tx=2, snr_db=15.0, num_elements=100).problem
    detector = on_twin(problem)

    bits = problem.modulation.label_bits[detector.detect(problem).labels]

    assert torch.equal(bits.bool(), torch.from_numpy(detector.llr(problem)) > 0)
