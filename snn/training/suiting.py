# SPDX-License-Identifier: Apache-2.0
"""Settings of a training that suit the recordings: their clock, and whether channels have order."""

from dataclasses import replace

from snn.data import catalog
from snn.training.settings import UNORDERED, TrainingSettings


def suited(
    settings: TrainingSettings, data_set: str, *, time_scale: float | None = None
) -> TrainingSettings:
    """Return the settings with time scale and distortions for recordings of a data set.

    Parameters
    ----------
    settings : TrainingSettings
    data_set : str
        What the recordings are called; where that is no data set, they are taken for speech.
    time_scale : float or None
        None takes the one of the data set.
    """
    if data_set not in catalog.names():
        return replace(settings, time_scale=time_scale or settings.time_scale)
    data = catalog.data_set(data_set)
    return replace(
        settings,
        time_scale=time_scale or data.time_scale,
        distortions=settings.distortions if data.is_in_a_row else UNORDERED,
    )
