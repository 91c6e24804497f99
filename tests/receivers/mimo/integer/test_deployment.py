# SPDX-License-Identifier: Apache-2.0
"""What goes onto devices: which detectors, in batches of what size."""

import pytest

from receivers import interpolation
from receivers.joined import ON_DEVICES, WITH_CHANNEL_FACTORS
from receivers.ls import LeastSquares
from receivers.mimo.deep.kinds import build
from receivers.mimo.deep.lora_unfolded import LoraUnfolded
from receivers.mimo.deep.trained import fresh_copy
from receivers.mimo.deep.weights_file import KINDS
from receivers.mimo.integer.compilers import COMPILERS
from receivers.mimo.integer.deployment import Workshop, batch_size
from sim.modulation import Modulation
from tests.receivers.mimo.deep.teaching import teaching


@pytest.mark.parametrize(
    ("num_elements", "expected"),
    [(1, 24), (8, 8), (24, 24), (160, 20), (256, 16), (768, 24), (1009, 24), (2 * 1009, 24)],
)
def test_a_slot_is_whole_batches_where_devices_keep_enough_of_one(
    num_elements: int, expected: int
) -> None:
    assert batch_size(num_elements) == expected


def test_the_names_of_what_runs_on_devices_are_those_that_can_be_compiled() -> None:
    assert {*ON_DEVICES} == {*COMPILERS}


def test_the_names_of_what_has_channel_factors_are_those_of_unfolded_networks() -> None:
    unfolded = {kind for kind in KINDS if isinstance(build(kind, Modulation.QPSK), LoraUnfolded)}
    assert {*WITH_CHANNEL_FACTORS} == unfolded


@pytest.mark.parametrize(
    ("detector", "other"), [("gnn-sic", "lora-unfolded"), ("lora-unfolded", "gnn-sic")]
)
def test_a_network_of_another_kind_is_refused(detector: str, other: str) -> None:
    workshop = Workshop(detector, teaching(), LeastSquares(interpolation.linear))

    with pytest.raises(TypeError, match="this compiles"):
        workshop.deployed(fresh_copy(other, Modulation.QAM16))
