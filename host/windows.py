# SPDX-License-Identifier: Apache-2.0
"""Windows of events on a device or its twin: streamed in pieces, scores and counts back.

`snn.integer.image.compile_network` makes the image. What a window costs in seconds and joules on
the chip that a board stands for is modelled by `boards.cost` from its instructions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from boards.image import Image
from boards.parameters import Spiking
from host import running, transfer
from host.device import Device
from host.inference import OperatorProfile
from host.session import Session
from host.wire import MessageType, RunFlag
from host.wire_spikes import TALLY_ENTRY, Events, EventsAnswer, Tally, TallyAnswer
from sim.spiking_twin import SpikingTwin
from snn.errors import SpikingError
from snn.events.packing import Piece, pack, pieces

MAX_PIECE_STEPS = 256
"""So that no request keeps a slow board busy for long."""
_SLOWEST_DENSE_MACS_PER_S = 2.5e7  # events add a small share of the weights


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerUse:
    """What one layer, or the read-out, did in a window.

    Parameters
    ----------
    events : int
        Rows of weights that were added: events that came in, and recurrent spikes.
    spikes : int
        That went out.
    saturations : int
        Values that a limit changed; 0 in a network that fits its data.
    synops : int
        Weights that were added, one for each target of each event.
    """

    events: int
    spikes: int
    saturations: int
    synops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRun:
    """What a network says of a window, and what it took.

    Parameters
    ----------
    scores : int32 [num_classes]
    layers : tuple of LayerUse
        The read-out last.
    ticks : int or None
        Of the device's counter; None of the twin.
    instructions : int or None
        Instructions executed, without the link; None where they are not counted.
    operators : tuple of OperatorProfile
        What each layer took in all of the window; nothing unless that was asked for.
    """

    scores: NDArray[np.int32]
    layers: tuple[LayerUse, ...]
    ticks: int | None = None
    instructions: int | None = None
    operators: tuple[OperatorProfile, ...] = ()

    @property
    def synops(self) -> int:
        """Return the synaptic operations of all layers."""
        return sum(layer.synops for layer in self.layers)


def windows_on(device: Device, image: Image) -> "DeviceWindows":
    """Load a spiking network onto a device, and return what runs windows of events through it."""
    device.load(image)
    return DeviceWindows(device.session, image, instructions_of=device.instructions_of)


class DeviceWindows:
    """Streams windows to a device; `windows_on` makes one.

    Parameters
    ----------
    session : Session
        The open conversation with a device that has the image in force.
    image : Image
        Of a spiking network.
    instructions_of : callable
        What so many ticks are worth.

    Raises
    ------
    SpikingError
        If the network is none of spiking neurons.
    """

    def __init__(
        self, session: Session, image: Image, *, instructions_of: Callable[[int], int | None]
    ) -> None:
        self.image = image
        self._session, self._instructions_of = session, instructions_of
        self._ends = _ends(image)
        work_s = image.macs * MAX_PIECE_STEPS / _SLOWEST_DENSE_MACS_PER_S
        session.conversation.expect_other_work(MessageType.EVENTS, work_s=work_s)

    def run(
        self, counts: NDArray[np.uint8], *, max_bytes: int | None = None, profile: bool = False
    ) -> WindowRun:
        """Run one window.

        Parameters
        ----------
        counts : uint8 [num_steps, num_inputs]
            Events of each bin of the network's time step.
        max_bytes : int or None
            Longest events of a frame [bytes]; None takes the longest frames of the device.
        profile : bool
            Tell what each operator took; the run itself takes a little longer.

        Raises
        ------
        SpikingError
            The events are not such as the network takes.
        DeviceStatusError
            The device refuses them.
        """
        steps = _packed(self._ends, counts)
        room = self._session.info.max_payload - Events.LAYOUT.size
        size = room if max_bytes is None else min(room, max_bytes)
        ticks, scores = 0, b""
        profiles: list[tuple[OperatorProfile, ...]] = []
        for piece in pieces(steps, max_bytes=size, max_steps=MAX_PIECE_STEPS):
            answer = self.send(piece, profile=profile)
            ticks += answer.ticks
            scores = transfer.output_of(self._session, answer)
            if profile:
                profiles.append(running.profiled(self._session, self._instructions_of))
        return WindowRun(
            scores=np.frombuffer(scores, "<i4").astype(np.int32),
            layers=_uses(self.image, self.tallies()),
            ticks=ticks,
            instructions=self._instructions_of(ticks),
            operators=tuple(_together(parts) for parts in zip(*profiles, strict=True)),
        )

    def send(self, piece: Piece, *, profile: bool = False) -> EventsAnswer:
        """Run the next piece of a window, or the first one of another; scores come with it.

        Raises
        ------
        DeviceStatusError
            The device refuses it: another piece is due, or its events cannot be. The window goes on
            from where it was.
        """
        request = Events(
            first_step=piece.first_step,
            num_steps=piece.num_steps,
            flags=RunFlag.PROFILE if profile else RunFlag(0),
            data=piece.data,
        )
        answer = self._session.ask(MessageType.EVENTS, request, EventsAnswer)
        if answer.next_step != piece.first_step + piece.num_steps:
            raise self._session.nonsense(MessageType.EVENTS, f"step {answer.next_step}")
        return answer

    def tallies(self) -> tuple[tuple[int, int, int], ...]:
        """Return (events, spikes, saturations) of each operator in the window so far."""
        entries: list[tuple[int, int, int]] = []
        while True:
            request = Tally(first_operator=len(entries))
            answer = self._session.ask(MessageType.TALLY, request, TallyAnswer)
            if not answer.data or len(answer.data) % TALLY_ENTRY.size:
                problem = f"{len(answer.data)} bytes of counts"
                raise self._session.nonsense(MessageType.TALLY, problem)
            entries += answer.entries
            if len(entries) >= answer.num_operators:
                break
        if len(entries) != len(self.image.operators):
            raise self._session.nonsense(MessageType.TALLY, f"{len(entries)} operators")
        return tuple(entries)


class TwinWindows:
    """Runs windows in the twin, bit for bit as a device; one thread uses it at a time.

    Parameters
    ----------
    image : Image
        Of a spiking network.

    Raises
    ------
    SpikingError
        If the network is none of spiking neurons.
    TwinError
        If the firmware refuses the image.
    """

    def __init__(self, image: Image) -> None:
        self.image = image
        self._ends, self._twin = _ends(image), SpikingTwin(image)

    def run(self, counts: NDArray[np.uint8]) -> WindowRun:
        """Run one window; see `DeviceWindows.run`."""
        steps = _packed(self._ends, counts)
        self._twin.run(b"".join(steps), num_steps=len(steps))
        result = self._twin.result()
        return WindowRun(scores=result.scores, layers=_uses(self.image, result.tallies.tolist()))


def mean_known(values: Sequence[int | None]) -> float | None:
    """Return the mean of what was counted; None where any of it was not, or there is nothing."""
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None


def _ends(image: Image) -> tuple[Spiking, Spiking]:
    """Return the parameters of the first layer and of the read-out."""
    first, last = image.operators[0].parameters, image.operators[-1].parameters
    if not isinstance(first, Spiking) or not isinstance(last, Spiking):
        raise SpikingError(
            f"{image.source} has no spiking neurons: run it with Device.run, or compile a "
            "spiking network"
        )
    return first, last


def _packed(ends: tuple[Spiking, Spiking], counts: NDArray[np.uint8]) -> tuple[bytes, ...]:
    """Return each step packed.

    Raises
    ------
    SpikingError
        If a device would refuse it.
    """
    first, last = ends
    if counts.ndim != 2 or counts.shape[1] != first.num_in:
        raise SpikingError(
            f"counts of shape {counts.shape}: the network takes [num_steps, {first.num_in}]"
        )
    if not 1 <= len(counts) <= last.max_steps:
        raise SpikingError(
            f"a window of {len(counts)} steps: the network takes 1 to {last.max_steps}"
        )
    most = counts.sum(axis=1, dtype=np.int64)
    if most.max() > first.max_events:
        raise SpikingError(
            f"step {int(most.argmax())} has {int(most.max())} events, the image has room for "
            f"{first.max_events}: quantize the network with recordings as busy as this one"
        )
    return pack(counts)


def _together(parts: Sequence[OperatorProfile]) -> OperatorProfile:
    """Return what one operator took in all pieces of a window."""
    told = [one.instructions for one in parts if one.instructions is not None]
    return OperatorProfile(
        kind=parts[0].kind,
        ticks=sum(one.ticks for one in parts),
        instructions=sum(told) if len(told) == len(parts) else None,
    )


def _uses(image: Image, tallies: Sequence[Sequence[int]]) -> tuple[LayerUse, ...]:
    return tuple(
        LayerUse(
            events=events,
            spikes=spikes,
            saturations=saturations,
            synops=events * _fan_out(operator.parameters),
        )
        for operator, (events, spikes, saturations) in zip(image.operators, tallies, strict=True)
    )


def _fan_out(parameters: object) -> int:
    return parameters.num_out if isinstance(parameters, Spiking) else 0
