# SPDX-License-Identifier: Apache-2.0
"""K-best: a search through the tree of all symbol vectors that keeps so many branches a level."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from receivers.mimo.detector import Beliefs, Rule, no_beliefs
from receivers.mimo.model import (
    linear_model,
    piecewise,
    require,
    sionna_constellation,
    too_few_equations,
)
from sim.mimo.problem import Problem, Shape

if TYPE_CHECKING:
    from sionna.phy.mimo import List2LLR

CLIP = 20.0  # as in Sionna: how much less likely than the best what is on no branch is taken for


class KBest:
    r"""Sionna's K-best detector; satisfies `Detector`.

    Behind :math:`H = Q R` users are decided one by one, and of all extensions of the vectors kept
    so far the K nearest in :math:`\|Q^H y - R x\|^2` are kept. A label's logit is that of the best
    vector kept with it, and CLIP below the best of all where none is.

    Parameters
    ----------
    num_paths : int >= 1
        K; of fewer vectors all are kept, and the result is max-log exactly, but for the clipping.

    Source
    ------
    Z. Guo, P. Nilsson, Algorithm and implementation of the K-best sphere decoding for MIMO
    detection, IEEE J. Sel. Areas Commun. 24 (3), 2006; Sionna 2.2, `sionna.phy.mimo.KBestDetector`.
    """

    def __init__(self, *, num_paths: int = 64) -> None:
        self._num_paths = num_paths

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot work: it needs an equation for each user."""
        return too_few_equations(shape)

    def detect(self, problem: Problem) -> Beliefs:
        """Return max-log beliefs over the vectors that were kept."""
        from sionna.phy.mimo import KBestDetector

        require(self, problem)
        if not problem.num_elements:
            return no_beliefs(problem, Rule.MAX)
        model, shape = linear_model(problem), problem.shape
        detect = KBestDetector(
            "bit",
            shape.num_tx,
            min(self._num_paths, shape.num_vectors),
            constellation=sionna_constellation(shape.modulation),
            list2llr=_label_logits(shape),
            precision="double",
            device="cpu",
        )
        numbers = self._num_paths * max(shape.modulation.num_points, shape.num_tx)
        logits = piecewise(model, detect, numbers_per_element=numbers)
        return Beliefs(modulation=problem.modulation, logits=logits, rule=Rule.MAX)


def _label_logits(shape: Shape) -> "List2LLR":
    """Return what Sionna's detector calls with its list: labels in place of its bits."""
    from sionna.phy.mimo import List2LLR

    class LabelLogits(List2LLR):  # type: ignore[misc]  # Sionna publishes no types
        def call(
            self, y: Tensor, r: Tensor, dists: Tensor, path_inds: Tensor, path_syms: Tensor
        ) -> Tensor:
            del y, r, path_syms
            num_elements, _, num_tx = path_inds.shape
            size = (num_elements, num_tx, shape.modulation.num_points)
            least = torch.full(size, torch.inf, dtype=dists.dtype)
            ours = path_inds.mT.long()
            least.scatter_reduce_(2, ours, dists[:, None].expand(ours.shape), "amin")
            return -(least - dists.amin(-1)[:, None, None]).clamp(max=CLIP)

    return LabelLogits(precision="double", device="cpu")
