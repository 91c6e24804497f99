# SPDX-License-Identifier: Apache-2.0
"""What a training is told; the defaults are those that made the weights that ship."""

from dataclasses import dataclass

# Half of the slots from the link of the published figures, half from channels unlike it.
DEFAULT_SCENARIOS = (
    "sionna-tutorial",
    "urban-slow",
    "sionna-tutorial",
    "urban-fast",
    "sionna-tutorial",
    "indoor",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """What is trained, on what, for how long.

    Parameters
    ----------
    size : str
        Key of `receivers.neural.sizes.SIZES`.
    scenarios : tuple of str
        Visited in turn, one a step; repeat a name to weigh it more.
    num_steps : int
        Optimiser steps; the learning rate falls to zero over them as a half cosine.
    num_rounded_steps : int
        Steps behind those, with activations rounded as int8 rounds them, at a tenth of the rate.
    batch_size : int
        Slots of 64 subcarriers a step; wider grids get fewer slots in proportion.
    learning_rate : float
        Peak rate of AdamW.
    min_snr_db, max_snr_db : float [dB]
        Every slot draws its own uniformly, in the scenario's kind of SNR.
    max_hidden_share : float
        Every step hides a share of the learning pilots, uniform from 0 to this: for receivers that
        will learn from hidden pilots. 0: none.
    seed : int
        Initial weights, slots and SNRs.
    """

    size: str
    scenarios: tuple[str, ...] = DEFAULT_SCENARIOS
    num_steps: int = 10_000
    num_rounded_steps: int = 1_500
    batch_size: int = 32
    learning_rate: float = 6e-3
    min_snr_db: float = -4.0
    max_snr_db: float = 6.0
    max_hidden_share: float = 0.0
    seed: int = 1

    @property
    def num_steps_in_all(self) -> int:
        """Return the steps of both parts."""
        return self.num_steps + self.num_rounded_steps
