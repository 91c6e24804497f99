# SPDX-License-Identifier: Apache-2.0
"""Which channels there are, by name."""

from collections.abc import Mapping
from typing import Protocol

from channels import cdl, flat, recorded, tdl
from channels.channel import Channel
from channels.errors import UnknownNameError
from channels.scenario import Scenario
from channels.segments import of_one_kind, segments
from channels.switched import SwitchedChannel


class ChannelBuilder(Protocol):
    """Builds one kind of channel from a scenario."""

    def __call__(self, scenario: Scenario, *, seed: int) -> Channel:
        """Return the channel of this scenario and seed."""
        ...


CHANNELS: Mapping[str, ChannelBuilder] = {
    "awgn": flat.awgn,
    "rayleigh": flat.rayleigh,
    "rician": flat.rician,
    "tdl-a": tdl.build,
    "tdl-b": tdl.build,
    "tdl-c": tdl.build,
    "tdl-d": tdl.build,
    "tdl-e": tdl.build,
    "cdl-a": cdl.build,
    "cdl-b": cdl.build,
    "cdl-c": cdl.build,
    "cdl-d": cdl.build,
    "cdl-e": cdl.build,
    "recorded": recorded.build,
}


def names() -> tuple[str, ...]:
    """Return the names of all channels."""
    return tuple(CHANNELS)


def build(scenario: Scenario, *, seed: int) -> Channel:
    """Build the channel of a scenario; same scenario and seed, same channel, slot by slot.

    Where the channel switches, each slot is that of the plain channel of the kind that rules it.
    """
    stretches = segments(scenario)
    built = {
        kind: _plain(of_one_kind(scenario, kind), seed=seed)
        for kind in dict.fromkeys(stretch.kind for stretch in stretches)
    }
    if len(built) == 1:
        return built[stretches[0].kind]
    return SwitchedChannel(
        starts=tuple(stretch.first_slot for stretch in stretches),
        channels=tuple(built[stretch.kind] for stretch in stretches),
    )


def _plain(scenario: Scenario, *, seed: int) -> Channel:
    kind = scenario.channel.kind
    if kind not in CHANNELS:
        raise UnknownNameError(kind="channel", name=kind, legal=names())
    return CHANNELS[kind](scenario, seed=seed)
