# SPDX-License-Identifier: Apache-2.0
"""What a user must know before believing a result: where a scenario leaves the model's ground."""

import numpy as np

from channels import catalog
from channels.drift import values_at
from channels.drift_tables import Ramp, RandomWalk
from channels.impairments.chain import active
from channels.rays import RayChannel
from channels.scenario import Scenario
from channels.scenario_tables import PILOT_SHARES, ChannelKind
from channels.segments import Segment, of_one_kind, segments

_SPREAD = "channel.delay_spread_s"


def remarks(scenario: Scenario) -> tuple[str, ...]:
    """Return what to keep in mind about results of a scenario, one sentence each.

    Raises
    ------
    ChannelError
        The scenario's channel cannot be built.
    """
    about = (
        _about_echoes,
        _about_the_genie,
        _about_pilots,
        _about_intervals,
        _about_switches,
    )
    return tuple(filter(None, (say(scenario) for say in about)))


def last_echo_s(scenario: Scenario) -> float | None:
    """Return when the last echo of a TDL or CDL arrives at the longest, after the first [s].

    It is the largest delay of the profile times the largest delay spread that any drop at any slot
    can have; of several profiles that follow each other, the largest of theirs. None for the
    channels that have no profile of delays.
    """
    found = [_last_echo_of(scenario, stretch) for stretch in segments(scenario)]
    return max((echo_s for echo_s in found if echo_s is not None), default=None)


def _last_echo_of(scenario: Scenario, stretch: Segment) -> float | None:
    if not stretch.kind.startswith(("tdl", "cdl")):
        return None
    channel = catalog.build(of_one_kind(scenario, stretch.kind), seed=0)
    if not isinstance(channel, RayChannel):
        return None
    spread_s = _largest_spread_s(scenario, stretch) + scenario.channel.delay_spread_width_s / 2
    return float(channel.delays.max()) * spread_s


def _largest_spread_s(scenario: Scenario, stretch: Segment) -> float:
    """Return the largest mean delay spread: steps and ramps are largest where they bend."""
    end = np.inf if stretch.end_slot is None else stretch.end_slot
    entries = [e for e in scenario.value_drifts if e.target == _SPREAD and e.start < end]
    bends = {stretch.first_slot} | (set() if stretch.end_slot is None else {stretch.end_slot - 1})
    for entry in entries:
        bends |= {max(entry.start - 1, 0), entry.start}
        bends |= {entry.last_slot} if isinstance(entry, Ramp) else set()
    inside = sorted(slot for slot in bends if stretch.first_slot <= slot < end)
    reached = values_at(scenario, _SPREAD, np.array(inside))
    return max(float(reached.max()), *(e.high for e in entries if isinstance(e, RandomWalk)), 0.0)


def _about_echoes(scenario: Scenario) -> str:
    echo_s = last_echo_s(scenario)
    prefix_s = scenario.grid.cyclic_prefix_duration_s
    if not echo_s or echo_s <= prefix_s:
        return ""
    prefix = (
        f", beyond the cyclic prefix of {1e6 * prefix_s:.2f} us"
        if prefix_s
        else ", and there is no cyclic prefix"
    )
    return (
        f"The last echo comes up to {1e6 * echo_s:.2f} us after the first{prefix}: on a real link "
        "symbols would interfere; the simulation works per subcarrier and leaves that out."
    )


def _about_the_genie(scenario: Scenario) -> str:
    keys = [key for key in active(scenario) if key not in PILOT_SHARES]
    if not keys:
        return ""
    return (
        f"The radios are impaired ({', '.join(keys)}): perfect CSI knows the air but not the "
        "impairments, so it is no bound here."
    )


def _about_pilots(scenario: Scenario) -> str:
    keys = [key for key in active(scenario) if key in PILOT_SHARES]
    if not keys:
        return ""
    return (
        f"Pilots are broken ({', '.join(keys)}) while every receiver believes in them: perfect CSI "
        "uses none and meets the same data, so that its distance is what the faults cost too."
    )


def _about_intervals(scenario: Scenario) -> str:
    if scenario.channel.slots_per_drop or not _fades(scenario):
        return ""
    return (
        "All slots of a seed are one drop and fade together: there are no intervals from one seed; "
        "several seeds tell how much another user would differ."
    )


def _about_switches(scenario: Scenario) -> str:
    if scenario.channel.slots_per_drop == 1 or not scenario.switches:
        return ""
    slots = ", ".join(f"{switch.slot:,}" for switch in scenario.switches)
    return (
        f"The channel becomes another one at slot {slots}: its response jumps there, which no air "
        "that is followed in time does."
    )


def _fades(scenario: Scenario) -> bool:
    still = {ChannelKind.AWGN, ChannelKind.RECORDED}
    return any(stretch.kind not in still for stretch in segments(scenario))
