# SPDX-License-Identifier: Apache-2.0
"""What a report says of learners, as plain values: recovery, error rates at the end, forgetting."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from channels.scenario import Scenario
from host.record import Record
from host.report.curves import scenarios
from host.report.learning.contest import Contest, Entrant, contests
from host.report.learning.forgetting import Memory, memories
from host.report.learning.paired_blocks import METHOD
from host.report.learning.policy_table import ends
from host.report.learning.recovery import TARGETS, Recovery, recoveries
from host.report.required import Estimate
from host.report.stretches import stretches

_Object = dict[str, JsonValue]


def listed_learning(records: Sequence[Record], contents: Mapping[str, Scenario]) -> JsonValue:
    """List what learners did in every scenario at every SNR; null where it cannot be told."""
    listed: list[JsonValue] = []
    for scenario in scenarios(records):
        content = contents.get(scenario)
        listed += [_listed(one, content) for one in contests(records, scenario=scenario)]
    return listed


def _listed(contest: Contest, content: Scenario | None) -> JsonValue:
    steps = stretches(content, num_slots=contest.num_slots)[1:]
    reference = contest.learners[0]
    return {
        "scenario": contest.scenario,
        "snr_db": contest.snr_db,
        "recovery": [_recovery(one) for step in steps for one in recoveries(contest, step)],
        "at_the_end": [_end(reference, entrant, content) for entrant in contest.entrants],
        "forgetting": [_memory(memory) for memory in memories(contest)],
        "confidence": 0.95,
        "method": METHOD,
    }


def _named(entrant: Entrant) -> _Object:
    return {"receiver": entrant.name, "device": entrant.device}


def _recovery(one: Recovery) -> JsonValue:
    closed: list[JsonValue] = [
        {"slots": slots, **_estimate(share)}
        for slots, share in zip(one.after, one.closed, strict=True)
    ]
    reached: list[JsonValue] = [
        {"share": target, **_estimate(slots)}
        for target, slots in zip(TARGETS, one.reached, strict=True)
    ]
    told: _Object = {
        **_named(one.learner),
        "step_slot": one.step.first_slot,
        "gap_decades": one.gap_decades,
        "share_closed_after": closed,
        "slots_to_share": reached,
    }
    return told


def _end(reference: Entrant, entrant: Entrant, content: Scenario | None) -> JsonValue:
    rate, times = ends(reference, entrant, content)
    told: _Object = {**_named(entrant), "ber": _estimate(rate)}
    told[f"times_{reference.name}"] = _estimate(times)
    return told


def _memory(memory: Memory) -> JsonValue:
    channels: list[JsonValue] = [
        {
            "scenario": channel.name,
            "slots": list[JsonValue](channel.slots),
            "ber": [float(rate) for rate in channel.rates],
        }
        for channel in memory.channels
    ]
    told: _Object = {
        **_named(memory.learner),
        "forgotten_decades": memory.forgotten_decades,
        "channels": channels,
    }
    return told


def _estimate(estimate: Estimate) -> _Object:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
