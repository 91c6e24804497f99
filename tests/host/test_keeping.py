# SPDX-License-Identifier: Apache-2.0
"""When a state is copied and when it is saved, by a clock that the test turns."""

from pathlib import Path

import pytest

from host import keeping, state_file
from host.keeping import Keeper
from receivers.state import State


class Clock:
    """Stands in for `time`; `now_s` is what a test says."""

    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


class Trial:
    """Something whose state is the time of its copy; counts its copies."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self.num_copies = clock, 0

    def state(self) -> State:
        self.num_copies += 1
        return {"at_s": self._clock.now_s}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keeping, "time", clock)
    return clock


def keeper(path: Path | None, *, every_s: float) -> Keeper:
    return Keeper(path, trial_id="one", every_s=every_s, remark=lambda text: None)


def saved_at(path: Path) -> float | None:
    state = state_file.read(path, trial_id="one")
    return None if state is None else state["at_s"]


def test_copies_and_savings_keep_their_distance(clock: Clock, tmp_path: Path) -> None:
    path, trial = tmp_path / "one.state", Trial(clock)
    kept = keeper(path, every_s=30.0)
    savings: list[float | None] = []

    for _ in range(130):
        clock.now_s += 0.5
        kept.offer(trial.state)
        savings.append(saved_at(path))

    assert sorted({at for at in savings if at is not None}) == [130.0, 160.0]
    assert trial.num_copies == 13  # one each five of 65 seconds


def test_at_a_distance_of_zero_every_state_is_saved(clock: Clock, tmp_path: Path) -> None:
    path, trial = tmp_path / "one.state", Trial(clock)
    kept = keeper(path, every_s=0.0)

    for at_s in (100.0, 100.0, 100.25):
        clock.now_s = at_s
        kept.offer(trial.state)
        assert saved_at(path) == at_s

    assert trial.num_copies == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_an_end_from_outside_saves_the_last_copy(
    error: type[BaseException], clock: Clock, tmp_path: Path
) -> None:
    path, trial = tmp_path / "one.state", Trial(clock)
    kept = keeper(path, every_s=30.0)

    def end() -> None:
        with kept.guarding():
            for _ in range(14):
                clock.now_s += 1.0
                kept.offer(trial.state)
            raise error

    with pytest.raises(error):
        end()

    assert saved_at(path) == 110.0


def test_an_orderly_end_saves_nothing_more(clock: Clock, tmp_path: Path) -> None:
    path, trial = tmp_path / "one.state", Trial(clock)
    kept = keeper(path, every_s=30.0)

    with kept.guarding():
        clock.now_s += 10.0
        kept.offer(trial.state)

    assert trial.num_copies == 1
    assert saved_at(path) is None


def test_an_interruption_in_mid_copy_saves_the_copy_before(clock: Clock, tmp_path: Path) -> None:
    path, trial = tmp_path / "one.state", Trial(clock)
    kept = keeper(path, every_s=30.0)

    def torn() -> State:
        raise KeyboardInterrupt

    def end() -> None:
        with kept.guarding():
            for state in (trial.state, torn):
                clock.now_s += 5.0
                kept.offer(state)

    with pytest.raises(KeyboardInterrupt):
        end()

    assert saved_at(path) == 105.0


def test_without_a_file_no_copy_is_taken(clock: Clock) -> None:
    trial = Trial(clock)
    kept = keeper(None, every_s=0.0)

    kept.offer(trial.state)

    assert kept.read() is None
    assert trial.num_copies == 0
