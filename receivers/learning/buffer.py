# SPDX-License-Identifier: Apache-2.0
"""The rehearsal buffer: a sample of the frames of every channel met so far, within a byte budget.

A plain reservoir holds each channel in proportion to the time it lasted, and forgets the short
ones. Here channels (the stretches between two alarms of the gate) share the budget evenly, and
within each of them the frames are a uniform sample. A frame waits before it is kept: when an alarm
comes, those that wait may be of the new channel already, or broken, and are dropped.
"""

import numpy as np

from receivers.learning.frames import Frame, restored
from receivers.state import State, fields_of


class Buffer:
    """Class-balanced reservoir of frames; the classes are the channels, numbered as they come.

    Parameters
    ----------
    budget_bytes : int
        Upper limit of `num_bytes`; 0 keeps nothing.
    rng : numpy.random.Generator
    num_waiting : int
        Frames that wait before the oldest of them is kept.

    Source
    ------
    A. Chrysakis, M.-F. Moens, Online continual learning from imbalanced data, ICML 2020,
    algorithm 1; J. S. Vitter, Random sampling with a reservoir, ACM TOMS 11 (1), 1985.
    """

    def __init__(
        self, *, budget_bytes: int, rng: np.random.Generator, num_waiting: int = 0
    ) -> None:
        self.budget_bytes = budget_bytes
        self._rng = rng
        self._num_waiting = num_waiting
        self._waiting: list[Frame] = []
        self._kept: dict[int, list[Frame]] = {}
        self._num_seen: dict[int, int] = {}

    @property
    def num_bytes(self) -> int:
        """Return what the frames take, those that wait among them."""
        kept = (frame for frames in self._kept.values() for frame in frames)
        return sum(frame.num_bytes for frame in (*kept, *self._waiting))

    def num_frames(self, channel: int | None = None) -> int:
        """Return the frames kept of one channel, or of all."""
        if channel is not None:
            return len(self._kept.get(channel, []))
        return sum(len(frames) for frames in self._kept.values())

    def offer(self, frame: Frame, *, channel: int) -> None:
        """Offer one frame of the channel that is on the air; keep the one that waited longest."""
        if self.budget_bytes < frame.num_bytes * (self._num_waiting + 1):
            return
        self._waiting.append(frame)
        if len(self._waiting) > self._num_waiting:
            self._keep(self._waiting.pop(0), channel=channel)
        while self.num_bytes > self.budget_bytes and self._drop_one():
            pass

    def _drop_one(self) -> bool:
        """Drop a frame of the largest channel; return whether there was one."""
        largest = max(self._kept.values(), key=len, default=[])
        if largest:
            largest.pop(int(self._rng.integers(len(largest))))
        return bool(largest)

    def drop_waiting(self) -> None:
        """Drop the frames that wait."""
        self._waiting = []

    def _keep(self, frame: Frame, *, channel: int) -> None:
        own = self._kept.setdefault(channel, [])
        self._num_seen[channel] = self._num_seen.get(channel, 0) + 1
        if self._fits(frame):
            own.append(frame)
            return
        largest = max(self._kept.values(), key=len)
        if len(own) < len(largest):
            self._make_room(frame, among=largest)
        elif self._rng.random() < len(own) / self._num_seen[channel]:
            self._make_room(frame, among=own)
        if self._fits(frame):
            own.append(frame)

    def _fits(self, frame: Frame) -> bool:
        return self.num_bytes + frame.num_bytes <= self.budget_bytes

    def _make_room(self, frame: Frame, *, among: list[Frame]) -> None:
        """Drop frames at random until another one fits; frames may differ in size."""
        while among and not self._fits(frame):
            among.pop(int(self._rng.integers(len(among))))

    def sample(self, num_frames: int, *, without: int | None = None) -> list[Frame]:
        """Return frames drawn at random, with the channels equally likely, all but one.

        Returns fewer, or none, where fewer are kept; a frame is drawn at most once.
        """
        others = [frames for channel, frames in self._kept.items() if channel != without and frames]
        drawn: list[Frame] = []
        for i, frames in enumerate(others):
            share = (num_frames - len(drawn)) / (len(others) - i)
            num_own = min(len(frames), int(share + self._rng.random()))
            places = self._rng.choice(len(frames), size=num_own, replace=False)
            drawn += [frames[place] for place in places]
        return drawn

    def state(self) -> State:
        """Return the frames, channel by channel; the generator is its owner's to keep."""
        return {
            "channels": [
                {
                    "channel": channel,
                    "num_seen": self._num_seen[channel],
                    "frames": [fields_of(frame) for frame in frames],
                }
                for channel, frames in self._kept.items()
            ],
            "waiting": [fields_of(frame) for frame in self._waiting],
        }

    def restore(self, state: State) -> None:
        """Go on where another buffer was."""
        channels = state["channels"]
        self._kept = {c["channel"]: [restored(f) for f in c["frames"]] for c in channels}
        self._num_seen = {c["channel"]: c["num_seen"] for c in channels}
        self._waiting = [restored(frame) for frame in state["waiting"]]
