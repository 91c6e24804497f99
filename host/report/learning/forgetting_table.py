# SPDX-License-Identifier: Apache-2.0
"""The table of what learners still know of each probed channel."""

from collections.abc import Sequence

from host.report import quantity
from host.report.learning.contest import Contest
from host.report.learning.forgetting import Memory, ProbedChannel, memories
from host.report.required import Estimate
from host.report.tables import Row, Table

_MEANING = (
    "Bit error rates of the deployed weights on slots that nobody learns from, the same in every "
    "try. Forgotten: log10 of the rate at the end less that of the best earlier try, as in "
    "Chaudhry et al., ECCV 2018; its mean over the channels is F."
)
_METHOD = (
    "In brackets: 95 % interval over the slots of the probe, for the ratio from the same slots; "
    "how much another run of the learner would differ is not in it."
)


def forgetting_table(found: Sequence[Contest]) -> Table:
    """Tabulate each probed channel at the first, the best and the last try; no rows without."""
    several = len(found) > 1
    rows: list[Row] = []
    for contest in found:
        snr = (f"{contest.snr_db:g}",) if several else ()
        for memory in memories(contest):
            rows += [(*snr, *row) for row in _rows(memory)]
    head = (
        *(("SNR [dB]",) if several else ()),
        "learner",
        "channel",
        "BER at the beginning",
        "at its best, by slot",
        "at the end",
        "end / beginning",
        "forgotten [decades]",
    )
    bracketed = any("(" in row[-2] for row in rows)
    note = f"{_MEANING} {_METHOD}" if bracketed else _MEANING
    return Table(
        caption="What is still known of other channels",
        head=head,
        rows=tuple(rows),
        note=note if rows else "",
    )


def _rows(memory: Memory) -> list[Row]:
    label = memory.learner.label
    rows: list[Row] = [
        (
            label,
            channel.name,
            _rate(channel, 0),
            f"{_rate(channel, channel.i_best)}, {quantity.count(channel.slots[channel.i_best])}",
            _rate(channel, len(channel.slots) - 1),
            _ratio(channel.change),
            quantity.decibel(channel.forgotten_decades),
        )
        for channel in memory.channels
    ]
    dashes = (quantity.ABSENT,) * 4
    mean: Row = (label, "F, the mean", *dashes, quantity.decibel(memory.forgotten_decades))
    return [*rows, mean] if len(rows) > 1 else rows


def _rate(channel: ProbedChannel, i_try: int) -> str:
    rate = channel.rate(i_try)
    if not rate.value:
        return f"<{quantity.number(rate.high or 1.0 / channel.num_bits, digits=2)}"
    return quantity.number(rate.value, digits=2)


def _ratio(change: Estimate) -> str:
    value, low, high = (quantity.number(x) for x in (change.value, change.low, change.high))
    return value if change.low is None else f"{value} ({low} to {high})"
