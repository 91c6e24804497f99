# SPDX-License-Identifier: Apache-2.0
"""The learners side by side: the settings in which they differ, and how they end."""

from collections.abc import Mapping, Sequence

import numpy as np

from channels.scenario import Scenario
from host.report import quantity
from host.report.learning.contest import Contest, Entrant
from host.report.learning.paired_blocks import (
    FEWEST_UNITS,
    METHOD,
    PairedBlocks,
    paired_blocks,
    ratio,
)
from host.report.required import Estimate
from host.report.stretches import stretches
from host.report.tables import Row, Table
from receivers.learning.settings import LearnerSettings, unused_settings

_NETWORK = "network"


def policy_table(found: Sequence[Contest], content: Scenario | None) -> Table:
    """Tabulate what tells the learners apart, and everybody's error rate at the end.

    The end is the last quarter of the last stretch between jumps of the channel. Without learners
    there are no rows.

    Parameters
    ----------
    found : sequence of Contest
        Of one scenario.
    content : Scenario or None
        The scenario itself; without it nothing is known of its jumps.
    """
    differing = _differing([learner for contest in found for learner in contest.learners])
    several = len(found) > 1
    rows: list[Row] = []
    for contest in found:
        reference = contest.learners[0]
        snr = (f"{contest.snr_db:g}",) if several else ()
        for entrant in contest.entrants:
            told = _ends(reference, entrant, content)
            rows.append((*snr, entrant.label, *_told(entrant, differing), *told))
    first = found[0].learners[0].label if found else ""
    head = (
        *(("SNR [dB]",) if several else ()),
        "receiver",
        *(key.replace("_", " ") for key in differing),
        "BER at the end",
        f"times that of {first}",
    )
    return Table(
        caption="Policies, and where they end",
        head=head,
        rows=tuple(rows),
        note=_note(found, content, differing) if rows else "",
    )


def _differing(learners: Sequence[Entrant]) -> tuple[str, ...]:
    """Return the settings in which learners differ, in the order of their declaration."""
    told = [_settings(learner) for learner in learners]
    return tuple(key for key in told[0] if len({one[key] for one in told}) > 1) if told else ()


def _settings(learner: Entrant) -> Mapping[str, str]:
    settings = learner.settings
    if settings is None:
        return {}
    unused = unused_settings(settings) if isinstance(settings, LearnerSettings) else {}
    written = {
        key: quantity.ABSENT if key in unused else _written(value)
        for key, value in settings.model_dump().items()
    }
    return {_NETWORK: (learner.weights_hash or quantity.ABSENT)[:8]} | written


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _told(entrant: Entrant, differing: Sequence[str]) -> Row:
    settings = _settings(entrant)
    return tuple(settings.get(key, quantity.ABSENT) for key in differing)


def _ends(reference: Entrant, entrant: Entrant, content: Scenario | None) -> tuple[str, str]:
    rate, times = ends(reference, entrant, content)
    told = quantity.ABSENT if rate.value is None else _cell(rate)
    return told, quantity.ABSENT if times.value is None else _cell(times)


def ends(
    reference: Entrant, entrant: Entrant, content: Scenario | None
) -> tuple[Estimate, Estimate]:
    """Return an entrant's bit error rate at the end, and how many times the reference's it is.

    Neither has a value where the two share no slots.
    """
    paired = paired_blocks([reference, entrant])
    if paired is None:
        return Estimate(), Estimate()
    last = _last(paired, content)
    rate = _estimate(paired, last)
    if entrant is reference:
        return rate, Estimate(value=1.0)
    return rate, ratio(paired.decades(over=1, under=0, span=last))


def _last(paired: PairedBlocks, content: Scenario | None) -> slice:
    """Return the blocks of the last quarter of the last stretch."""
    num_slots = paired.num_blocks * paired.slots_per_block
    step = stretches(content, num_slots=num_slots)[-1]
    first = min(-(-step.first_slot // paired.slots_per_block), paired.num_blocks - 1)
    return slice(paired.num_blocks - max(1, (paired.num_blocks - first) // 4), paired.num_blocks)


def _estimate(paired: PairedBlocks, span: slice) -> Estimate:
    from host.tally import effective_number, interval

    errors, num_bits = paired.units(1, span), paired.num_bits(span)
    rate = float(errors.sum()) / num_bits
    sizes = np.full(len(errors), num_bits // len(errors), dtype=np.int64)
    worth = effective_number(errors.astype(np.int64), sizes)
    ends = interval(rate, worth) if len(errors) >= FEWEST_UNITS else None
    return Estimate(value=rate, low=ends[0], high=ends[1]) if ends else Estimate(value=rate)


def _cell(estimate: Estimate) -> str:
    value, low, high = (quantity.number(x) for x in (estimate.value, estimate.low, estimate.high))
    return value if estimate.low is None else f"{value} ({low} to {high})"


def _note(found: Sequence[Contest], content: Scenario | None, differing: Sequence[str]) -> str:
    shared = [paired_blocks([contest.learners[0]]) for contest in found]
    lengths = {
        (span.stop - span.start) * paired.slots_per_block
        for paired in shared
        if paired is not None
        for span in [_last(paired, content)]
    }
    said = " or ".join(quantity.count(n) for n in sorted(lengths))
    words = [f"The end: the last {said} slots."] if lengths else []
    words += ["Only settings that differ are shown."] if differing else []
    return " ".join([*words, METHOD])
