# SPDX-License-Identifier: Apache-2.0
"""What is at the edge of sense: users that are not heard, and no elements at all."""

from dataclasses import replace

import pytest
import torch

from receivers.mimo import catalog
from tests.receivers.mimo.drawn import CLASSICAL, rayleigh

PROBLEM = rayleigh("qpsk", num_rx_ant=4, num_tx=3, snr_db=10.0, num_elements=20).problem


@pytest.mark.parametrize("name", CLASSICAL)
def test_nothing_is_told_of_a_user_that_is_not_heard(name: str) -> None:
    llr = catalog.build(name).detect(replace(PROBLEM, h=_without_the_second())).llr

    assert float(llr[:, 1].abs().max()) < 1e-2
    assert torch.isfinite(llr).all()


@pytest.mark.parametrize("name", sorted({*CLASSICAL} - {"zf"}))  # which forces something to zero
def test_others_lose_nothing_to_a_user_that_is_not_heard(name: str) -> None:
    detector = catalog.build(name)

    llr = detector.detect(replace(PROBLEM, h=_without_the_second())).llr

    alone = detector.detect(replace(PROBLEM, h=PROBLEM.h[:, :, [0, 2]])).llr
    torch.testing.assert_close(llr[:, [0, 2]], alone, rtol=1e-3, atol=1e-3)


def _without_the_second() -> torch.Tensor:
    h = PROBLEM.h.clone()
    h[:, :, 1] = 0.0
    return h


@pytest.mark.parametrize("name", catalog.names())
def test_no_elements_give_no_beliefs(name: str) -> None:
    found = catalog.build(name).detect(PROBLEM.part(start=0, stop=0))

    assert found.llr.shape == (0, 3, 2)
