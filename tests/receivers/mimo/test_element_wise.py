# SPDX-License-Identifier: Apache-2.0
"""Whole slots of several users through detectors of single elements."""

import pytest
import torch

from host.detector import OnHost
from receivers import catalog, interpolation
from receivers.joined import JOIN
from receivers.ls import LeastSquares
from receivers.mimo.element_wise import ElementWise, data_problem
from receivers.mimo.linear import Filter, Linear
from sim.link import Link
from sim.slot import Slot
from tests.sim.scenarios import scenario

MADE = scenario(
    antennas={"num_rx_ant": 4, "num_tx": 3},
    channel={"kind": "tdl-a", "delay_spread_s": 1e-7},
    link={"num_bits_per_symbol": 4},
)
JOINED = [name for name in catalog.names() if JOIN in name]


def _slot(num_slots: int = 4, *, snr_db: float = 14.0) -> Slot:
    return Link(MADE, seed=3).slots(0, num_slots, snr_db=snr_db)


def _errors(name: str, slot: Slot) -> int:
    llr = OnHost(catalog.build(name, MADE)).detect(slot)
    return int(((llr > 0) != slot.truth.coded_bits.bool()).sum())


def test_linear_detection_element_by_element_is_that_of_the_plain_receiver() -> None:
    seen = _slot().observation
    estimator = LeastSquares(interpolation.linear)

    llr = ElementWise(estimator, Linear(Filter.LMMSE)).detect(seen)

    # The plain one works in single precision.
    torch.testing.assert_close(llr, estimator.detect(seen), rtol=0.02, atol=0.02)


def test_the_problem_is_what_was_sent_on_the_data_elements_in_the_order_of_the_bits() -> None:
    slot = _slot(2, snr_db=60.0)

    exact = torch.zeros(slot.observation.data_mask.shape)
    problem = data_problem(slot.observation, slot.truth.h, exact)

    points, count = problem.modulation.points, 4
    weights = 1 << torch.arange(count - 1, -1, -1)
    labels = (slot.truth.coded_bits.unflatten(2, (-1, count)).long() * weights).sum(-1)
    x = points[labels].transpose(1, 2).flatten(0, 1)
    clean = (problem.h @ x[..., None])[..., 0]
    assert float((problem.y - clean).abs().max()) < 0.02
    assert problem.noise_variance.tolist() == pytest.approx([1e-6] * problem.num_elements)


def test_an_estimation_error_counts_as_noise_of_every_user() -> None:
    seen = _slot(2).observation
    err_var = torch.zeros(seen.data_mask.shape)
    err_var[1] = torch.tensor([0.1, 0.2, 0.3])[:, None, None]

    problem = data_problem(seen, torch.zeros(2, 4, 3, 14, 12, dtype=torch.complex64), err_var)

    half = problem.num_elements // 2
    no = float(seen.no[0])
    assert problem.noise_variance[:half].tolist() == pytest.approx([no] * half)
    assert problem.noise_variance[half:].tolist() == pytest.approx([no + 0.6] * half)


@pytest.mark.parametrize("name", JOINED)
def test_every_joined_receiver_reads_the_bits_of_a_clear_channel(name: str) -> None:
    slot = _slot(1, snr_db=45.0)

    llr = OnHost(catalog.build(name, MADE)).detect(slot)

    assert llr.shape == slot.truth.coded_bits.shape
    assert llr.dtype is torch.float32
    # Half of them would be wrong by chance. Linear interpolation of three combs has a floor.
    wrong = ((llr > 0) != slot.truth.coded_bits.bool()).float().mean()
    assert float(wrong) < 0.1


def test_a_better_detector_makes_fewer_errors_over_the_same_estimate() -> None:
    slot = _slot(6)

    for estimate in ("ls-linear", "perfect-csi"):
        plain = _errors(estimate, slot)
        # Thousands of bits: the gap is many times what chance would bring.
        assert _errors(f"{estimate}+k-best", slot) < 0.8 * plain
        assert _errors(f"{estimate}+zf", slot) > plain
