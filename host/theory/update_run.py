# SPDX-License-Identifier: Apache-2.0
"""What was simulated of the update-magnitude model: over distance, or over moved parameters."""

from dataclasses import dataclass

import numpy as np

from receivers.theory.gradient_cosine import expected_cosine
from receivers.theory.least_squares import Floats
from receivers.theory.update_draws import UpdateDraws
from receivers.theory.update_magnitude import Measure, UpdateCase, crossing, expected

FROZEN, INITIALISED = 0, 1
FROZEN_NAME, INITIALISED_NAME = "frozen", "initialised"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRun:
    """One model and its draws.

    Parameters
    ----------
    case : UpdateCase
    x : tuple of float
        Distances, each with draws of frozen and initialised training; or numbers of moved
        parameters, the columns of one set of draws.
    drawn : tuple of UpdateDraws
    seed : int
    """

    case: UpdateCase
    x: tuple[float, ...]
    drawn: tuple[UpdateDraws, ...]
    seed: int

    def over_distance(self, measure: Measure, training: int) -> list[Floats]:
        """Return one training's error at every distance, float64 [num_draws] each."""
        return [drawn.of(measure)[:, training] for drawn in self.drawn]

    def over_counts(self, measure: Measure) -> list[Floats]:
        """Return the error at every number of moved parameters, float64 [num_draws] each."""
        return list(self.drawn[0].of(measure).T)

    def difference(self, measure: Measure) -> list[Floats]:
        """Return frozen minus initialised training at every distance, float64 [num_draws] each."""
        return [d.of(measure)[:, FROZEN] - d.of(measure)[:, INITIALISED] for d in self.drawn]

    @property
    def threshold(self) -> float | None:
        """Return the cosine expected where the mean errors cross.

        None where they do not cross, or where frozen training is the worse one nearby.
        """
        distance = crossing(self.case, Measure.MEAN)
        if distance is None or better_nearby(self.case, Measure.MEAN) == INITIALISED_NAME:
            return None
        return self.cosine_at(distance)

    def cosine_at(self, distance: float) -> float:
        """Return the expected cosine of the gradients where learning starts."""
        return expected_cosine(
            self.case.at(distance).tasks,
            num_first=self.case.num_first,
            num_second=self.case.num_second,
        )

    def adaptive(self, measure: Measure) -> list[Floats]:
        """Return the error of the rule: initialised below the threshold, else frozen."""
        threshold = self.threshold
        if threshold is None:
            return self.over_distance(measure, FROZEN)
        return [
            np.where(drawn.cosine < threshold, errors[:, INITIALISED], errors[:, FROZEN])
            for drawn, errors in ((drawn, drawn.of(measure)) for drawn in self.drawn)
        ]


def better_nearby(case: UpdateCase, measure: Measure) -> str:
    """Return which training has the smaller expected error when the second task is the first."""
    frozen, initialised = (
        expected(case.at(0.0), k).of(measure)
        for k in (case.num_frozen_training, case.num_initialised_training)
    )
    return FROZEN_NAME if frozen < initialised else INITIALISED_NAME
