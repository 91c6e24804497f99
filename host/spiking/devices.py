# SPDX-License-Identifier: Apache-2.0
"""A trained network in integers at each of its time steps: in the twin, and on boards."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from boards import catalog
from boards.board import Board
from boards.image import Image
from host.board_cost import modelled_energy, modelled_latency
from host.device import Device
from host.launcher import open_device
from host.spiking.experiment import Deployment
from host.spiking.record import Deployed, OnBoard
from host.windows import TwinWindows, WindowRun, mean_known, windows_on
from sim.estimate import ErrorRate
from snn.adaptation.adapt import adapt
from snn.adaptation.methods import Method
from snn.evaluation import evaluate
from snn.events import binning
from snn.events.event_set import EventSet
from snn.integer.image import compile_network
from snn.integer.network import WeightBits
from snn.integer.quantizing import quantize
from snn.network import SpikingNetwork

OnStart = Callable[[str], None]
NUM_CALIBRATED = 256
"""Recordings of the training that tell the ranges of integers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """What tells the ranges of integers, and what networks are judged by."""

    train: EventSet
    test: EventSet


@dataclass(frozen=True, slots=True, kw_only=True)
class InTwin:
    """A network in integers, and what the twin makes of each recording.

    Parameters
    ----------
    dt_us : int [us]
    method : Method
        That mapped the network to this time step.
    weight_bits : 8 or 4
    image : Image
    runs : tuple of WindowRun
        One for each recording.
    expected : int [num_recordings]
        What the network of real numbers tells.
    """

    dt_us: int
    method: Method
    weight_bits: WeightBits
    image: Image
    runs: tuple[WindowRun, ...]
    expected: NDArray[np.int64]


def deployed(
    network: SpikingNetwork,
    recordings: Recordings,
    deployment: Deployment,
    *,
    run_dt_us: Sequence[int],
    ports: Mapping[str, str],
    on_start: OnStart,
) -> tuple[Deployed, ...]:
    """Run a network in integers, by time step and by the bits of its weights.

    Parameters
    ----------
    network : SpikingNetwork
    recordings : Recordings
    deployment : Deployment
    run_dt_us : sequence of int [us]
        Beside the network's own.
    ports : mapping of str to str
        Where boards are that already run, by their name.
    on_start : callable
        Told where the network runs next, in a few words.

    Raises
    ------
    SpikingError
        The network has no counterpart at a time step, or none in integers.
    BoardError, ImageError, HostError
        A board is not there, is too small, or breaks off.
    """
    found: list[InTwin] = []
    for dt_us in sorted({network.dt_us, *run_dt_us}):
        on_start(f"twin, {dt_us / 1000:g} ms")
        found += in_twin(network, recordings, deployment, dt_us=dt_us)
    shown = spread(len(recordings.test), num_wanted=deployment.num_recordings)
    boards = [catalog.load(name) for name in deployment.boards]
    for board in boards:
        for one in found:
            one.image.check_fits(board)
    on_boards: list[list[OnBoard]] = [[] for _ in found]
    for board in boards:
        with open_device(board, port=ports.get(board.name)) as device:
            for one, told in zip(found, on_boards, strict=True):
                on_start(f"{board.name}, {one.dt_us / 1000:g} ms")
                told.append(on_board(board, device, one, recordings.test, shown=shown))
    labels = recordings.test.labels.astype(np.int64)
    return tuple(
        _record(one, labels, tuple(told)) for one, told in zip(found, on_boards, strict=True)
    )


def spread(num_in_all: int, /, *, num_wanted: int) -> list[int]:
    """Return at most so many indices, evenly over all and rising."""
    num_taken = min(num_wanted, num_in_all)
    return [i * num_in_all // num_taken for i in range(num_taken)]


def in_twin(
    network: SpikingNetwork, recordings: Recordings, deployment: Deployment, *, dt_us: int
) -> Iterator[InTwin]:
    """Yield the network at one time step, by the bits of its weights."""
    method = Method.NONE if dt_us == network.dt_us else deployment.method
    mapped = network if dt_us == network.dt_us else adapt(network, dt_us=dt_us, method=method)
    train = recordings.train.chosen(spread(len(recordings.train), num_wanted=NUM_CALIBRATED))
    seen, expected = binning.counts(train, dt_us=dt_us), evaluate(mapped, recordings.test).predicted
    busiest = binning.busiest_step(recordings.test, dt_us=dt_us)
    for bits in deployment.weight_bits:
        name = recordings.test.name
        integers = quantize(mapped, seen, weight_bits=bits, busiest=busiest, name=name)
        image = compile_network(integers)
        twin = TwinWindows(image)
        yield InTwin(
            dt_us=dt_us,
            method=method,
            weight_bits=bits,
            image=image,
            runs=tuple(
                twin.run(_counts(recordings.test, i, dt_us=dt_us)) for i in range(len(expected))
            ),
            expected=expected,
        )


def on_board(
    board: Board, device: Device, twin: InTwin, test: EventSet, *, shown: Sequence[int]
) -> OnBoard:
    """Load a network onto a board; return what that makes of some recordings, by their indices."""
    windows = windows_on(device, twin.image)
    runs = [windows.run(_counts(test, i, dt_us=twin.dt_us)) for i in shown]
    expected = [twin.runs[i] for i in shown]
    instructions = mean_known([run.instructions for run in runs])
    whole = None if instructions is None else round(instructions)
    return OnBoard(
        board=board.name,
        stands_for=board.stands_for,
        firmware_hash=device.info.firmware_hash.hex(),
        num_recordings=len(runs),
        num_unequal=sum(not _is_equal(a, b) for a, b in zip(runs, expected, strict=True)),
        synops=fmean(run.synops for run in runs),
        instructions=instructions,
        latency=modelled_latency(board, whole),
        energy=modelled_energy(board, whole).get(board.energy.profile or ""),
    )


def _record(twin: InTwin, labels: NDArray[np.int64], boards: tuple[OnBoard, ...]) -> Deployed:
    predicted = np.array([int(run.scores.argmax()) for run in twin.runs])
    num_right = int((predicted == labels).sum())
    low, high = ErrorRate(errors=num_right, n=len(labels)).interval()
    return Deployed(
        dt_us=twin.dt_us,
        method=twin.method,
        num_right=num_right,
        num_recordings=len(labels),
        low=low,
        high=high,
        synops_per_recording=fmean(run.synops for run in twin.runs),
        weight_bits=twin.weight_bits,
        num_unlike_float=int((predicted != twin.expected).sum()),
        saturations=sum(layer.saturations for run in twin.runs for layer in run.layers),
        image_bytes=len(twin.image.data),
        image_hash=twin.image.sha256.hex(),
        boards=boards,
    )


def _is_equal(one: WindowRun, other: WindowRun) -> bool:
    return bool((one.scores == other.scores).all()) and one.layers == other.layers


def _counts(events: EventSet, i_recording: int, *, dt_us: int) -> NDArray[np.uint8]:
    """Return uint8 [num_steps, num_channels] of one recording."""
    return binning.recording_counts(
        events.recording(i_recording),
        dt_us=dt_us,
        duration_us=events.duration_us,
        num_channels=events.num_channels,
    )
