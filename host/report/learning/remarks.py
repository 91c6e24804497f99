# SPDX-License-Identifier: Apache-2.0
"""What happened to the learners of a scenario, in words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from host.record import Record
from host.report import quantity
from receivers.learning.event_kind import EventKind

_SAID: Mapping[EventKind, tuple[str, str]] = {
    "rolled back": ("went back to trusted weights once", "went back to trusted weights {} times"),
    "vetoed": ("vetoed {} update", "vetoed {} updates"),
    "recalled": ("recalled earlier weights once", "recalled earlier weights {} times"),
}


def learner_remarks(records: Sequence[Record], *, scenario: str) -> tuple[str, ...]:
    """Return a sentence for each learner that undid, refused or passed over something.

    Counts are over all trials of the learner on a device: every SNR and seed.
    """
    found: dict[str, list[Record]] = {}
    for record in records:
        if record.cell.scenario == scenario and record.learning is not None:
            cell = record.cell
            name = cell.receiver if cell.device == "host" else f"{cell.receiver} on {cell.device}"
            found.setdefault(name, []).append(record)
    said = ((name, len(some), list(_deeds(some))) for name, some in found.items())
    return tuple(
        f"{name} {_listed(deeds)}{f' in {number} trials' if number > 1 else ''}."
        for name, number, deeds in said
        if deeds
    )


def _deeds(records: Sequence[Record]) -> Iterator[str]:
    learned = [record.learning for record in records if record.learning is not None]
    counts = Counter(event.kind for one in learned for event in one.events)
    for kind, (once, often) in _SAID.items():
        if counts[kind]:
            yield (once if counts[kind] == 1 else often).format(quantity.count(counts[kind]))
    screened = sum(one.num_screened_slots for one in learned)
    if screened:
        slots = "slot" if screened == 1 else "slots"
        yield f"left out {quantity.count(screened)} {slots} whose pilots could not be true"
    if not any(one.num_updates for one in learned):
        yield "never changed the receiver"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
