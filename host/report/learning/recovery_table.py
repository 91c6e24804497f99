# SPDX-License-Identifier: Apache-2.0
"""The tables of recovery after steps of the channel."""

from collections.abc import Sequence

from channels.scenario import Scenario
from host.report import quantity
from host.report.learning.contest import Contest
from host.report.learning.paired_blocks import METHOD
from host.report.learning.recovery import SMALLEST_GAP, TARGETS, Recovery, recoveries
from host.report.required import Estimate
from host.report.stretches import Stretch, stretches
from host.report.tables import Row, Table

_MEANING = (
    "Share of the gap in log10 BER between frozen network and genie that a learner closes: its own "
    "distance from the frozen network over the last quarter of so many slots, by that of the genie "
    "over the last quarter of the whole stretch, which is the gap. Slots to a share are told to a "
    "block."
)


def recovery_tables(found: Sequence[Contest], content: Scenario | None) -> tuple[Table, ...]:
    """Tabulate how far and how soon each learner recovers, a table a step.

    Parameters
    ----------
    found : sequence of Contest
        Of one scenario.
    content : Scenario or None
        The scenario itself; without it nothing is known of its steps, and there is no table.
    """
    if not found:
        return ()
    num_slots = min(contest.num_slots for contest in found)
    parts = stretches(content, num_slots=num_slots)
    tables = (_table(found, step) for step in parts[1:])
    return tuple(table for table in tables if table.rows)


def _table(found: Sequence[Contest], step: Stretch) -> Table:
    each = [(contest, recoveries(contest, step)) for contest in found]
    after = next((one.after for _, some in each for one in some), ())
    several = len(found) > 1
    rows = tuple(
        (*((f"{contest.snr_db:g}",) if several else ()), *_row(one, some[0]))
        for contest, some in each
        for one in some
    )
    first = next((one.learner.label for _, some in each for one in some), "")
    head = (
        *(("SNR [dB]",) if several else ()),
        "learner",
        "gap [log10]",
        *(f"after {quantity.count(slots)} [%]" for slots in after),
        *(f"slots to {quantity.percent(target)}" for target in TARGETS),
        f"{quantity.percent(TARGETS[0])}: times {first}'s",
    )
    where = f"slot {quantity.count(step.first_slot)}, {step.cause}"
    return Table(
        caption=f"Recovery after {where}: share of the gap that is closed",
        head=head,
        rows=rows,
        note=_note(rows, [one for _, some in each for one in some]),
    )


def _row(one: Recovery, first: Recovery) -> Row:
    return (
        one.learner.label,
        quantity.decibel(one.gap_decades),
        *(_percent(share) for share in one.closed),
        *(_slots(reached) for reached in one.reached),
        _factor(one, first),
    )


def _percent(share: Estimate) -> str:
    if share.value is None:
        return quantity.ABSENT
    if share.low is None or share.high is None:
        return f"{100 * share.value:.0f}"
    value, low, high = (f"{100 * x:.0f}" for x in (share.value, share.low, share.high))
    return f"{value} ({low} to {high})"


def _slots(reached: Estimate) -> str:
    if reached.value is None:
        return quantity.ABSENT
    value = quantity.count(round(reached.value))
    if reached.low is None and reached.high is None:
        return value
    low, high = (
        quantity.ABSENT if end is None else quantity.count(round(end))
        for end in (reached.low, reached.high)
    )
    return f"{value} ({low} to {high})"


def _factor(one: Recovery, first: Recovery) -> str:
    """Return how much later the first target was reached, or at least how much if it never was."""
    reached, yardstick = one.reached[0].value, first.reached[0].value
    if yardstick is None or not one.course:
        return quantity.ABSENT
    if reached is None:
        return f"> {quantity.number(one.num_slots / yardstick)}"
    return quantity.number(reached / yardstick)


def _note(rows: Sequence[Row], told: Sequence[Recovery]) -> str:
    words = [_MEANING]
    words += [METHOD] if any("(" in cell for row in rows for cell in row[1:]) else []
    if any(one.gap_decades < SMALLEST_GAP for one in told):
        words.append(f"A dash: the gap is below {SMALLEST_GAP:g} decades, so nothing is to be won.")
    if any(cell.startswith(">") for row in rows for cell in row[1:]):
        words.append("Above (>): the share was not reached in all the slots that were seen.")
    return " ".join(words)
