# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/continual-learning.md, run as they stand there."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from receivers.learning.adaptive import AdaptiveReceiver
from receivers.learning.gate import Gate
from receivers.receiver import Learner

PAGE = Path(__file__).parents[3] / "docs" / "continual-learning.md"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """Return all names that the page's code leaves, one block behind the other."""
    names: dict[str, Any] = {}
    for block in BLOCK.findall(PAGE.read_text()):
        exec(block, names)  # noqa: S102  # our own page
    return names


def test_the_gate_opens_when_losses_double_and_goes_on_where_another_was(
    made: dict[str, Any],
) -> None:
    gate: Gate = made["Doubled"]()
    assert not any(gate.drifted(1.0) for _ in range(100))
    other: Gate = made["Doubled"]()
    other.restore(gate.state())

    heard = [other.drifted(3.0) for _ in range(40)]

    assert heard.index(True) == 10  # 1 + 2 (1 - (15/16)^n) > 2 from n = 11 on


def test_the_learner_learns_and_can_be_kept(made: dict[str, Any]) -> None:
    receiver: AdaptiveReceiver = made["receiver"]
    assert receiver.history.num_learned == 4
    assert made["llr"].shape[:2] == (8, 1)
    learner: Learner = made["Descent"](made["network"], rate=1e-3)

    learner.restore(receiver.state()["_learner"])

    assert learner.history.num_learned == 4
    moved, shipped = learner.state()["network"], made["network"].state_dict()
    assert not np.allclose(moved["head.weight"], shipped["head.weight"])
