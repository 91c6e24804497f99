# SPDX-License-Identifier: Apache-2.0
"""The trade of networks: how far from perfect CSI for how many multiply-accumulates."""

from collections.abc import Sequence
from dataclasses import dataclass

from host.record import Record
from host.report.required import standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one network asks and gives.

    Parameters
    ----------
    receiver, device : str
    macs_per_slot : int
    gap_db : float [dB]
        SNR it needs at the target block error rate beyond what perfect CSI needs.
    low_db, high_db : float or None [dB]
        Ends of the 95 % interval of the gap.
    """

    receiver: str
    device: str
    macs_per_slot: int
    gap_db: float
    low_db: float | None
    high_db: float | None

    @property
    def known_ends_db(self) -> tuple[float, ...]:
        """Return the ends of the interval that are known, from none to both [dB]."""
        return tuple(end for end in (self.low_db, self.high_db) if end is not None)


def offers(records: Sequence[Record], *, scenario: str) -> tuple[Offer, ...]:
    """Return the networks of a scenario whose work and gap are known, the smallest first.

    A network that ran on several devices stands once, for the device that saw most code words.
    """
    macs = {
        (record.cell.receiver, record.cell.device): record.cost.macs_per_slot
        for record in records
        if record.cost is not None and record.cell.scenario == scenario
    }
    found: dict[str, Offer] = {}
    seen = sorted(
        standings(records, scenario=scenario),
        key=lambda standing: sum(point.n for point in standing.curve.points),
    )
    for standing in seen:
        curve, gap = standing.curve, standing.gap_to_perfect_csi
        macs_per_slot = macs.get((curve.receiver, curve.device))
        if macs_per_slot is not None and gap.value is not None:
            found[curve.receiver] = Offer(
                receiver=curve.receiver,
                device=curve.device,
                macs_per_slot=macs_per_slot,
                gap_db=gap.value,
                low_db=gap.low,
                high_db=gap.high,
            )
    return tuple(sorted(found.values(), key=lambda offer: offer.macs_per_slot))
