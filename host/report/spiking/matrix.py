# SPDX-License-Identifier: Apache-2.0
"""Accuracies by network, time step trained at, time step run at, and method."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from host.spiking.record import Accuracy, SpikingRecord, Told
from snn.adaptation.methods import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What networks that differ in seed or held-out group reached at one place of the matrix.

    Parameters
    ----------
    found : tuple of Accuracy
        One for each network, at least one.
    """

    found: tuple[Accuracy, ...]

    @property
    def mean(self) -> float:
        """Return the mean share of recordings that were told right."""
        return fmean(one.share for one in self.found)

    @property
    def ends(self) -> tuple[float, float]:
        """Return the lowest and highest share; of one network the ends of its 95 % interval."""
        return ends_of(self.found)

    @property
    def synops(self) -> float:
        """Return the mean number of weights added for a recording."""
        return fmean(one.synops_per_recording for one in self.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The networks of one kind that were trained at one time step.

    Parameters
    ----------
    network : str
        What they are called.
    train_dt_us : int [us]
    records : tuple of SpikingRecord
        One for each seed and held-out group.
    """

    network: str
    train_dt_us: int
    records: tuple[SpikingRecord, ...]

    @property
    def title(self) -> str:
        """Return what these networks are called in captions."""
        return f"{self.network}, trained at {milliseconds(self.train_dt_us)}"

    @property
    def methods(self) -> tuple[Method, ...]:
        """Return the methods, in the order of the experiment."""
        return tuple(
            dict.fromkeys(method for dt_us, method in self._asked if dt_us != self.train_dt_us)
        )

    @property
    def run_dt_us(self) -> tuple[int, ...]:
        """Return the time steps that they ran at, or were to, their own among them, rising."""
        return tuple(sorted({dt_us for dt_us, _ in self._asked}))

    @property
    def reason(self) -> str:
        """Return why a network has no counterpart somewhere, of the first; empty if all have."""
        return next((one.reason for record in self.records for one in record.refused), "")

    @property
    def _asked(self) -> tuple[tuple[int, Method], ...]:
        found = [(a.dt_us, a.method) for record in self.records for a in record.accuracies]
        return (*found, *((r.dt_us, r.method) for record in self.records for r in record.refused))

    def at(self, dt_us: int, method: Method) -> Shares | None:
        """Return what those that can be mapped reached at a time step [us].

        At their own all methods are one.
        """
        is_own = dt_us == self.train_dt_us
        found = tuple(
            one
            for record in self.records
            for one in record.accuracies
            if one.dt_us == dt_us and (is_own or one.method is method)
        )
        return Shares(found=found) if found else None


def trained(records: Iterable[SpikingRecord]) -> tuple[Trained, ...]:
    """Return the networks by kind and time step, in the order of the records."""
    by_place: dict[tuple[str, int], list[SpikingRecord]] = {}
    for record in records:
        place = record.cell.network, record.cell.train_dt_us
        by_place.setdefault(place, []).append(record)
    return tuple(
        Trained(network=network, train_dt_us=dt_us, records=tuple(found))
        for (network, dt_us), found in by_place.items()
    )


def ends_of(found: Sequence[Told]) -> tuple[float, float]:
    """Return the lowest and highest share; of one network the ends of its 95 % interval."""
    if len(found) == 1:
        return found[0].low, found[0].high
    shares = [one.share for one in found]
    return min(shares), max(shares)


def milliseconds(dt_us: int) -> str:
    """Return a time step [us] as text."""
    return f"{dt_us / 1000:g} ms"


def held_out(records: Sequence[SpikingRecord]) -> tuple[str, ...]:
    """Return the groups that were held out, in the order of the records."""
    return tuple(dict.fromkeys(r.cell.held_out for r in records if r.cell.held_out))
