# SPDX-License-Identifier: Apache-2.0
"""The file of a trial in flight: one line that says whose it is, and the state.

    airloop-state 1 TRIAL_ID SHA-256-OF-THE-REST
    the state, as `torch.save` writes it

It is read without unpickling anything but plain values and tensors: what stands in a file is data,
never code. The trial's name stands for the code, the settings and the libraries that wrote it.
"""

import hashlib
import io
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from host.errors import HostError
from host.journal import replace_file

if TYPE_CHECKING:
    from receivers.state import State

_FORMAT = "airloop-state 1"
_NO_STATE = (pickle.UnpicklingError, RuntimeError, ValueError, KeyError, TypeError, EOFError)


class StateError(HostError):
    """A file of state that cannot be gone on from; the trial begins anew."""

    def __init__(self, *, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}; left aside, the trial begins anew")
        self.path = path


def write(path: Path, state: "State", *, trial_id: str) -> None:
    """Write the state of a trial; the file is either the old one or the whole new one.

    Raises
    ------
    OSError
        It cannot be written.
    """
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getvalue()
    replace_file(path, _head(trial_id, content) + content)


def read(path: Path, *, trial_id: str) -> "State | None":
    """Read the state of a trial; None where there is no file.

    Raises
    ------
    StateError
        The file cannot be read, is damaged, or is another trial's.
    """
    import torch

    try:
        head, _, content = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(path=path, problem=f"it cannot be read ({error.strerror})") from None
    if head + b"\n" != _head(trial_id, content):
        raise StateError(path=path, problem="damaged, or of another trial")
    try:
        state = torch.load(io.BytesIO(content), weights_only=True)
    except _NO_STATE as error:
        raise StateError(path=path, problem=f"no state ({type(error).__name__})") from None
    if not isinstance(state, dict):
        raise StateError(path=path, problem=f"no state ({type(state).__name__})")
    return state


def _head(trial_id: str, content: bytes) -> bytes:
    return f"{_FORMAT} {trial_id} {hashlib.sha256(content).hexdigest()}\n".encode()
