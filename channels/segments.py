# SPDX-License-Identifier: Apache-2.0
"""From which slot to which a scenario's channel is of which kind."""

from dataclasses import dataclass

from channels.scenario import Scenario
from channels.scenario_tables import ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of slots with one kind of channel.

    Parameters
    ----------
    kind : ChannelKind
    first_slot : int
    end_slot : int or None
        The slot behind the last one; None for ever.
    """

    kind: ChannelKind
    first_slot: int
    end_slot: int | None


def segments(scenario: Scenario) -> tuple[Segment, ...]:
    """Return the segments of a scenario in order; one without end where nothing switches.

    Of switches at the same slot the last one rules.
    """
    kinds = (scenario.channel.kind, *(switch.to for switch in scenario.switches))
    starts = (0, *(switch.slot for switch in scenario.switches))
    ends = (*starts[1:], None)
    return tuple(
        Segment(kind=kind, first_slot=start, end_slot=end)
        for kind, start, end in zip(kinds, starts, ends, strict=True)
        if start != end
    )


def of_one_kind(scenario: Scenario, kind: ChannelKind) -> Scenario:
    """Return the scenario whose channel is of one kind for ever; its values drift as before."""
    channel = scenario.channel.model_copy(update={"kind": kind})
    return scenario.model_copy(update={"channel": channel, "drift": scenario.value_drifts})
