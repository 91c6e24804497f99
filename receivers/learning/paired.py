# SPDX-License-Identifier: Apache-2.0
"""Two networks on the same hidden pilots: which is better, and beyond what doubt."""

import math
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from receivers.state import Kept


@dataclass(slots=True)
class Paired(Kept):
    """The differences of two networks' losses, slot by slot."""

    differences: list[float] = field(default_factory=list[float])

    def hear(self, losses: Tensor, other: Tensor) -> None:
        """Hear float32 [num_slots] losses of both networks on the same slots."""
        self.differences += (losses - other).tolist()

    @property
    def mean(self) -> float:
        """Return by how much the first one loses more than the other."""
        return float(np.mean(self.differences)) if self.differences else 0.0

    @property
    def deviations(self) -> float:
        """Return the mean in standard errors: Student's t; 0 with fewer than 2 slots."""
        num = len(self.differences)
        if num < 2:
            return 0.0
        error = float(np.std(self.differences, ddof=1)) / math.sqrt(num)
        return self.mean / error if error > 0 else 0.0
