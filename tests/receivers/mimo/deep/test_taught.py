# SPDX-License-Identifier: Apache-2.0
"""What pilots teach a detector. Truth: what the link sent there, and how wrong estimates are."""

from dataclasses import replace

import torch

from receivers import interpolation
from receivers.ls import LeastSquares
from receivers.mimo.deep.taught import taught
from sim.link import Link
from sim.slot import Slot
from tests.receivers.mimo.deep.teaching import SNR_DB, teaching

ESTIMATOR = LeastSquares(interpolation.linear)


def _slot(*, learning_sharing: str = "overlapping") -> Slot:
    link = Link(teaching(learning_sharing=learning_sharing), seed=1)
    return link.slots(0, 5, snr_db=SNR_DB)


def test_labels_are_what_was_sent_and_elements_what_was_received_there() -> None:
    slot = _slot()
    where = slot.observation.learning_mask.all(1)

    block = taught(slot.observation, ESTIMATOR)

    assert block.problem.num_elements == 5 * 32
    points = block.problem.modulation.points[block.sent.labels]
    torch.testing.assert_close(points, slot.truth.x.permute(0, 2, 3, 1)[where])
    assert torch.equal(block.problem.y, slot.observation.y.permute(0, 2, 3, 1)[where])


def test_the_channel_is_known_no_better_than_where_data_stand() -> None:
    slot = _slot()
    where = slot.observation.learning_mask.all(1)

    block = taught(slot.observation, ESTIMATOR)

    true = slot.truth.h.permute(0, 3, 4, 1, 2)[where]
    error = (block.problem.h - true).abs().square().mean((1, 2))
    told = (block.problem.noise_variance - 10 ** (-SNR_DB / 10)) / 2
    assert 0.7 < float(error.mean() / told.mean()) < 1.3
    # What the pilots there carry has no part in it.
    other = replace(
        slot.observation,
        y=slot.observation.y + 100.0 * slot.observation.learning_mask.any(1, keepdim=True),
    )
    assert torch.equal(taught(other, ESTIMATOR).problem.h, block.problem.h)


def test_pilots_of_one_user_alone_teach_nothing() -> None:
    block = taught(_slot(learning_sharing="comb").observation, ESTIMATOR)

    assert block.problem.num_elements == 0
