# SPDX-License-Identifier: Apache-2.0
"""What networks did in integers, by time step and bits of weights, on twin and boards."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from host.record import Band
from host.report.spiking.matrix import Trained, ends_of, milliseconds
from host.spiking.record import Deployed, OnBoard, SpikingRecord
from snn.integer.network import WeightBits


@dataclass(frozen=True, slots=True, kw_only=True)
class InIntegers:
    """Networks of one kind in integers at one time step.

    Parameters
    ----------
    dt_us : int [us]
    weight_bits : 8 or 4
    found : tuple of Deployed
        One for each network, at least one.
    losses : tuple of float
        The share of recordings that each network of real numbers told right, less that of the
        integers; empty where the records do not hold the former.
    """

    dt_us: int
    weight_bits: WeightBits
    found: tuple[Deployed, ...]
    losses: tuple[float, ...]

    @property
    def place(self) -> str:
        """Return time step and bits as text."""
        return f"{milliseconds(self.dt_us)}, int{self.weight_bits}"

    @property
    def mean(self) -> float:
        """Return the mean share of recordings that were told right."""
        return fmean(one.share for one in self.found)

    @property
    def ends(self) -> tuple[float, float]:
        """Return the lowest and highest share; of one network the ends of its 95 % interval."""
        return ends_of(self.found)

    def on(self, board: str) -> "OnOneBoard | None":
        """Return what a board made of the networks; None if it ran none of them."""
        found = tuple(b for one in self.found for b in one.boards if b.board == board)
        return OnOneBoard(found=found) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOneBoard:
    """The same networks on one board, one entry each; figures are means of a recording."""

    found: tuple[OnBoard, ...]

    @property
    def num_recordings(self) -> int:
        """Return how many recordings the board was given."""
        return sum(one.num_recordings for one in self.found)

    @property
    def num_unequal(self) -> int:
        """Return how many of them differed from the twin."""
        return sum(one.num_unequal for one in self.found)

    @property
    def instructions(self) -> float | None:
        """Return the instructions; None where they were not counted."""
        counted = [one.instructions for one in self.found if one.instructions is not None]
        return fmean(counted) if len(counted) == len(self.found) else None

    @property
    def instructions_per_synop(self) -> float | None:
        """Return the instructions of a synaptic operation, with all that neurons take."""
        synops = fmean(one.synops for one in self.found)
        return None if self.instructions is None or not synops else self.instructions / synops

    @property
    def latency(self) -> Band | None:
        """Return the modelled time [s]."""
        return _mean(one.latency for one in self.found)

    @property
    def energy(self) -> Band | None:
        """Return the modelled energy [J]."""
        return _mean(one.energy for one in self.found)


def in_integers(one: Trained) -> tuple[InIntegers, ...]:
    """Return what networks of one kind did in integers, in the order of the records."""
    places: dict[tuple[int, WeightBits], None] = {}
    for record in one.records:
        places |= {(found.dt_us, found.weight_bits): None for found in record.deployed}
    return tuple(_at(one, dt_us, bits) for dt_us, bits in places)


def boards(one: Trained) -> tuple[str, ...]:
    """Return the boards that ran networks of one kind, in the order of the records."""
    found = (b.board for record in one.records for d in record.deployed for b in d.boards)
    return tuple(dict.fromkeys(found))


def _at(one: Trained, dt_us: int, bits: WeightBits) -> InIntegers:
    pairs = [
        (record, d)
        for record in one.records
        for d in record.deployed
        if (d.dt_us, d.weight_bits) == (dt_us, bits)
    ]
    losses = [_loss(record, d) for record, d in pairs]
    return InIntegers(
        dt_us=dt_us,
        weight_bits=bits,
        found=tuple(d for _, d in pairs),
        losses=tuple(loss for loss in losses if loss is not None),
    )


def _loss(record: SpikingRecord, deployed: Deployed) -> float | None:
    place = deployed.dt_us, deployed.method
    shares = [a.share for a in record.accuracies if (a.dt_us, a.method) == place]
    return shares[0] - deployed.share if shares else None


def _mean(bands: Iterable[Band | None]) -> Band | None:
    known = [band for band in bands if band is not None]
    if not known:
        return None
    return Band(
        value=fmean(band.value for band in known),
        low=fmean(band.low for band in known),
        high=fmean(band.high for band in known),
        unit=known[0].unit,
        method=known[0].method,
    )
