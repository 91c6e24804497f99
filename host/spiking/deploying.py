# SPDX-License-Identifier: Apache-2.0
"""Puts the record of a spiking deployment together, and shows the same recordings to others."""

from collections.abc import Iterator, Sequence
from functools import partial
from statistics import fmean

import numpy as np

from boards.board import Board
from boards.image import Image
from boards.layout import OperatorRecord
from boards.parameters import Spiking
from host.deployment_record import Arena
from host.elsewhere import Attempt, on_each
from host.experiment import TWIN
from host.record import Agreement, Hardware
from host.spiking.deployment_record import (
    Data,
    LayerCost,
    Origin,
    Part,
    ShownRecording,
    SpikingDeploymentRecord,
    SpikingElsewhere,
)
from host.spiking.preparing import SEED, Prepared
from host.spiking.showing import Showing, Shown, show
from host.windows import mean_known
from snn.events.event_set import EventSet

READOUT = "read-out"


def spiking_record(
    board: Board,
    prepared: Prepared,
    showing: Showing,
    *,
    origin: Origin,
    splits: tuple[str | None, str | None],
) -> SpikingDeploymentRecord:
    """Return the record of one network on one board, without others.

    Parameters
    ----------
    board : Board
    prepared : Prepared
    showing : Showing
        Of this network on this board, with profiles.
    origin : Origin
    splits : two of (str or None)
        Of the set: what the network was quantized with, and what the board was shown.
    """
    image, parts = prepared.image, prepared.parts
    return SpikingDeploymentRecord(
        network=image.name,
        origin=origin,
        board=board.name,
        core=board.cpu.core,
        dt_us=prepared.integers.dt_us,
        weight_bits=prepared.integers.layers[0].weight_bits,
        duration_us=prepared.duration_us,
        data=Data(
            name=parts.shown.name,
            quantized_with=_part(parts.quantized_with, splits[0]),
            shown=_part(parts.shown, splits[1]),
            seed=SEED,
        ),
        recordings=tuple(_recordings(prepared, showing)),
        cost=showing.cost,
        layers=tuple(_layers(image, showing.shown)),
        hardware=_hardware(board, image, showing),
        arena=Arena(
            image_bytes=len(image.data),
            activation_bytes=image.header.scratch_offset,
            arena_bytes=image.arena_bytes(board.body),
        ),
    )


def elsewhere(boards: Sequence[Board], prepared: Prepared) -> Iterator[SpikingElsewhere]:
    """Show the recordings to each of some boards, and yield what they cost there.

    A board that the network does not fit, or that does not come up, says so.
    """
    return map(_told, on_each(boards, prepared.image, partial(show, prepared=prepared)))


def _told(attempt: Attempt[Showing]) -> SpikingElsewhere:
    found = attempt.found
    return SpikingElsewhere(
        board=attempt.board.name,
        core=attempt.board.cpu.core,
        cost=found.cost if found else None,
        num_unequal=found.num_unequal if found else None,
        problem=attempt.problem,
    )


def _part(events: EventSet, split: str | None) -> Part:
    return Part(split=split, num_recordings=len(events), digest=events.digest())


def _hardware(board: Board, image: Image, showing: Showing) -> Hardware:
    return Hardware(
        board=board.name,
        stands_for=board.stands_for,
        firmware_hash=showing.firmware_hash,
        image_hash=image.sha256.hex(),
        agreement=Agreement(
            reference=TWIN,
            num_slots=len(showing.shown),
            num_values=sum(one.num_values for one in showing.shown),
            num_unequal=sum(one.num_unequal for one in showing.shown),
        ),
    )


def _recordings(prepared: Prepared, showing: Showing) -> Iterator[ShownRecording]:
    names, by_float = prepared.parts.shown.class_names, prepared.by_float
    num_events = prepared.counts.sum(axis=(0, 2), dtype=np.int64)
    for i, one in enumerate(showing.shown):
        label = int(by_float.labels[i])
        yield ShownRecording(
            label=None if label < 0 else _name(names, label),
            told=_name(names, int(one.run.scores.argmax())),
            told_by_float=_name(names, int(by_float.predicted[i])),
            events=int(num_events[i]),
            synops=one.run.synops,
            instructions=one.run.instructions,
            num_unequal=one.num_unequal,
        )


def _name(names: tuple[str, ...], index: int) -> str:
    return names[index] if index < len(names) else f"class {index}"


def _layers(image: Image, shown: Sequence[Shown]) -> Iterator[LayerCost]:
    operators = image.operators
    for i, operator in enumerate(operators):
        uses = [one.run.layers[i] for one in shown]
        profiles = [one.operators[i].instructions for one in shown if one.operators]
        num_inputs, num_outputs = _sizes(operator)
        yield LayerCost(
            name=READOUT if i == len(operators) - 1 else f"layer {i + 1}",
            kind=operator.kind.name,
            num_inputs=num_inputs,
            num_outputs=num_outputs,
            weight_bits=operator.weight_bits,
            events=fmean(one.events for one in uses),
            spikes=fmean(one.spikes for one in uses),
            synops=fmean(one.synops for one in uses),
            saturations=sum(one.saturations for one in uses),
            instructions=mean_known(profiles),
        )


def _sizes(operator: OperatorRecord) -> tuple[int, int]:
    parameters = operator.parameters
    if not isinstance(parameters, Spiking):
        raise TypeError(f"{operator.kind.name} is no operator of a spiking network")
    return parameters.num_in, parameters.num_out
