# SPDX-License-Identifier: Apache-2.0
"""Checkpoints. Truth: what was stored, and the words of what is refused."""

from pathlib import Path

import pytest
import torch

from receivers import checkpoints
from receivers.errors import ReceiverError

SETTINGS = {"seed": 1, "scenarios": ["awgn"]}


def test_what_was_stored_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "new" / "a.checkpoint"
    assert checkpoints.load(file, settings=SETTINGS) is None

    checkpoints.store(file, {"step": 7, "weights": torch.ones(3)}, settings=SETTINGS)

    kept = checkpoints.load(file, settings=SETTINGS)
    assert kept is not None
    assert kept["step"] == 7
    assert torch.equal(kept["weights"], torch.ones(3))
    assert [path.name for path in file.parent.iterdir()] == ["a.checkpoint"]


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.checkpoint"
    checkpoints.store(file, {"step": 7}, settings=SETTINGS)

    with pytest.raises(ReceiverError, match="belongs to a training with other settings"):
        checkpoints.load(file, settings={**SETTINGS, "seed": 2})


@pytest.mark.parametrize("content", [b"", b"nothing", "half"], ids=["empty", "foreign", "cut off"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, content: bytes | str) -> None:
    file = tmp_path / "a.checkpoint"
    checkpoints.store(file, {"step": 7, "weights": torch.ones(300)}, settings=SETTINGS)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)

    with pytest.raises(ReceiverError, match="no checkpoint, or damaged"):
        checkpoints.load(file, settings=SETTINGS)
