# SPDX-License-Identifier: Apache-2.0
"""A device goes on with what its twin had learned."""

import pytest

from boards.board import Board
from host.launcher import open_device
from sim.learning_twin import LearningTwin
from tests.host.test_head_learning import IMAGE, SETTINGS, X, labels


def test_a_learner_goes_on_where_another_was_behind_labels_of_a_step(native: Board) -> None:
    twin = LearningTwin(IMAGE, SETTINGS)
    for i in range(3):
        twin.run(X[i])
        twin.teach(labels(i))
        if i != 2:
            twin.step(0.3)

    with open_device(native) as device:
        device.load(twin.image)
        learning = device.begin_learning(twin.image, SETTINGS)
        learning.resume(twin.learned, num_labels=twin.num_labels)
        num_labels = learning.num_labels
        image = learning.step(0.3).image

    assert num_labels == 16
    assert image.data == twin.step(0.3).data


def test_what_does_not_fit_into_a_frame_is_not_sent(native: Board) -> None:
    with open_device(native) as device:
        device.load(IMAGE)
        learning = device.begin_learning(IMAGE, SETTINGS)

        with pytest.raises(ValueError, match="8189 bytes learned do not fit into a frame of 8188"):
            learning.resume(bytes(8189), num_labels=0)
