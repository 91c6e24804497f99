# SPDX-License-Identifier: Apache-2.0
"""Recordings divided by whom they come from."""

from snn.errors import DataError
from snn.events.event_set import EventSet


def group_names(events: EventSet) -> tuple[str, ...]:
    """Return the groups of a set, sorted."""
    return tuple(sorted(set(events.groups)))


def without_group(events: EventSet, group: str) -> tuple[EventSet, EventSet]:
    """Return the recordings of all other groups, to train with, and those of one, to test with.

    Raises
    ------
    DataError
        There is no such group.
    """
    if group not in events.groups:
        legal = ", ".join(group_names(events))
        raise DataError(f"{events.name} has no group called {group!r}; there are: {legal}")
    held = [i for i, name in enumerate(events.groups) if name == group]
    others = [i for i, name in enumerate(events.groups) if name != group]
    return events.chosen(others), events.chosen(held)
