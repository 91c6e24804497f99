# SPDX-License-Identifier: Apache-2.0
r"""Sphere decoding: max-log beliefs exactly, without going through all vectors.

Behind :math:`H = Q R` the distance :math:`\|Q^H y - R x\|^2` is a sum over users, last one first,
that only grows: a branch of the tree is left as soon as nothing below it can change the result.
Many branches of many elements are extended at once; of the pieces that wait, the deepest and
nearest are gone on with first.

Source
------
C. Studer, A. Burg, H. Bölcskei, Soft-output sphere decoding: algorithms and VLSI implementation,
IEEE J. Sel. Areas Commun. 26 (2), 2008: one search for all beliefs, and their clipping.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from receivers.mimo.cancellation import Cancellation, MmseSic
from receivers.mimo.detector import Beliefs, Rule, no_beliefs
from receivers.mimo.model import LinearModel, linear_model, require, too_few_equations
from sim.mimo.problem import Problem, Shape

CLIP = 20.0
_PIECE = 4096  # branches extended together
_CHUNK = 256  # elements searched together: what is found early cuts what waits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branches:
    """Branches of equal depth, users from the last one on decided.

    Parameters
    ----------
    element : int64 [num_branches]
    distance : float64 [num_branches]
        So far.
    labels : int64, a row a branch
        Of the decided users, in their order.
    """

    element: Tensor
    distance: Tensor
    labels: Tensor

    def chosen(self, which: Tensor) -> "_Branches":
        return _Branches(
            element=self.element[which], distance=self.distance[which], labels=self.labels[which]
        )


class Sphere:
    """Exact max-log detection by one tree search an element; satisfies `Detector`.

    It starts from the vector that successive cancellation decides, and needs less the higher the
    SNR; at low SNR it comes near an exhaustive search.

    Parameters
    ----------
    clip : float > 0
        A label whose best vector is so much less likely than the best of all is taken for just so
        much less likely, and not searched for; infinity is exact for all, and may take long.
    """

    def __init__(self, *, clip: float = CLIP) -> None:
        self._clip = clip

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot work: it needs an equation for each user."""
        return too_few_equations(shape)

    def detect(self, problem: Problem) -> Beliefs:
        """Return max-log beliefs, clipped."""
        require(self, problem)
        if not problem.num_elements:
            return no_beliefs(problem, Rule.MAX)
        start = MmseSic(Cancellation.HARD).detect(problem).labels
        parts = [
            _search(
                linear_model(problem.part(start=first, stop=first + _CHUNK)),
                start[first : first + _CHUNK],
                clip=self._clip,
            )
            for first in range(0, problem.num_elements, _CHUNK)
        ]
        return Beliefs(modulation=problem.modulation, logits=torch.cat(parts), rule=Rule.MAX)


def _search(model: LinearModel, start: Tensor, *, clip: float) -> Tensor:
    """Return float32 [num_elements, num_tx, num_points], 0 for labels of the best vector."""
    num_tx = start.shape[1]
    # The strongest user comes last, so that the search begins with it.
    order = (model.h.abs() ** 2).sum(1).argsort(-1)
    q, r = torch.linalg.qr(torch.gather(model.h, 2, order[:, None].expand_as(model.h)))
    root = model.spread.sqrt()
    r, z = r / root[:, None, None], (q.mH @ model.y[..., None])[..., 0] / root[:, None]
    tree = _Tree(r=r, z=z, points=model.points, clip=clip)
    tree.record(tree.leaves(torch.gather(start, 1, order)))
    waiting = [tree.root()]
    while waiting:
        piece = tree.kept(waiting.pop())
        below = tree.extended(piece)
        if below.labels.shape[1] == num_tx:
            tree.record(below)
            continue
        nearest_last = below.chosen(below.distance.argsort(descending=True))
        waiting += [
            nearest_last.chosen(which)
            for which in torch.arange(below.distance.numel()).split(_PIECE)
        ]
    logits = -(tree.best - tree.best.amin((1, 2), keepdim=True)).clamp(max=clip).float()
    return torch.gather(logits, 1, order.argsort(-1)[..., None].expand_as(logits))


class _Tree:
    """The trees of a chunk of elements, and the least distance found with every label."""

    def __init__(self, *, r: Tensor, z: Tensor, points: Tensor, clip: float) -> None:
        self._r, self._z, self._points, self._clip = r, z, points, clip
        num_elements, num_tx = z.shape
        self.best = torch.full(
            (num_elements, num_tx, points.numel()), torch.inf, dtype=torch.float64
        )

    def root(self) -> _Branches:
        """Return one branch an element, nothing decided."""
        num_elements = self._z.shape[0]
        return _Branches(
            element=torch.arange(num_elements),
            distance=torch.zeros(num_elements, dtype=torch.float64),
            labels=torch.zeros(num_elements, 0, dtype=torch.int64),
        )

    def leaves(self, labels: Tensor) -> _Branches:
        """Return one whole vector an element, int64 [num_elements, num_tx], with its distance."""
        left = self._z - (self._r @ self._points[labels][..., None])[..., 0]
        return _Branches(
            element=torch.arange(labels.shape[0]),
            distance=(left.abs() ** 2).sum(-1),
            labels=labels,
        )

    def record(self, leaves: _Branches) -> None:
        """Take the distances of whole vectors into account."""
        num_tx, num_points = self.best.shape[1:]
        user = torch.arange(num_tx)
        cell = (leaves.element[:, None] * num_tx + user) * num_points + leaves.labels
        self.best.view(-1).scatter_reduce_(
            0, cell.flatten(), leaves.distance[:, None].expand_as(cell).flatten(), "amin"
        )

    def kept(self, branches: _Branches) -> _Branches:
        """Leave the branches that cannot change the result."""
        depth, num_tx = branches.labels.shape[1], self.best.shape[1]
        best = self.best[branches.element]
        decided = torch.gather(best[:, num_tx - depth :], 2, branches.labels[..., None])
        # A vector below has the decided labels, and may have any of the others.
        largest = torch.cat([best[:, : num_tx - depth].flatten(1), decided[..., 0]], 1).amax(1)
        limit = torch.minimum(largest, best.amin((1, 2)) + self._clip)
        return branches.chosen(branches.distance < limit)

    def extended(self, branches: _Branches) -> _Branches:
        """Return every branch with every label of the next user."""
        depth, num_points = branches.labels.shape[1], self._points.numel()
        user = self.best.shape[1] - depth - 1
        row = self._r[branches.element, user]
        known = (row[:, user + 1 :] * self._points[branches.labels]).sum(1)
        left = self._z[branches.element, user] - known
        step = (left[:, None] - row[:, user, None] * self._points).abs() ** 2
        label = torch.arange(num_points).expand(branches.element.numel(), -1).reshape(-1, 1)
        return _Branches(
            element=branches.element.repeat_interleave(num_points),
            distance=(branches.distance[:, None] + step).flatten(),
            labels=torch.cat([label, branches.labels.repeat_interleave(num_points, 0)], 1),
        )
