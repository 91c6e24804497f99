# SPDX-License-Identifier: Apache-2.0
"""The tables of learners, as the document for users describes them."""

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from host.experiment import Experiment
from host.learners import DetectorLearnerTable, LearnerTable
from host.provenance import ROOT

DOCUMENT = Path(ROOT / "docs" / "experiments.md")
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\| [^|]+ \|$", re.MULTILINE)
OF_DETECTORS = re.compile(r"## Detectors of several users\n(.*?)\n## ", re.DOTALL)
SECTION = re.compile(r"## Receivers that learn\n(.*?)\n## ", re.DOTALL)


def section() -> str:
    found = SECTION.search(DOCUMENT.read_text())
    assert found is not None
    return found[1]


def test_every_setting_is_described_with_its_default() -> None:
    described = {key: value.strip().strip("`") for key, value in ROW.findall(section())}

    defaults = {
        name: "" if field.is_required() else field.default
        for name, field in LearnerTable.model_fields.items()
    }
    assert described.keys() == defaults.keys()
    for key, default in defaults.items():
        assert (json.loads(described[key]) if described[key] else "") == default, key


def test_the_example_of_an_experiment_with_learners_is_one() -> None:
    found = re.search(r"```toml\n(.*?)```", section(), re.DOTALL)
    assert found is not None

    head = 'name = "shown"\nscenarios = ["delay-step"]\n'
    tail = "[stop]\nmax_slots = 9_600\nblock_size = 80\n"
    experiment = Experiment.parse(head + found[1] + tail, file="docs/experiments.md")

    assert [*experiment.learners] == ["adaptive", "no-rehearsal", "genie"]
    assert experiment.probe is not None


def test_every_setting_of_a_detector_is_described_with_its_default() -> None:
    found = OF_DETECTORS.search(DOCUMENT.read_text())
    assert found is not None

    described = {key: value.strip().strip("`") for key, value in ROW.findall(found[1])}

    fields = DetectorLearnerTable.model_fields
    assert described.keys() == fields.keys()
    for key, field in fields.items():
        default = "" if field.is_required() else field.default
        assert (json.loads(described[key]) if described[key] else "") == default, key


def test_the_example_of_a_detector_that_learns_is_one() -> None:
    found = OF_DETECTORS.search(DOCUMENT.read_text())
    assert found is not None
    shown = re.search(r"```toml\n(.*?)```", found[1], re.DOTALL)
    assert shown is not None

    head = 'name = "shown"\nscenarios = ["uplink-4x8"]\n'
    experiment = Experiment.parse(head + shown[1], file="docs/experiments.md")

    assert isinstance(experiment.learners["adapting"], DetectorLearnerTable)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"freeze_below": 0.2}, 'freeze_below: of no use with trained = "all"; leave it out'),
        ({"buffer_bytes": 0, "rehearsed_slots": 2}, "rehearsed_slots: of no use with buffer_by"),
        ({"gate": "open", "num_snapshots": 3}, 'num_snapshots: of no use with gate = "open"'),
        ({"labels": "truth", "num_views": 2}, 'num_views: of no use with labels = "truth"'),
        ({"design": "on-device", "gate": "glr"}, 'gate: of no use with design = "on-device"'),
        ({"device_rate": 0.1}, 'device_rate: of no use with design = "parallel"'),
    ],
)
def test_a_setting_that_something_else_leaves_without_a_use_is_refused(
    settings: dict[str, object], problem: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(problem)):
        LearnerTable.model_validate({"network": "neural-s", **settings})


def test_none_of_what_would_have_no_use_is_no_mistake() -> None:
    LearnerTable.model_validate({"network": "neural-s", "gate": "open", "num_snapshots": 0})
