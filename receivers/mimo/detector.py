# SPDX-License-Identifier: Apache-2.0
"""The contract of detectors: from elements of several users to beliefs in their symbols."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import torch
from torch import Tensor

from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation


class Rule(StrEnum):
    """How the beliefs in symbols become beliefs in bits: their sum, or the largest (max-log)."""

    SUM = "sum"
    MAX = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beliefs:
    """What a detector believes of each symbol by itself.

    Parameters
    ----------
    modulation : Modulation
    logits : float32 [num_elements, num_tx, num_points]
        ln P(label | y) but for a constant of each symbol; for max-log detectors, that of the
        likeliest vector with this label.
    rule : Rule
        What the logits are, and so how they are told of bits.
    """

    modulation: Modulation
    logits: Tensor
    rule: Rule = Rule.SUM

    @property
    def labels(self) -> Tensor:
        """Return the likeliest label of each symbol, int64 [num_elements, num_tx]."""
        return self.logits.argmax(-1)

    @property
    def probabilities(self) -> Tensor:
        """Return P(label | y), float32 [num_elements, num_tx, num_points]."""
        return self.logits.softmax(-1)

    @property
    def llr(self) -> Tensor:
        """Return float32 [num_elements, num_tx, num_bits_per_symbol]; positive = bit 1."""
        is_one = self.modulation.label_bits.T.bool()
        return torch.stack(
            [
                self._merged(self.logits[..., ones]) - self._merged(self.logits[..., ~ones])
                for ones in is_one
            ],
            dim=-1,
        )

    def _merged(self, logits: Tensor) -> Tensor:
        return logits.logsumexp(-1) if self.rule is Rule.SUM else logits.amax(-1)


def no_beliefs(problem: Problem, rule: Rule) -> Beliefs:
    """Return the beliefs in the symbols of no elements at all."""
    logits = torch.zeros(0, problem.shape.num_tx, problem.modulation.num_points)
    return Beliefs(modulation=problem.modulation, logits=logits, rule=rule)


class Detector(Protocol):
    """Tells the users of a resource element apart; each element is a problem of its own."""

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot solve problems of this shape, in one clause; empty when it can."""
        ...

    def detect(self, problem: Problem) -> Beliefs:
        """Return the beliefs in every symbol.

        Raises
        ------
        UnsuitedProblemError
            There is an obstacle.
        """
        ...
