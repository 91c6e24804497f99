# SPDX-License-Identifier: Apache-2.0
"""The twin that learns refuses what a device refuses, and always says which image is in force.

Its integers are held against the reference in tests/firmware/test_head.py.
"""

from dataclasses import replace

import numpy as np
import pytest

from boards.compress import int8
from boards.compress.fixed_point import FixedPoint
from boards.errors import ImageError
from boards.head_settings import HeadLabels, settings_for
from sim.errors import TwinError
from sim.learning_twin import LearningTwin
from sim.twin import Twin
from tests.boards.networks import calibration_slots, residual_network
from tests.firmware.operators import Case, compiled, convolution_graph

GRAPH = int8.quantize(residual_network(num_channels=13), calibration_slots(num_slots=4))
IMAGE = compiled(GRAPH)
X = np.random.default_rng(1).integers(-128, 128, (4, *IMAGE.input_shape), dtype=np.int8)
SETTINGS = settings_for(GRAPH, X)
LABELS = HeadLabels(
    elements=np.arange(0, 48, 3),
    bits=np.random.default_rng(2).integers(0, 2, (16, 2)).astype(np.uint8),
)


def test_it_runs_as_the_twin_of_the_image_in_force() -> None:
    twin = LearningTwin(IMAGE, SETTINGS)
    twin.run(X[0])
    twin.teach(LABELS)

    learned = twin.step(1.0)

    assert twin.image is learned
    assert learned.data != IMAGE.data
    np.testing.assert_array_equal(twin.run(X[1]), Twin(learned).run(X[1]))
    assert np.any(twin.run(X[1]) != Twin(IMAGE).run(X[1]))


def test_a_rate_counts_on_the_mean_over_labels() -> None:
    """Twice the same labels are a sum of twice the size, and the same mean."""
    once, twice = LearningTwin(IMAGE, SETTINGS), LearningTwin(IMAGE, SETTINGS)
    for twin, num_times in ((once, 1), (twice, 2)):
        twin.run(X[0])
        for _ in range(num_times):
            twin.teach(LABELS)

    assert once.step(0.25).data == twice.step(0.25).data


def test_labels_need_a_run_since_the_last_step() -> None:
    twin = LearningTwin(IMAGE, SETTINGS)
    with pytest.raises(TwinError, match="labels need a run since the last step; run it"):
        twin.teach(LABELS)
    twin.run(X[0])
    twin.step(0.0)

    with pytest.raises(TwinError, match="labels need a run"):
        twin.teach(LABELS)


def test_labels_outside_the_slot_are_refused() -> None:
    twin = LearningTwin(IMAGE, SETTINGS)
    twin.run(X[0])

    with pytest.raises(TwinError, match="refuses it with status 1"):
        twin.teach(replace(LABELS, elements=LABELS.elements + 3))


def test_a_rate_too_large_for_the_factors_is_refused_and_changes_nothing() -> None:
    twin = LearningTwin(IMAGE, SETTINGS)

    with pytest.raises(TwinError, match="refuses it with status 1"):
        twin.step_by(FixedPoint(multiplier=2**30, shift=30))

    assert twin.image is IMAGE
    np.testing.assert_array_equal(twin.run(X[0]), Twin(IMAGE).run(X[0]))


def test_settings_for_another_head_are_refused() -> None:
    other = replace(SETTINGS, inputs=SETTINGS.inputs[1:])

    with pytest.raises(TwinError, match="settings for 12 to 2 do not fit its head of 13 to 2"):
        LearningTwin(IMAGE, other)


def test_settings_out_of_their_ranges_are_refused() -> None:
    with pytest.raises(TwinError, match="refuses it with status 1"):
        LearningTwin(IMAGE, replace(SETTINGS, momentum_shift=8))


def test_networks_without_a_head_are_refused() -> None:
    nine = compiled(convolution_graph(Case(name="", num_in=13, num_out=9)))
    square = compiled(convolution_graph(Case(name="", num_in=13, num_out=2, kernel=(3, 3))))

    with pytest.raises(ImageError, match="no head that can learn"):
        LearningTwin(square, SETTINGS)
    with pytest.raises(TwinError, match="finds no head that can learn"):
        LearningTwin(nine, replace(SETTINGS, outputs=(SETTINGS.outputs[0],) * 9))


def test_inputs_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the network takes int8 \(6, 8, 3\)"):
        LearningTwin(IMAGE, SETTINGS).run(X[0, :5])
