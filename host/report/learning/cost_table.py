# SPDX-License-Identifier: Apache-2.0
"""What learning costs: work, bytes, and time on this machine, with the cadence that follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean, median

from channels.scenario import Scenario
from host.experiment import HOST
from host.record import Learning, Record
from host.report import quantity
from host.report.learning.contest import Entrant
from host.report.tables import Row, Table
from receivers.learning.delay_model import Cadence, Delays, cadence

_CLOCK = (
    "Times are those of the machine that ran the trials, which may have had other work too: they "
    "differ from run to run."
)
_DELAYS = (
    "What that machine could learn from follows from the delay model of Obeed and Jian, arXiv "
    "2602.20361, section V: detection and learning one after the other, all time for learning put "
    "on the mini-batches learned from, and decoding no slower than the slots come."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What one learner on one device cost, over all its trials of a scenario."""

    learner: Entrant
    slot_duration_s: float | None

    @property
    def learned(self) -> tuple[Learning, ...]:
        """Return what each trial learned."""
        return tuple(r.learning for r in self.learner.records if r.learning is not None)

    @property
    def num_slots(self) -> int:
        """Return the slots of all trials."""
        return sum(record.num_slots for record in self.learner.records)

    @property
    def num_minibatches(self) -> int:
        """Return the mini-batches on the air."""
        return sum(one.num_minibatches for one in self.learned)

    @property
    def num_learned(self) -> int:
        """Return the mini-batches that it learned from."""
        return sum(one.num_learned for one in self.learned)

    @property
    def num_updates(self) -> int:
        """Return how often the receiver changed."""
        return sum(one.num_updates for one in self.learned)

    @property
    def update_bytes(self) -> tuple[int, ...]:
        """Return what each update took on its way; empty where nothing travels."""
        return tuple(size for one in self.learned for size in one.update_bytes or ())

    @property
    def detection_s(self) -> float | None:
        """Return the time to detect a slot, the mean of the trials [s]."""
        times = [
            r.run.learning.detecting_s_per_slot for r in self.learner.records if r.run.learning
        ]
        return mean(times) if times else None

    @property
    def learning_s(self) -> float | None:
        """Return the time of the learner for a slot it was handed, the mean of the trials [s]."""
        runs = [record.run.learning for record in self.learner.records]
        times = [run.learning_s_per_slot for run in runs if run and run.learning_s_per_slot]
        return mean(times) if times else None

    @property
    def watching_s(self) -> float | None:
        """Return the time for a slot that was only watched, the mean of the trials [s]."""
        runs = [record.run.learning for record in self.learner.records]
        times = [run.watching_s_per_slot for run in runs if run and run.watching_s_per_slot]
        return mean(times) if times else None

    @property
    def sending_s(self) -> float | None:
        """Return the time an update occupied the link, the mean of the trials [s]."""
        runs = [record.run.learning for record in self.learner.records]
        times = [run.sending_s_per_update for run in runs if run and run.sending_s_per_update]
        return mean(times) if times else None

    @property
    def busy_s(self) -> float | None:
        """Return that time, all of it put on the slots that were learned from [s]."""
        if self.learning_s is None or not self.num_learned or self.watching_s is not None:
            return self.learning_s if self.num_learned else None
        settings = self.learner.settings
        taken = self.num_minibatches / (settings.cadence if settings else 1)
        return self.learning_s * taken / self.num_learned

    @property
    def cadence(self) -> Cadence | None:
        """Return which mini-batches this machine could learn from."""
        if not self.detection_s or self.busy_s is None or self.learner.device != HOST:
            return None
        arrival_s = self.slot_duration_s or 0.0
        delays = Delays(arrival_s=arrival_s, detection_s=self.detection_s, learning_s=self.busy_s)
        return cadence(delays)


def learning_cost_table(
    records: Sequence[Record], *, scenario: str, content: Scenario | None
) -> Table:
    """Tabulate what learning costs, a column a learner and device; no rows without one."""
    bills = _bills(records, scenario=scenario, content=content)
    rows = tuple(_row(what, bills, tell) for what, tell in _TOLD.items())
    energies = dict.fromkeys(
        profile for bill in bills for r in bill.learner.records for profile in r.energy
    )
    rows += tuple(
        _row(f"energy of a slot, {profile} [µJ]", bills, partial(_energy, profile=profile))
        for profile in energies
    )
    rows += tuple(
        _row(
            f"energy of an update, {profile} [µJ]", bills, partial(_update_energy, profile=profile)
        )
        for profile in energies
    )
    told = tuple(row for row in rows if any(cell != quantity.ABSENT for cell in row[1:]))
    return Table(
        caption="What learning costs",
        head=("", *(bill.learner.label for bill in bills)),
        rows=told if bills else (),
        note=f"{_CLOCK} {_DELAYS}" if bills else "",
    )


