# SPDX-License-Identifier: Apache-2.0
"""What a training of a spiking network is told; the defaults are those of the quoted figures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Distortions:
    """How recordings are varied while a network learns from them, each one anew every time.

    Parameters
    ----------
    shift_s : float [s]
        Moved in time by up to this, either way.
    stretch : float
        Played faster or slower by up to this share.
    num_shifted_channels : int
        Moved along the channels by up to so many, either way: another voice, another place.
    num_masked_channels : int
        Up to so many neighbouring channels are silent (Park et al., "SpecAugment", 2019).
    """

    shift_s: float = 0.04
    stretch: float = 0.1
    num_shifted_channels: int = 2
    num_masked_channels: int = 8


UNORDERED = Distortions(num_shifted_channels=0, num_masked_channels=0)
"""For channels that have no neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """What is trained, for how long.

    Parameters
    ----------
    dt_us : int [us]
        The time step of the network.
    hidden : tuple of int
        Neurons of each layer.
    neuron : str
        Key of `snn.catalog.NEURONS`.
    is_recurrent : bool
    dropout : float
        Share of the neurons of each layer that are silent, drawn for each recording and step.
    num_epochs : int
        Passes over all recordings; the rate rises over the first third and then falls to nothing.
    batch_size : int
        Recordings of a step.
    learning_rate : float
        Peak rate.
    label_smoothing : float
        Share of the label that is spread over all classes.
    time_scale : float
        Of neurons and distortions: 1 suits speech, 0.001 what happens a thousand times as fast.
    distortions : Distortions
    seed : int
        First weights, order and distortions.
    """

    dt_us: int = 8000
    hidden: tuple[int, ...] = (128, 128)
    neuron: str = "adlif"
    is_recurrent: bool = False
    dropout: float = 0.2
    num_epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 4e-3
    label_smoothing: float = 0.05
    time_scale: float = 1.0
    distortions: Distortions = Distortions()
    seed: int = 1
