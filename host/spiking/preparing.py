# SPDX-License-Identifier: Apache-2.0
"""A spiking network made ready for boards: recordings are drawn, and integers made with some."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boards.image import Image
from channels.randomness import generator
from host.spiking.devices import NUM_CALIBRATED, spread
from snn.errors import DataError, SpikingError
from snn.evaluation import Evaluation, evaluate
from snn.events.binning import counts
from snn.events.event_set import EventSet
from snn.integer.image import compile_network
from snn.integer.network import IntegerNetwork, WeightBits
from snn.integer.quantizing import quantize
from snn.network import SpikingNetwork

SEED = 1
"""Of the draw of recordings that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Recordings that the network is quantized with, and others that a board is shown."""

    quantized_with: EventSet
    shown: EventSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A network and what a board will be shown.

    Parameters
    ----------
    parts : Parts
    by_float : Evaluation
        What the float network makes of the recordings that the board is shown.
    integers : IntegerNetwork
    image : Image
    counts : uint8 [num_steps, num_recordings, num_inputs]
        Events of the recordings that the board is shown.
    """

    parts: Parts
    by_float: Evaluation
    integers: IntegerNetwork
    image: Image
    counts: NDArray[np.uint8]

    @property
    def duration_us(self) -> int:
        """Return how long the window of a recording is [us]."""
        return len(self.counts) * self.integers.dt_us


def drawn(training: EventSet, test: EventSet, *, num_shown: int) -> Parts:
    """Take recordings of two splits: some to quantize with, and `num_shown` or all to show.

    Those to quantize with are the ones that experiments take, spread over all; those to show are
    drawn by chance, always the same.

    Raises
    ------
    DataError
        A split has none.
    """
    for one in (training, test):
        if len(one) == 0:
            raise DataError(f"{one.name}: there are no recordings in it; name another split")
    return Parts(
        quantized_with=_spread(training),
        shown=test.chosen(np.sort(_order(test)[:num_shown])),
    )


def divided(events: EventSet, *, num_shown: int) -> Parts:
    """Draw recordings to show, at most half of a set, and quantize with others of it.

    Raises
    ------
    DataError
        There are fewer than two.
    """
    if len(events) < 2:
        raise DataError(
            f"{events.name} holds {len(events)} recordings: some are shown to the board, others "
            "quantize the network. Name a set of two or more"
        )
    order = _order(events)
    num_shown = min(num_shown, len(events) // 2)
    return Parts(
        quantized_with=_spread(events.chosen(np.sort(order[num_shown:]))),
        shown=events.chosen(np.sort(order[:num_shown])),
    )


def prepare(
    network: SpikingNetwork, parts: Parts, *, weight_bits: WeightBits, name: str
) -> Prepared:
    """Quantize and compile a network at its time step.

    Raises
    ------
    SpikingError
        The recordings have other channels or more classes than the network, or it is beyond what
        devices compute.
    """
    shown = parts.shown
    if len(shown.class_names) > network.settings.num_classes:
        raise SpikingError(
            f"{shown.name} has {len(shown.class_names)} classes, and the network tells "
            f"{network.settings.num_classes} apart. Deploy it with what it was trained for"
        )
    by_float = evaluate(network, shown)
    seen = counts(parts.quantized_with, dt_us=network.dt_us)
    of_shown = counts(shown, dt_us=network.dt_us)
    busiest = int(of_shown.sum(axis=2, dtype=np.int64).max(initial=0))
    integers = quantize(network, seen, weight_bits=weight_bits, busiest=busiest, name=name)
    return Prepared(
        parts=parts,
        by_float=by_float,
        integers=integers,
        image=compile_network(integers),
        counts=of_shown,
    )


def _spread(events: EventSet) -> EventSet:
    return events.chosen(spread(len(events), num_wanted=NUM_CALIBRATED))


def _order(events: EventSet) -> NDArray[np.int64]:
    """Return the indices of all recordings in an order of chance, always the same."""
    rng = generator(seed=SEED, stream="recordings", index=0)
    return rng.permutation(len(events)).astype(np.int64)
