# SPDX-License-Identifier: Apache-2.0
"""What the pilots of a slot teach a detector: elements on which the symbols of all users are known.

Those are the learning pilots that overlap (`channels.dmrs_designs.Sharing`). The channel there is
estimated without them: a detector is to learn from estimates as it gets them where data stand.
"""

from dataclasses import replace

import torch
from torch import Tensor

from receivers.mimo.element_wise import Estimator, problem_at
from sim.mimo.problem import Block, Sent
from sim.modulation import with_bits
from sim.qam import unmap
from sim.slot import Observation


def taught(observation: Observation, estimator: Estimator) -> Block:
    """Return the elements with known symbols, slot by slot; perhaps none.

    The block's channel is the estimate on both sides: nobody here knows better.

    Parameters
    ----------
    observation : Observation
        Of any number of users, of QPSK or more.
    estimator : Estimator
    """
    known = observation.learning_mask.all(1)
    h_hat, err_var = estimator.estimate(_without(observation))
    problem = problem_at(observation, known, h_hat=h_hat, err_var=err_var)
    symbols = observation.pilots.permute(0, 2, 3, 1)[known]
    labels = _labels(symbols, num_bits_per_symbol=observation.num_bits_per_symbol)
    modulation = with_bits(observation.num_bits_per_symbol)
    sent = Sent(labels=labels, bits=modulation.label_bits[labels], h=problem.h)
    return Block(problem=problem, sent=sent)


def _without(observation: Observation) -> Observation:
    """Hide the learning pilots."""
    hidden = observation.learning_mask
    return replace(
        observation,
        pilots=observation.pilots.masked_fill(hidden, 0.0),
        pilot_mask=observation.pilot_mask & ~hidden,
        learning_mask=torch.zeros_like(hidden),
    )


def _labels(symbols: Tensor, *, num_bits_per_symbol: int) -> Tensor:
    """Return the labels of constellation points, int64 of the same shape."""
    bits = unmap(symbols, num_bits_per_symbol=num_bits_per_symbol).long()
    weights = 2 ** torch.arange(num_bits_per_symbol - 1, -1, -1)
    labels: Tensor = (bits.unflatten(-1, (-1, num_bits_per_symbol)) * weights).sum(-1)
    return labels.view(symbols.shape)
