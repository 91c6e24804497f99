# SPDX-License-Identifier: Apache-2.0
"""The same received signal told another way: a user's symbol turned by a quarter, and its channel.

A constellation that is turned by a quarter (BPSK: a half) is itself again. So h x = (h / t) (t x)
is another problem with the same answer, and pilots teach a detector that is told the channel far
more than they would by themselves.
"""

from dataclasses import replace

import torch
from torch import Tensor

from sim.mimo.problem import Block, Sent
from sim.modulation import Modulation

_QUARTERS = torch.tensor([1.0, 1.0j, -1.0, -1.0j], dtype=torch.complex64)


def turned(block: Block, *, rng: torch.Generator) -> Block:
    """Return a block with each element's users turned at random, y being the same."""
    modulation, labels = block.problem.modulation, block.sent.labels
    turns = torch.randint(0, 4, labels.shape, generator=rng)
    if modulation is Modulation.BPSK:
        turns = turns // 2 * 2
    back = _QUARTERS[turns].conj()[:, None]
    labels = _turned_labels(modulation)[turns, labels]
    return Block(
        problem=replace(block.problem, h=block.problem.h * back),
        sent=Sent(labels=labels, bits=modulation.label_bits[labels], h=block.sent.h * back),
    )


def _turned_labels(modulation: Modulation) -> Tensor:
    """Return the label of each point behind 0..3 quarters, int64 [4, num_points]."""
    points = modulation.points
    turned_points = _QUARTERS[:, None, None] * points[:, None]
    return (turned_points - points).abs().argmin(-1)
