# SPDX-License-Identifier: Apache-2.0
"""The names of detectors, alone and as receivers of whole slots."""

import subprocess
import sys
from pathlib import Path

import pytest

from receivers import catalog as receivers
from receivers.errors import UnknownDetectorError, UnsuitedReceiverError
from receivers.mimo import catalog
from tests.sim.scenarios import scenario

ROOT = Path(__file__).parents[3]


def test_a_name_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(UnknownDetectorError) as caught:
        catalog.build("zff")

    assert str(caught.value) == (
        "no detector called 'zff'; there are: ep, gnn-sic, k-best, lmmse, lora-unfolded, map, "
        "max-log, mmse-sic, mmse-sic-soft, oamp-net, soft-sic, sphere, zf"
    )


def test_names_are_known_without_heavy_libraries() -> None:
    script = (
        "import sys\nfrom receivers.mimo import catalog\n"
        "print('torch' in sys.modules, len(catalog.names()))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert done.stdout.split() == ["False", "13"]


def test_detectors_of_slots_are_detectors() -> None:
    assert set(receivers.OF_SLOTS) <= set(catalog.names())


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
