# SPDX-License-Identifier: Apache-2.0
"""The levels of an axis of square QAM, as devices have them."""

import numpy as np
from numpy.typing import NDArray

from receivers.mimo.deep.real_model import levels
from sim.modulation import Modulation


def axis_levels(modulation: Modulation) -> NDArray[np.float32]:
    """Return the real parts of the points, by the number that their bits spell, float32."""
    of_unit_energy = levels(modulation).double().numpy()
    of_points: NDArray[np.float32] = (of_unit_energy * np.sqrt(0.5)).astype(np.float32)
    return of_points
