# SPDX-License-Identifier: Apache-2.0
"""How a value of a scenario changes from slot to slot."""

import numpy as np
from numpy.typing import NDArray

from channels.errors import UnknownNameError
from channels.scenario import TARGETS, Scenario


def value_at(scenario: Scenario, target: str, slot: int) -> float:
    """Return the value of one target, such as "channel.delay_spread_s", at one slot."""
    return float(values_at(scenario, target, np.array([slot]))[0])


def values_at(scenario: Scenario, target: str, slots: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values of one target at many slots.

    The entries of a target rule one after the other, each starting from the value the one before it
    had reached. A value depends on the scenario and its own slot only.

    Parameters
    ----------
    target : str
        One of `channels.scenario.TARGETS`. A value that is off (None) is returned as NaN.
    slots : int64 [...]
        Slot indices, 0 or more.

    Returns
    -------
    float64 [...]
    """
    if target not in TARGETS:
        raise UnknownNameError(kind="drifting value", name=target, legal=TARGETS)
    table, key = target.split(".")
    declared = getattr(getattr(scenario, table), key)
    entries = [entry for entry in scenario.value_drifts if entry.target == target]
    # The value each entry starts from is computed in one pass with the values that were asked for.
    starts = np.array([entry.start for entry in entries], dtype=np.int64)
    asked = np.concatenate([slots.reshape(-1), starts])
    values = np.full(asked.shape, np.nan if declared is None else float(declared))
    for i, entry in enumerate(entries):
        initial = float(values[slots.size + i])
        values = np.where(asked >= entry.start, entry.values(asked, initial=initial), values)
    return values[: slots.size].reshape(slots.shape)


def drifts(scenario: Scenario, target: str) -> bool:
    """Return whether the scenario changes this target at all."""
    return any(entry.target == target for entry in scenario.drift)