def _bills(
    records: Sequence[Record], *, scenario: str, content: Scenario | None
) -> tuple[Bill, ...]:
    found: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        cell = record.cell
        if cell.scenario == scenario and record.learning is not None:
            found.setdefault((cell.receiver, cell.device), []).append(record)
    duration_s = content.grid.slot_duration_s if content else None
    return tuple(
        Bill(learner=Entrant(records=tuple(some)), slot_duration_s=duration_s)
        for some in found.values()
    )


def _row(what: str, bills: Sequence[Bill], tell: Callable[[Bill], str]) -> Row:
    return (what, *(tell(bill) for bill in bills))


def _minibatches(bill: Bill) -> str:
    settings = bill.learner.settings
    return quantity.ABSENT if settings is None else f"{settings.minibatch_slots} slots"


def _share(bill: Bill) -> str:
    taken, learned = bill.num_minibatches, bill.num_learned
    if not taken:
        return quantity.ABSENT
    share = quantity.percent(learned / taken)
    return f"{quantity.count(learned)} of {quantity.count(taken)} ({share})"


def _bytes(bill: Bill) -> str:
    sizes = bill.update_bytes
    if not sizes:
        return quantity.ABSENT
    told = (round(median(sizes)), max(sizes), sum(sizes))
    return " / ".join(quantity.count(size) for size in told)


def _slots_under_way(bill: Bill) -> str:
    counts = [count for one in bill.learned for count in one.update_slots or ()]
    if not counts:
        return quantity.ABSENT
    return f"{quantity.count(round(median(counts)))} / {quantity.count(max(counts))}"


def _milliseconds(value_s: float | None) -> str:
    return quantity.ABSENT if value_s is None else quantity.number(1e3 * value_s)


def _z(bill: Bill) -> str:
    """Write Z: how many detections of a slot learning from a whole mini-batch takes."""
    settings = bill.learner.settings
    if settings is None or bill.cadence is None or not (bill.busy_s and bill.detection_s):
        return quantity.ABSENT
    return quantity.number(settings.minibatch_slots * bill.busy_s / bill.detection_s)


def _cadence(bill: Bill) -> str:
    found = bill.cadence
    if found is None:
        return quantity.ABSENT
    every = "every one" if found.every == 1 else f"one in {found.every}"
    return f"{every} (case {found.case}: {quantity.number(found.num_minibatches)})"


def _instructions(bill: Bill) -> str:
    costs = [record.cost.instructions_per_slot for record in bill.learner.records if record.cost]
    known = [cost for cost in costs if cost is not None]
    return quantity.count(max(known) if known else None)


def _update_instructions(bill: Bill) -> str:
    known = [one.update_instructions for one in bill.learned if one.update_instructions is not None]
    return quantity.count(max(known) if known else None)


def _energy(bill: Bill, *, profile: str) -> str:
    bands = [record.energy.get(profile) for record in bill.learner.records]
    return quantity.band(bands[0] if bands else None, factor=1e6)


def _update_energy(bill: Bill, *, profile: str) -> str:
    """Write what a device that learns by itself spends on an update, at the energy a slot takes."""
    for record in bill.learner.records:
        taken = record.learning.update_instructions if record.learning else None
        per_slot = record.cost.instructions_per_slot if record.cost else None
        energy = record.cost.energy.get(profile) if record.cost else None
        if taken is not None and per_slot and energy is not None:
            return quantity.band(energy, factor=1e6 * taken / per_slot)
    return quantity.ABSENT


_TOLD: Mapping[str, Callable[[Bill], str]] = {
    "trials": lambda bill: quantity.count(len(bill.learned)),
    "mini-batch": _minibatches,
    "mini-batches learned from": _share,
    "updates of the receiver": lambda bill: quantity.count(bill.num_updates),
    "updates in 1000 slots": lambda bill: quantity.number(1e3 * bill.num_updates / bill.num_slots),
    "bytes of an update: median / largest / all": _bytes,
    "slots detected while an update travels: median / most": _slots_under_way,
    "rehearsal buffer [KiB]": lambda bill: quantity.kibibytes(
        max(one.buffer_bytes for one in bill.learned)
    ),
    "slots left out": lambda bill: quantity.count(
        sum(one.num_screened_slots for one in bill.learned)
    ),
    "pilots left out of other slots": lambda bill: quantity.count(
        sum(one.num_excluded_pilots for one in bill.learned)
    ),
    "time to detect a slot, this machine [ms]": lambda bill: _milliseconds(bill.detection_s),
    "time to watch a slot, this machine [ms]": lambda bill: _milliseconds(bill.watching_s),
    "time to learn from a slot, this machine [ms]": lambda bill: _milliseconds(bill.busy_s),
    "time to send an update, this machine [ms]": lambda bill: _milliseconds(bill.sending_s),
    "a mini-batch learned, in detections of a slot": _z,
    "a slot lasts [ms]": lambda bill: _milliseconds(bill.slot_duration_s),
    "this machine could learn from": _cadence,
    "instructions of a slot, on the device": _instructions,
    "instructions of an update, on the device": _update_instructions,
}
