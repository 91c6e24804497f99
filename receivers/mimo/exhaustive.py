# SPDX-License-Identifier: Apache-2.0
"""The optimum where all vectors can be gone through: maximum a posteriori, symbol by symbol."""

from functools import lru_cache
from typing import TYPE_CHECKING

from receivers.mimo.detector import Beliefs, Rule
from receivers.mimo.model import (
    linear_model,
    piecewise,
    require,
    sionna_constellation,
    too_many_vectors,
)
from sim.mimo.problem import Problem, Shape

if TYPE_CHECKING:
    from sionna.phy.mimo import MaximumLikelihoodDetector

_METHODS = {Rule.SUM: "app", Rule.MAX: "maxlog"}


class Exhaustive:
    r"""Sionna's maximum-likelihood detector over all vectors; satisfies `Detector`.

    .. math:: \ln P(x_k = s | y) = \ln \sum_{x: x_k = s} e^{-\|y - H x\|^2 / \sigma^2}
              + \mathrm{const}

    or with the largest term in place of the sum (max-log). With the sum no detector of the same
    (y, H) has fewer symbol errors, where noise is white and Gaussian and H is true.

    Parameters
    ----------
    rule : Rule

    Source
    ------
    S. Verdú, Multiuser Detection, section 4.1.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot work: there may be too many vectors."""
        return too_many_vectors(shape)

    def detect(self, problem: Problem) -> Beliefs:
        """Return the exact beliefs, or the max-log ones."""
        require(self, problem)
        model, shape = linear_model(problem), problem.shape
        detect = _detector(shape, _METHODS[self._rule])
        numbers = shape.num_vectors * max(shape.num_equations, shape.num_tx)
        logits = piecewise(model, detect, numbers_per_element=numbers)
        return Beliefs(modulation=problem.modulation, logits=logits, rule=self._rule)


@lru_cache(maxsize=4)
def _detector(shape: Shape, method: str) -> "MaximumLikelihoodDetector":
    """Return Sionna's detector, which makes its tables of all vectors once."""
    from sionna.phy.mimo import MaximumLikelihoodDetector

    return MaximumLikelihoodDetector(
        "symbol",
        method,
        shape.num_tx,
        constellation=sionna_constellation(shape.modulation),
        precision="double",
        device="cpu",
    )
