# SPDX-License-Identifier: Apache-2.0
"""The file of a trial in flight: back as it went in, or not at all, and never run."""

import os
import pickle
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from host import state_file
from host.state_file import StateError

NAME = "a" * 64
STATE = {
    "count": 2**64 - 1,
    "least": float("inf"),
    "nothing": None,
    "leaves": bytes(range(256)),
    "parts": [{"mask": torch.tensor([True, False])}, ("text", 0.1)],
    "weights": torch.arange(6.0).reshape(2, 3).t(),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "unfinished" / "one.state"
    state_file.write(path, STATE, trial_id=NAME)
    return path


def test_a_state_comes_back_as_it_went(path: Path) -> None:
    back = state_file.read(path, trial_id=NAME)

    assert back is not None
    assert {k: v for k, v in back.items() if k not in {"parts", "weights"}} == {
        k: v for k, v in STATE.items() if k not in {"parts", "weights"}
    }
    assert back["parts"][0]["mask"].tolist() == [True, False]
    assert back["parts"][1] == ("text", 0.1)
    assert torch.equal(back["weights"], torch.tensor([[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]))
    assert back["weights"].stride() == (1, 3)


def test_no_file_is_no_state(tmp_path: Path) -> None:
    assert state_file.read(tmp_path / "none.state", trial_id=NAME) is None


def test_the_state_of_another_trial_is_refused(path: Path) -> None:
    with pytest.raises(StateError, match=r"one\.state: damaged, or of another trial"):
        state_file.read(path, trial_id="b" * 64)


@given(place=st.floats(0.0, 1.0, exclude_max=True), mask=st.integers(1, 255))
def test_any_damaged_byte_is_found(place: float, mask: int, tmp_path_factory: object) -> None:
    assert isinstance(tmp_path_factory, pytest.TempPathFactory)
    path = tmp_path_factory.mktemp("damaged") / "one.state"
    state_file.write(path, STATE, trial_id=NAME)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= mask
    path.write_bytes(content)

    with pytest.raises(StateError):
        state_file.read(path, trial_id=NAME)


@pytest.mark.parametrize("num_bytes", [0, 1, 100, 1000, -1], ids=str)
def test_a_torn_file_is_found(path: Path, num_bytes: int) -> None:
    path.write_bytes(path.read_bytes()[:num_bytes])

    with pytest.raises(StateError):
        state_file.read(path, trial_id=NAME)


def test_a_file_that_would_run_something_runs_nothing(tmp_path: Path) -> None:
    """A pickle with a whole head; what it asks for would leave a trace."""

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (os.mkdir, (str(tmp_path / "trace"),))

    path = tmp_path / "one.state"
    state_file.write(path, STATE, trial_id=NAME)
    for content in (pickle.dumps(Trap(), protocol=2), saved(Trap(), tmp_path)):
        head = state_file.__dict__["_head"](NAME, content)
        path.write_bytes(head + content)

        with pytest.raises(StateError, match="no state"):
            state_file.read(path, trial_id=NAME)

    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("other", [[1, 2], torch.zeros(2), "text"], ids=["list", "tensor", "text"])
def test_what_is_no_mapping_is_no_state(other: object, tmp_path: Path) -> None:
    path, content = tmp_path / "one.state", saved(other, tmp_path)
    path.write_bytes(state_file.__dict__["_head"](NAME, content) + content)

    with pytest.raises(StateError, match="no state"):
        state_file.read(path, trial_id=NAME)


def test_a_folder_in_its_place_is_said_and_not_fatal(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be read"):
        state_file.read(tmp_path, trial_id=NAME)


def saved(value: object, folder: Path) -> bytes:
    """Return what `torch.save` writes of a value."""
    torch.save(value, folder / "saved")
    return (folder / "saved").read_bytes()
