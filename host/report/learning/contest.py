# SPDX-License-Identifier: Apache-2.0
"""Who a learner is judged against, on the same slots: its own frozen network, and a genie."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from host.experiment import Metric
from host.learners import Policy
from host.record import Record
from host.report.block_counts import of_record
from host.report.curves import Curve


@dataclass(frozen=True, kw_only=True)
class Entrant:
    """One receiver of a contest, with its seeds in order.

    Parameters
    ----------
    records : tuple of Record
        Of one scenario, receiver, device and SNR.
    """

    records: tuple[Record, ...]

    @property
    def name(self) -> str:
        """Return the receiver."""
        return self.records[0].cell.receiver

    @property
    def label(self) -> str:
        """Return the name in tables: the receiver, and the device where that is not the host."""
        cell = self.records[0].cell
        return Curve(
            scenario=cell.scenario, receiver=cell.receiver, device=cell.device, points=()
        ).label

    @property
    def device(self) -> str:
        """Return where it ran."""
        return self.records[0].cell.device

    @property
    def settings(self) -> Policy | None:
        """Return its policy; None for a receiver that does not learn."""
        return self.records[0].cell.learner

    @property
    def weights_hash(self) -> str | None:
        """Return the hash of the weights it begins with; None for no network."""
        return self.records[0].provenance.weights_hash

    @property
    def is_genie(self) -> bool:
        """Return whether it learns from the truth."""
        return self.settings is not None and self.settings.labels == "truth"

    @cached_property
    def bit_errors(self) -> Mapping[int, NDArray[np.int64]]:
        """Return the wrong bits of each block, int64 [num_blocks], by seed."""
        found: dict[int, NDArray[np.int64]] = {}
        for record in self.records:
            size = record.course.slots_per_block if record.course else 0
            counted = of_record(record, Metric.BER, slots_per_block=size)
            if counted is not None:
                found[record.cell.seed] = counted.errors[0]
        return found


@dataclass(frozen=True, kw_only=True)
class Contest:
    """All receivers of one scenario at one SNR, of which at least one learns.

    Parameters
    ----------
    scenario : str
    snr_db : float [dB]
    entrants : tuple of Entrant
        In the order of the records.
    """

    scenario: str
    snr_db: float
    entrants: tuple[Entrant, ...]

    @property
    def learners(self) -> tuple[Entrant, ...]:
        """Return those that learn, genies too."""
        return tuple(entrant for entrant in self.entrants if entrant.settings is not None)

    @property
    def num_slots(self) -> int:
        """Return the slots that every learner saw."""
        return min(r.num_slots for entrant in self.learners for r in entrant.records)

    def frozen(self, learner: Entrant) -> Entrant | None:
        """Return the network that a learner began with, where it ran unchanged beside it."""
        return self._kin(learner, (e for e in self.entrants if e.settings is None))

    def genie(self, learner: Entrant) -> Entrant | None:
        """Return the genie that began with the same network on the same device."""
        return self._kin(learner, (e for e in self.learners if e.is_genie))

    @staticmethod
    def _kin(learner: Entrant, others: Iterable[Entrant]) -> Entrant | None:
        kin = (learner.device, learner.weights_hash)
        return next(
            (o for o in others if o.weights_hash and (o.device, o.weights_hash) == kin), None
        )


def contests(records: Sequence[Record], *, scenario: str) -> tuple[Contest, ...]:
    """Return the contests of one scenario, in order of SNR; empty where nobody learns."""
    places: dict[float, dict[tuple[str, str], list[Record]]] = {}
    for record in records:
        cell = record.cell
        if cell.scenario == scenario:
            at_snr = places.setdefault(cell.snr_db, {})
            at_snr.setdefault((cell.receiver, cell.device), []).append(record)
    found = (
        Contest(
            scenario=scenario,
            snr_db=snr_db,
            entrants=tuple(
                Entrant(records=tuple(sorted(seeds, key=lambda r: r.cell.seed)))
                for seeds in places[snr_db].values()
            ),
        )
        for snr_db in sorted(places)
    )
    return tuple(contest for contest in found if contest.learners)


def middle(found: Sequence[Contest]) -> Contest:
    """Return the contest at the SNR in the middle of the grid."""
    return found[len(found) // 2]
