# SPDX-License-Identifier: Apache-2.0
"""The masked view: some learning pilots are hidden from the network and become its labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from sim.qam import unmap
from sim.slot import Observation, join


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedView:
    """An observation without some of its pilots, and what was known to be sent there.

    Parameters
    ----------
    observation : Observation
        Hidden pilots are gone from `pilots` and `pilot_mask`; everything else is as it was.
    labelled : bool [num_slots, num_symbols, num_subcarriers]
        Where labels stand: the hidden pilots of the first user.
    labels : float32 [num_labels, num_bits_per_symbol]
        Their bits, slot by slot, symbol by symbol, subcarrier by subcarrier.
    """

    observation: Observation
    labelled: Tensor
    labels: Tensor

    @property
    def num_slots(self) -> int:
        """Return the number of slots."""
        return self.observation.num_slots


def masked(observation: Observation, *, share: float, rng: np.random.Generator) -> MaskedView:
    """Hide a random share of each slot's learning pilots.

    With a share of 0 nothing is hidden and every learning pilot is a label although the network
    sees it: what not to do, kept to show why.

    Parameters
    ----------
    observation : Observation
        Of one user.
    share : float
        Of the learning pilots, 0..1; at least one is hidden where the share is above 0.
    rng : numpy.random.Generator
        Chooses which.

    Source
    ------
    M. Obeed, M. Jian, Learning During Detection, arXiv 2602.20361, 2026: half of the pilots are
    masked, and the loss is taken there alone.
    """
    learning = observation.learning_mask[:, 0]
    if share == 0.0:
        return _view(observation, observation, learning)
    return _hiding(observation, _chosen(learning, share=share, rng=rng))


def complementary(
    observation: Observation, *, num_views: int, rng: np.random.Generator
) -> list[MaskedView]:
    """Return views that hide each learning pilot once: it is a label in one, and seen in the rest.

    Parameters
    ----------
    observation : Observation
        Of one user.
    num_views : int
        2 or more; as nearly as possible each hides the same number of pilots.
    rng : numpy.random.Generator
        Deals the pilots out.
    """
    learning = observation.learning_mask[:, 0]
    num_learning = learning.flatten(1).sum(1).clamp(min=1)[:, None, None]
    dealt_to = _ranks(learning, rng=rng) * num_views // num_learning
    return [_hiding(observation, learning & (dealt_to == i)) for i in range(num_views)]


def _hiding(observation: Observation, hidden: Tensor) -> MaskedView:
    visible = replace(
        observation,
        pilots=observation.pilots.masked_fill(hidden[:, None], 0.0),
        pilot_mask=observation.pilot_mask & ~hidden[:, None],
        learning_mask=observation.learning_mask & ~hidden[:, None],
    )
    return _view(observation, visible, hidden)


def joined(views: Sequence[MaskedView]) -> MaskedView:
    """Return views of one link, one behind the other, as one view."""
    return MaskedView(
        observation=join([view.observation for view in views]),
        labelled=torch.cat([view.labelled for view in views]),
        labels=torch.cat([view.labels for view in views]),
    )


def trusting(view: MaskedView, *, trusted: Tensor) -> MaskedView:
    """Return a view that keeps the labels of some pilots alone.

    Parameters
    ----------
    view : MaskedView
    trusted : bool [num_slots, num_tx, num_symbols, num_subcarriers]
    """
    kept = trusted[:, 0] & view.labelled
    return replace(view, labelled=kept, labels=view.labels[kept[view.labelled]])


def part(view: MaskedView, *, stop: int) -> MaskedView:
    """Return the first slots of a view."""
    labelled = view.labelled[:stop]
    return MaskedView(
        observation=view.observation.part(start=0, stop=stop),
        labelled=labelled,
        labels=view.labels[: int(labelled.sum())],
    )


def _chosen(learning: Tensor, *, share: float, rng: np.random.Generator) -> Tensor:
    """Return bool like `learning`: in each slot the same share of it, at random."""
    num_learning = learning.flatten(1).sum(1)
    wanted = torch.where(num_learning > 0, (share * num_learning).round().clamp(min=1), 0)
    return _ranks(learning, rng=rng) < wanted[:, None, None]


def _ranks(learning: Tensor, *, rng: np.random.Generator) -> Tensor:
    """Return int64 like `learning`: its elements first, in an order of each slot's own."""
    order = torch.from_numpy(rng.random(learning.shape, np.float32))
    order = torch.where(learning, order, torch.full_like(order, 2.0)).flatten(1)
    return order.argsort(1).argsort(1).view_as(learning)


def _view(observation: Observation, visible: Observation, labelled: Tensor) -> MaskedView:
    symbols = observation.pilots[:, 0][labelled]
    bits = unmap(symbols, num_bits_per_symbol=observation.num_bits_per_symbol)
    return MaskedView(observation=visible, labelled=labelled, labels=bits.float())
