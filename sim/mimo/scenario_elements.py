# SPDX-License-Identifier: Apache-2.0
"""Matrices of a scenario for training: few elements of each of many drops, drawn once and kept.

Elements of one slot are strongly alike, and slots take long to make beside a training's step.
"""

from functools import lru_cache

import torch
from torch import Tensor

from channels.matrices import FromScenario
from channels.randomness import generator
from channels.scenario import Scenario

NUM_DROPS = 400
ELEMENTS_PER_DROP = 64


def elements(scenario: Scenario, *, seed: int) -> Tensor:
    """Return elements of the scenario's slots, always the same of (scenario, seed).

    Slots are drops apart where the channel has drops. A slot of fewer elements gives each of them
    more than once.

    Returns
    -------
    complex64 [NUM_DROPS * ELEMENTS_PER_DROP, num_rx_ant, num_tx]
        Normalised as `channels.matrices.FromScenario`.
    """
    return drawn(scenario.model_dump_json(by_alias=True), seed)


@lru_cache(maxsize=8)
def drawn(content: str, seed: int) -> Tensor:
    """Return the elements of a scenario, from its content as JSON."""
    scenario = Scenario.model_validate_json(content)
    source = FromScenario(scenario=scenario)
    num_elements = scenario.grid.num_resource_elements
    slots_per_drop = max(scenario.channel.slots_per_drop, 1)
    found = []
    for drop in range(NUM_DROPS):
        h = source.draw(block=drop * slots_per_drop, num_elements=num_elements, seed=seed)
        rng = generator(seed=seed, stream="scenario-elements", index=drop)
        has_few = num_elements < ELEMENTS_PER_DROP
        chosen = rng.choice(num_elements, ELEMENTS_PER_DROP, replace=has_few)
        found.append(h[torch.from_numpy(chosen)])
    return torch.cat(found)
