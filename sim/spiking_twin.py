# SPDX-License-Identifier: Apache-2.0
"""The twin of a device with a spiking network: windows of events, with the firmware's own C."""

import ctypes
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from boards.image import Image
from sim.errors import TwinError
from sim.twin import OK, address, aligned, arena_bytes, library

_TALLY_FIELDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowResult:
    """What a network says after the steps of a window so far.

    Parameters
    ----------
    scores : int32 [num_classes]
    tallies : uint32 [num_operators, 3]
        Events, spikes and saturations of each operator.
    """

    scores: NDArray[np.int32]
    tallies: NDArray[np.uint32]


class SpikingTwin:
    """A spiking network that keeps its states, as a device does; one thread uses it at a time.

    Parameters
    ----------
    image : Image
    filling : int
        What every word of 32 bits of the arena holds before the first window: a device promises
        nothing.

    Raises
    ------
    TwinError
        If the firmware's validator refuses the image.
    """

    def __init__(self, image: Image, *, filling: int = 0) -> None:
        self.image = image
        self._library = _library()
        self._bytes = aligned(len(image.data))
        self._bytes[:] = np.frombuffer(image.data, np.uint8)
        status = self._library.twin_validate(address(self._bytes), self._bytes.size)
        if status != OK:
            raise TwinError(
                f"{image.source}: the firmware refuses it with status {status}; "
                "compile the network again"
            )
        self._arena = aligned(arena_bytes(self._bytes))
        words = self._arena[: self._arena.size // 4 * 4].view(np.uint32)
        words[:] = filling

    def run(self, data: bytes, *, num_steps: int, first_step: int = 0) -> None:
        """Run packed steps; step 0 begins a window.

        Parameters
        ----------
        data : bytes
            The steps as `snn.events.packing` packs them.
        num_steps, first_step : int
            A later step must be the next one.

        Raises
        ------
        TwinError
            The firmware refuses the events.
        """
        packed = np.frombuffer(data, np.uint8)
        status = self._library.twin_events(
            address(self._bytes), address(self._arena), first_step, num_steps,
            address(packed), packed.size,
        )  # fmt: skip
        if status != OK:
            raise TwinError(f"{self.image.source}: the events are refused with status {status}")

    def result(self) -> WindowResult:
        """Return scores and tallies of the steps so far."""
        scores = np.empty(self.image.output_shape[1], np.int32)
        tallies = np.empty((len(self.image.operators), _TALLY_FIELDS), np.uint32)
        self._library.twin_scores(
            address(self._bytes), address(self._arena), address(scores), address(tallies)
        )
        return WindowResult(scores=scores, tallies=tallies[:, :3].copy())


@cache
def _library() -> ctypes.CDLL:
    found = library()
    pointer, number = ctypes.c_void_p, ctypes.c_uint32
    found.twin_events.argtypes = (pointer, pointer, number, number, pointer, ctypes.c_size_t)
    found.twin_scores.argtypes = (pointer,) * 4
    found.twin_scores.restype = None
    return found
