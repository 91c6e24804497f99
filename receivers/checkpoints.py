# SPDX-License-Identifier: Apache-2.0
"""The file that a training goes on from: written whole, and refused where it is of another one."""

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from receivers.errors import ReceiverError
from receivers.weights_archive import DAMAGED

_SETTINGS = "settings"


def store(checkpoint: Path, kept: Mapping[str, object], *, settings: Mapping[str, object]) -> None:
    """Write what a training has come to: the file is either the old one or the whole new one."""
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    partial = checkpoint.with_suffix(f".{os.getpid()}.tmp")
    torch.save({**kept, _SETTINGS: dict(settings)}, partial)
    partial.replace(checkpoint)


def load(checkpoint: Path, *, settings: Mapping[str, object]) -> Mapping[str, Any] | None:
    """Return what `store` wrote; None if there is no file yet.

    Raises
    ------
    ReceiverError
        The file is damaged, or of a training with other settings.
    """
    if not checkpoint.exists():
        return None
    try:
        kept: Mapping[str, Any] = torch.load(checkpoint, weights_only=True)
        is_ours = kept[_SETTINGS] == settings
    except (*DAMAGED, pickle.UnpicklingError) as error:
        problem = f"{checkpoint} is no checkpoint, or damaged ({type(error).__name__})"
        raise ReceiverError(f"{problem}. Remove it, and the training begins anew") from None
    if not is_ours:
        raise ReceiverError(
            f"{checkpoint} belongs to a training with other settings. Remove it, or name another"
        )
    return kept
