# SPDX-License-Identifier: Apache-2.0
"""Everything a report shows of the learners of one scenario, in the order in which it is read."""

from collections.abc import Mapping, Sequence

from channels.scenario import Scenario
from host.record import Record
from host.report.curves import SNR_NAMES, scenarios
from host.report.learning.contest import contests, middle
from host.report.learning.cost_table import learning_cost_table
from host.report.learning.forgetting import Memory, memories
from host.report.learning.forgetting_figure import colour_span, forgetting_map
from host.report.learning.forgetting_table import forgetting_table
from host.report.learning.policy_table import policy_table
from host.report.learning.recovery import Recovery, recoveries
from host.report.learning.recovery_figure import recovery_curves
from host.report.learning.recovery_table import recovery_tables
from host.report.learning.remarks import learner_remarks
from host.report.look import looks
from host.report.page import Chart
from host.report.quantity import count
from host.report.stretches import stretches
from host.report.tables import Table


def tables(
    records: Sequence[Record], *, scenario: str, content: Scenario | None
) -> tuple[Table, ...]:
    """Return the tables of the learners that have rows: recovery, policies, forgetting, costs.

    Parameters
    ----------
    records : sequence of Record
    scenario : str
    content : Scenario or None
        The scenario itself; without it nothing is known of its steps and how long its slots last.
    """
    found = contests(records, scenario=scenario)
    if not found:
        return ()
    made = (
        *recovery_tables(found, content),
        policy_table(found, content),
        forgetting_table(found),
        learning_cost_table(records, scenario=scenario, content=content),
    )
    return tuple(table for table in made if table.rows)


def panels(
    records: Sequence[Record], *, scenario: str, content: Scenario | None
) -> tuple[Chart | Table, ...]:
    """Return the tables for the page, and before the last one heat maps of what is still known."""
    shown: tuple[Chart | Table, ...] = (
        *_recovery_charts(records, scenario=scenario, content=content),
        *tables(records, scenario=scenario, content=content),
    )
    known = probed(records, scenario=scenario)
    if not known:
        return shown
    span, where = colour_span(known), title(records, scenario)
    maps = [
        Chart(
            caption=f"What {memory.learner.label} still knows, {where}",
            figure=forgetting_map(memory, span=span),
            note=f"F = {memory.forgotten_decades:.2f} decades forgotten in the mean. No error seen "
            "counts as half an error.",
        )
        for memory in known
    ]
    return (*shown[:-1], *maps, *shown[-1:])


def _recovery_charts(
    records: Sequence[Record], *, scenario: str, content: Scenario | None
) -> tuple[Chart, ...]:
    """Return the curves of recovery at the SNR in the middle of the grid, a chart a step."""
    appearance = looks(records)
    return tuple(
        Chart(
            caption=f"Recovery after slot {count(one[0].step.first_slot)}, "
            f"{title(records, scenario)}",
            figure=recovery_curves(one, appearance),
            note="Dotted: 80 % and 95 %. What is meant by a share is said below the table.",
        )
        for one in recovered(records, scenario=scenario, content=content)
    )


def recovered(
    records: Sequence[Record], *, scenario: str, content: Scenario | None
) -> tuple[tuple[Recovery, ...], ...]:
    """Return how learners recover from each step, at the SNR in the middle of the grid."""
    found = contests(records, scenario=scenario)
    if not found:
        return ()
    contest = middle(found)
    parts = stretches(content, num_slots=contest.num_slots)
    each = (recoveries(contest, step) for step in parts[1:])
    drawn = (tuple(one for one in some if one.course) for some in each)
    return tuple(some for some in drawn if some)


def probed(records: Sequence[Record], *, scenario: str) -> tuple[Memory, ...]:
    """Return what the learners still know at the SNR in the middle of the grid."""
    found = contests(records, scenario=scenario)
    return memories(middle(found)) if found else ()


def title(records: Sequence[Record], scenario: str) -> str:
    """Return the scenario and the SNR in the middle of the grid, in words."""
    contest = middle(contests(records, scenario=scenario))
    kind = contest.entrants[0].records[0].cell.snr_kind
    return f"{scenario}, {SNR_NAMES[kind]} {contest.snr_db:g} dB"


def markdown_blocks(records: Sequence[Record], contents: Mapping[str, Scenario]) -> tuple[str, ...]:
    """Return the tables of every scenario with learners as Markdown, with remarks and notes."""
    blocks: list[str] = []
    for scenario in scenarios(records):
        made = tables(records, scenario=scenario, content=contents.get(scenario))
        for table in made:
            blocks += [f"{table.caption}, `{scenario}`:", _markdown(table)]
            blocks += [table.note] if table.note else []
        said = learner_remarks(records, scenario=scenario)
        blocks += [" ".join(said)] if said else []
    return tuple(blocks)


def _markdown(table: Table) -> str:
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (table.head, *table.rows)]
    head, *rows = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join((head, "|---" * len(table.head) + "|", *rows))
