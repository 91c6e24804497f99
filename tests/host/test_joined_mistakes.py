# SPDX-License-Identifier: Apache-2.0
"""What is wrong with detectors in an experiment is told before anything runs."""

import json
import shutil
from pathlib import Path

import pytest

from host.errors import ExperimentError
from receivers.mimo.deep.weights_file import shipped
from tests.host.joined_campaign import EXPERIMENT, SCENARIO, trials


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            'receiver = "ls-linear+k-best"',
            "is no detector that learns; there are: ls-linear+filtered",
        ),
        ('receiver = "perfect-csi+gnn-sic"', "is no detector that learns"),
        ('receiver = "neural-s"', "is no detector that learns"),
        (
            'receiver = "lmmse+gnn-sic"\ntrained = "channel-factors"',
            "gnn-sic has no channel factors",
        ),
        ('receiver = "lmmse+gnn-sic"\ngate = "open"', "learners.keen.gate: there is no such key"),
    ],
)
def test_a_mistake_in_the_table_is_told_in_words(tmp_path: Path, table: str, problem: str) -> None:
    text = f'name = "users"\nscenarios = ["users.toml"]\n[learners.keen]\n{table}\n'

    with pytest.raises(ExperimentError) as caught:
        trials(tmp_path, text=text)

    assert problem in str(caught.value)
    assert "learners.keen" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"overlapping"', '"comb"', 'set link.dmrs.learning_sharing = "overlapping"'),
        ('"additional"', '"standard"', 'its link.dmrs.kind is "standard"'),
        ("num_bits_per_symbol = 2", "num_bits_per_symbol = 6", "has no weights for 64qam"),
    ],
)
def test_a_scenario_that_cannot_teach_it_is_refused(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    scenario = SCENARIO.replace(old, new)
    if "standard" in new:
        scenario = scenario.replace("num_learning = 32\n", "").replace(
            'learning_sharing = "overlapping"\n', ""
        )
    text = json.dumps("ls-linear+gnn-sic")
    text = f'name = "users"\nscenarios = ["users.toml"]\n[learners.keen]\nreceiver = {text}\n'

    with pytest.raises(ExperimentError) as caught:
        trials(tmp_path, text=text, scenario=scenario)

    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("ls-linear+nowhere.npz", "nowhere.npz: "),
        ("ls-linear+gnn-sic.npz", "another receiver is called 'ls-linear+gnn-sic' already"),
    ],
)
def test_a_file_that_is_no_detector_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    shutil.copy(shipped("gnn-sic")["qpsk"], tmp_path / "gnn-sic.npz")
    text = f'name = "users"\nscenarios = ["users.toml"]\nreceivers = ["{name}"]\n'

    with pytest.raises(ExperimentError) as caught:
        trials(tmp_path, text=text)

    assert "receivers.0" in str(caught.value)
    assert problem in str(caught.value)


def test_more_users_than_devices_detect_are_refused(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("num_rx_ant = 4, num_tx = 2", "num_rx_ant = 16, num_tx = 16")
    text = 'name = "users"\nscenarios = ["users.toml"]\nreceivers = ["ls-linear+lmmse"]\n'

    assert trials(tmp_path / "host", text=text, scenario=scenario)
    with pytest.raises(ExperimentError, match=r"receivers\.0: devices take .* and 8 users"):
        trials(tmp_path / "twin", text=text + 'devices = ["twin"]\n', scenario=scenario)


def test_a_probe_that_the_estimate_is_not_made_for_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wide.toml").write_text(SCENARIO.replace("num_rx_ant = 4", "num_rx_ant = 8"))
    probe = '[probe]\nscenarios = ["wide.toml"]\nevery_slots = 16\nnum_slots = 8\n'
    text = EXPERIMENT.replace("[stop]", f"{probe}[stop]")

    with pytest.raises(ExperimentError, match=r"probe\.scenarios: wide has another \[antennas\]"):
        trials(tmp_path, text=text)
