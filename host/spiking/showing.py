# SPDX-License-Identifier: Apache-2.0
"""Recordings shown to a board: what it says and counts, beside its twin, and what that costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from boards.board import Board
from boards.image import Image
from host.board_cost import capacities, modelled_energy, modelled_latency
from host.device import Device
from host.inference import OperatorProfile
from host.spiking.deployment_record import RecordingCost
from host.spiking.preparing import Prepared
from host.windows import DeviceWindows, TwinWindows, WindowRun, mean_known, windows_on

OnProgress = Callable[[int, int], None]
"""Told how many recordings are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a board made of one recording.

    Parameters
    ----------
    run : WindowRun
    num_values, num_unequal : int
        Scores and tallies that were compared with the twin's, and those that differ.
    framed_bytes : int
        What went over the link.
    operators : tuple of OperatorProfile
        What each layer took, in another run that was profiled; empty without one.
    """

    run: WindowRun
    num_values: int
    num_unequal: int
    framed_bytes: int
    operators: tuple[OperatorProfile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What a board made of all recordings, and what one costs there."""

    shown: tuple[Shown, ...]
    cost: RecordingCost
    firmware_hash: str

    @property
    def num_unequal(self) -> int:
        """Return how many recordings have anything that was not the twin's."""
        return sum(one.num_unequal > 0 for one in self.shown)


def show(
    board: Board,
    device: Device,
    prepared: Prepared,
    *,
    profile: bool = False,
    on_progress: OnProgress | None = None,
) -> Showing:
    """Load a network onto a board, and show it the recordings.

    Parameters
    ----------
    board : Board
        The device's board.
    device : Device
        Open.
    prepared : Prepared
    profile : bool
        Show each recording once more to learn what each layer takes.
    on_progress : callable or None

    Raises
    ------
    SpikingError
        A recording has more events in a step than the image has room for.
    """
    windows, twin = windows_on(device, prepared.image), TwinWindows(prepared.image)
    num_recordings = prepared.counts.shape[1]
    shown: list[Shown] = []
    for i in range(num_recordings):
        counts = prepared.counts[:, i]
        before = device.statistics
        run = windows.run(counts)
        used = device.statistics - before
        told, expected = _values(run), _values(twin.run(counts))
        shown.append(
            Shown(
                run=run,
                num_values=len(told),
                num_unequal=int(np.count_nonzero(told != expected)),
                framed_bytes=used.bytes_sent + used.bytes_received,
                operators=_profile(windows, counts) if profile else (),
            )
        )
        if on_progress is not None:
            on_progress(i + 1, num_recordings)
    return Showing(
        shown=tuple(shown),
        cost=_cost(board, device, prepared.image, shown),
        firmware_hash=device.info.firmware_hash.hex(),
    )


def _profile(windows: DeviceWindows, counts: NDArray[np.uint8]) -> tuple[OperatorProfile, ...]:
    return windows.run(counts, profile=True).operators


def _values(run: WindowRun) -> NDArray[np.int64]:
    """Return scores and tallies of a window in one row."""
    tallies = [(one.events, one.spikes, one.saturations) for one in run.layers]
    return np.concatenate([run.scores.astype(np.int64), *tallies])


def _cost(board: Board, device: Device, image: Image, shown: Sequence[Shown]) -> RecordingCost:
    counted = [one.run.instructions for one in shown]
    mean = mean_known(counted)
    whole = None if mean is None else round(mean)
    ram_capacity_bytes, flash_capacity_bytes = capacities(board)
    return RecordingCost(
        synops=fmean(one.run.synops for one in shown),
        instructions=mean,
        most_instructions=None if mean is None else max(n for n in counted if n is not None),
        latency=modelled_latency(board, whole),
        energy=modelled_energy(board, whole),
        ram_bytes=device.info.agent_ram_bytes + device.info.arena_bytes,
        ram_capacity_bytes=ram_capacity_bytes,
        flash_bytes=device.info.agent_flash_bytes + len(image.data),
        flash_capacity_bytes=flash_capacity_bytes,
        framed_bytes=fmean(one.framed_bytes for one in shown),
    )
