# SPDX-License-Identifier: Apache-2.0
"""From a Keras model to a graph: TensorFlow makes a float32 `.tflite` model of it, in a process."""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from boards import keras_conversion, tflite
from boards.errors import GraphError
from boards.graph import Graph

_TIMEOUT_S = 600.0
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


def load(path: Path) -> Graph:
    """Read a `.keras` file as TensorFlow's converter understands it, batch size 1.

    Raises
    ------
    GraphError
        TensorFlow is not installed, the file cannot be read, or its network not be imported.
    """
    if find_spec("tensorflow") is None:
        raise GraphError(
            f"{path}: TensorFlow, which reads it, is missing. "
            "Try: .venv/bin/pip install -c constraints.txt -e '.[tensorflow]'"
        )
    if not path.is_file():
        raise GraphError(f"{path}: cannot be read (no such file)")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{path.stem}.tflite"
        _convert(path, target=target)
        return tflite.load(target)


def _convert(path: Path, *, target: Path) -> None:
    command = [sys.executable, "-P", keras_conversion.__file__, str(path), str(target)]
    try:
        ended = subprocess.run(
            command,
            env={**os.environ, **_QUIET},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GraphError(f"{path}: TensorFlow did not convert it in {_TIMEOUT_S:.0f} s") from None
    if ended.returncode == keras_conversion.USER_ERROR:
        raise GraphError(f"{path}: {_last_line(ended.stdout)}")
    if ended.returncode != 0 or not target.exists():
        raise GraphError(
            f"{path}: TensorFlow cannot convert it, exit code {ended.returncode} "
            f"({_last_line(ended.stderr)})"
        )


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no word")
