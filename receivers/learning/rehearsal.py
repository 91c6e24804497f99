# SPDX-License-Identifier: Apache-2.0
"""What earlier channels looked like: frames of each are kept, and learned again on later ones."""

from channels.randomness import generator
from receivers.learning.buffer import Buffer
from receivers.learning.frames import pack, unpack
from receivers.learning.masking import MaskedView, masked
from receivers.learning.settings import LearnerSettings
from receivers.state import Kept
from sim.slot import Observation

_KEEP_EVERY, _NUM_WAITING = 2, 8  # mini-batches between two frames, and frames before one is kept


class Rehearsal(Kept):
    """Numbers the channels, and keeps frames of each.

    Parameters
    ----------
    settings : LearnerSettings
        Without a gate there is one channel, which is earlier and present at once.

    Attributes
    ----------
    channel : int
        The present one; 0 is the first.
    """

    fixed = ("_settings",)

    def __init__(self, settings: LearnerSettings) -> None:
        self._settings = settings
        self.channel = self._num_channels = self._num_heard = 0
        self._rng = generator(seed=settings.seed, stream="learner", index=0)
        self._buffer = Buffer(
            budget_bytes=settings.buffer_bytes, rng=self._rng, num_waiting=_NUM_WAITING
        )

    @property
    def num_bytes(self) -> int:
        """Return the bytes of the frames that are kept."""
        return self._buffer.num_bytes

    def begin_channel(self) -> None:
        """Take what comes for a channel that was never there."""
        self._num_channels += 1
        self.return_to(self._num_channels)

    def return_to(self, channel: int) -> None:
        """Take what comes for a channel that was there; what waits is of neither for sure."""
        self.channel = channel
        self._buffer.drop_waiting()

    def views(self, observation: Observation, num_slots: int) -> list[MaskedView]:
        """Return at most one view: frames of earlier channels, on the grid of an observation."""
        has_gate = self._settings.gate != "open"
        frames = self._buffer.sample(num_slots, without=self.channel if has_gate else None)
        if not frames:
            return []
        earlier = unpack(
            frames, grid=observation.grid, num_bits_per_symbol=observation.num_bits_per_symbol
        )
        return [masked(earlier, share=self._settings.hidden_share, rng=self._rng)]

    def keep(self, observation: Observation) -> None:
        """Offer one slot of every other mini-batch to the buffer."""
        self._num_heard += 1
        if not self._settings.buffer_bytes or self._num_heard % _KEEP_EVERY:
            return
        i_slot = int(self._rng.integers(observation.num_slots))
        self._buffer.offer(pack(observation, i_slot=i_slot), channel=self.channel)
