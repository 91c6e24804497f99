# SPDX-License-Identifier: Apache-2.0
"""How pilot estimates are spread: pattern by pattern, and the same whatever the batch."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from receivers import interpolation
from receivers.lmmse import Lmmse
from receivers.ls import LeastSquares
from receivers.pilots import estimate_from_pilots
from receivers.statistics import measure
from sim.link import Link
from sim.slot import Observation
from tests.sim.scenarios import scenario

MADE = scenario(
    antennas={"num_rx_ant": 2, "num_tx": 2},
    channel={"kind": "tdl-a", "delay_spread_s": 3e-7, "max_speed_mps": 10.0},
    link={"dmrs": {"kind": "random", "num_pilots": 40, "slots_per_draw": 4}},
)


def _seen(first_slot: int, num_slots: int) -> Observation:
    return Link(MADE, seed=1).slots(first_slot, num_slots, snr_db=10.0).observation


def _sizes_handed_over(observation: Observation) -> list[int]:
    sizes: list[int] = []

    def spread(at_pilots: Tensor, variance: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        sizes.append(at_pilots.shape[0])
        return at_pilots.new_zeros(*at_pilots.shape[:2], mask.numel()), variance.new_zeros(1)

    estimate_from_pilots(observation, spread)
    return sizes


def test_slots_of_one_draw_are_spread_together_for_each_user() -> None:
    assert _sizes_handed_over(_seen(2, 9)) == [2, 4, 3] * 2


def test_a_pattern_that_comes_back_later_is_spread_again() -> None:
    seen = _seen(0, 6)
    order = torch.tensor([0, 4, 1])

    shuffled = replace(
        seen,
        y=seen.y[order],
        pilots=seen.pilots[order],
        pilot_mask=seen.pilot_mask[order],
        learning_mask=seen.learning_mask[order],
        no=seen.no[order],
    )

    assert _sizes_handed_over(shuffled) == [1, 1, 1] * 2


@pytest.mark.parametrize(
    "receiver",
    [LeastSquares(interpolation.linear), Lmmse(measure(MADE, num_drops=64))],
    ids=["least squares", "LMMSE"],
)
def test_a_slot_is_estimated_alike_in_every_batch(receiver: LeastSquares | Lmmse) -> None:
    h_hat, err_var = receiver.estimate(_seen(2, 9))

    for i in (0, 2, 8):
        alone, its_variance = receiver.estimate(_seen(2 + i, 1))
        torch.testing.assert_close(h_hat[i], alone[0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(err_var[i], its_variance[0], rtol=1e-4, atol=1e-6)
