# SPDX-License-Identifier: Apache-2.0
r"""How often a receiver can learn from a mini-batch without falling behind the slots that come.

A slot takes :math:`T_d` to come in (transmission and what is before the network), :math:`I_d` to
detect, and :math:`D_d` to decode; the three work on successive slots at once, so that the slowest
sets the pace. What is learned from N slots at once costs, for each slot detected, a further
:math:`B_d`. With M slots detected in parallel and the ratio Z of a backward to a forward pass

.. math:: B_d = Z I_d M / N, \qquad M = \lceil I_d / \max(T_d, D_d) \rceil

- Case I, :math:`\max(T_d, D_d) \ge I_d + B_d`: from every mini-batch.
- Case II, detection sets the pace and :math:`N \ge Z M`: from every
  :math:`(1 + Z M / N) = (1 + B_d / I_d)`-th, at worst every second.
- Case III, detection sets the pace and :math:`N = M`: from every (1 + Z)-th, the third for Z = 2.

Source
------
M. Obeed, M. Jian, arXiv 2602.20361, 2026, section V. What the section leaves open is filled in
here: between cases II and III, :math:`M < N < Z M`, the same expression holds and is counted as
case III; what takes longer than Z = 2 allows, as on a machine that learns from one slot after the
other, is beyond it; where detection keeps up but detection and learning together do not, the pace
of case II is that of the slots, :math:`1 + B_d / \max(T_d, D_d)`, which meets case II at
:math:`I_d = \max(T_d, D_d)`.
"""

import math
from dataclasses import dataclass
from typing import Literal

BACKWARD_TO_FORWARD = 2.0
"""Z: products of matrices in a backward pass for each one in a forward pass."""

OperatingCase = Literal["I", "II", "III", "beyond III"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    r"""How long one slot takes in each stage.

    Parameters
    ----------
    arrival_s : float [s]
        :math:`\max(T_d, D_d)`, the slower of transmission and decoding; 0 where slots wait in a
        queue anyway, as in a simulation.
    detection_s : float [s]
        :math:`I_d`.
    learning_s : float [s]
        :math:`B_d`, what learning from a mini-batch takes, divided by its slots.

    Raises
    ------
    ValueError
        A delay is negative, or detection takes no time.
    """

    arrival_s: float
    detection_s: float
    learning_s: float

    def __post_init__(self) -> None:
        if min(self.arrival_s, self.learning_s) < 0.0 or self.detection_s <= 0.0:
            raise ValueError(f"{self}: delays are positive; arrival and learning may be 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """From which mini-batches a receiver can learn.

    Parameters
    ----------
    case : str
    num_minibatches : float
        Mini-batches that come while one is learned from, itself included; 1 or more.
    """

    case: OperatingCase
    num_minibatches: float

    @property
    def every(self) -> int:
        """Return the cadence in whole mini-batches: 1, every one; 2, every second."""
        return math.ceil(self.num_minibatches - 1e-9)  # 1 + 2 * 8 / 16 may come out above 2


def num_parallel(*, arrival_s: float, detection_s: float) -> int:
    """Return M, the slots that wait by the time one is detected and are detected together."""
    return max(1, math.ceil(detection_s / arrival_s - 1e-9))


def learning_s(
    *,
    detection_s: float,
    minibatch_slots: int,
    parallel_slots: int = 1,
    ratio: float = BACKWARD_TO_FORWARD,
) -> float:
    """Return :math:`B_d` where a mini-batch is learned from as one parallel pass [s].

    Raises
    ------
    ValueError
        A mini-batch is smaller than what is detected in parallel.
    """
    if not 0 < parallel_slots <= minibatch_slots:
        raise ValueError(
            f"a mini-batch has {minibatch_slots} slots and {parallel_slots} are detected in "
            "parallel; it takes at least as many"
        )
    return ratio * detection_s * parallel_slots / minibatch_slots


def cadence(delays: Delays) -> Cadence:
    """Return the case a receiver is in and the cadence that follows."""
    arrival_s, detection_s, more_s = delays.arrival_s, delays.detection_s, delays.learning_s
    if arrival_s >= detection_s + more_s:
        return Cadence(case="I", num_minibatches=1.0)
    passes = 1.0 + more_s / max(arrival_s, detection_s)
    return Cadence(case=_case(passes), num_minibatches=passes)


def _case(num_minibatches: float) -> OperatingCase:
    if num_minibatches <= 2.0:
        return "II"
    return "III" if num_minibatches <= 1.0 + BACKWARD_TO_FORWARD else "beyond III"
