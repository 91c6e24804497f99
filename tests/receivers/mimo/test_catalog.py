# SPDX-License-Identifier: Apache-2.0
"""The names of detectors, alone and as receivers of whole slots."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from receivers import catalog as receivers
from receivers.errors import UnknownDetectorError, UnsuitedReceiverError
from receivers.joined import OF_SLOTS
from receivers.mimo import catalog
from receivers.mimo.cancellation import Cancellation, MmseSic, SoftSic
from receivers.mimo.detector import Detector, Rule
from receivers.mimo.ep import ExpectationPropagation
from receivers.mimo.exhaustive import Exhaustive
from receivers.mimo.k_best import KBest
from receivers.mimo.linear import Filter, Linear
from receivers.mimo.sphere import Sphere
from tests.receivers.mimo.drawn import CLASSICAL, rayleigh
from tests.sim.scenarios import scenario

ROOT = Path(__file__).parents[3]


def test_a_name_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(UnknownDetectorError) as caught:
        catalog.build("zff")

    assert str(caught.value) == (
        "no detector called 'zff'; there are: ep, filtered-unfolded, gnn-sic, k-best, lmmse, "
        "lora-unfolded, map, max-log, mmse-sic, mmse-sic-soft, oamp-net, soft-sic, sphere, zf"
    )


def test_names_are_known_without_heavy_libraries() -> None:
    script = (
        "import sys\nfrom receivers.mimo import catalog\n"
        "print('torch' in sys.modules, len(catalog.names()))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert done.stdout.split() == ["False", "14"]


DOCUMENTED: Mapping[str, Detector] = {
    "zf": Linear(Filter.ZF),
    "lmmse": Linear(Filter.LMMSE),
    "mmse-sic": MmseSic(Cancellation.HARD),
    "mmse-sic-soft": MmseSic(Cancellation.SOFT),
    "soft-sic": SoftSic(num_iterations=5),
    "ep": ExpectationPropagation(num_iterations=10),
    "k-best": KBest(num_paths=64),
    "sphere": Sphere(),
    "map": Exhaustive(Rule.SUM),
    "max-log": Exhaustive(Rule.MAX),
}


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_name_is_what_the_documents_say(name: str) -> None:
    # Three users have more branches than K-best keeps, and at this SNR no two detectors agree.
    problem = rayleigh("16qam", num_rx_ant=3, num_tx=3, snr_db=8.0, num_elements=60).problem

    found = catalog.build(name).detect(problem)

    expected = DOCUMENTED[name].detect(problem)
    assert torch.equal(found.llr, expected.llr)
    for other, detector in DOCUMENTED.items():
        assert other == name or not torch.equal(detector.detect(problem).llr, found.llr)


def test_detectors_of_slots_are_detectors() -> None:
    assert set(OF_SLOTS) <= set(catalog.names())


@pytest.mark.parametrize(
    ("receiver", "antennas", "problem"),
    [
        ("ls-linear+k-best", {"num_rx_ant": 1, "num_tx": 2}, "1 antennas are too few for 2 users"),
        ("perfect-csi+map", {"num_rx_ant": 9, "num_tx": 9}, "send one of 262144 vectors"),
    ],
)
def test_a_scenario_that_a_detector_cannot_solve_is_refused_before_any_slot(
    receiver: str, antennas: dict[str, int], problem: str
) -> None:
    with pytest.raises(UnsuitedReceiverError, match=problem) as caught:
        receivers.build(receiver, scenario(antennas=antennas))

    assert str(caught.value).startswith(f"{receiver} cannot work in scenario test: ")
