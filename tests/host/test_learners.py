# SPDX-License-Identifier: Apache-2.0
"""The tables of learners, as the document for users describes them."""

import json
import re
from pathlib import Path

from host.experiment import Experiment
from host.learners import LearnerTable
from host.provenance import ROOT

DOCUMENT = Path(ROOT / "docs" / "experiments.md")
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\| [^|]+ \|$", re.MULTILINE)
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
