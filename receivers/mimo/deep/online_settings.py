# SPDX-License-Identifier: Apache-2.0
"""What a detector that learns while it detects is told."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

Taught = Literal["all", "channel-factors"]


class OnlineSettings(BaseModel):
    """How a detector of several users learns from pilots that overlap.

    Parameters
    ----------
    trained : str
        "all": every weight. "channel-factors": of unfolded detectors, some hundred numbers that all
        stages have in common, so that a patch of a device is small.
    num_steps : int
        Of Adam, behind each mini-batch.
    learning_rate : float
    batch_size : int
        Elements of a step.
    num_kept : int
        The newest elements that are learned from.
    minibatch_slots : int
        A multiple of 8, 8..256.
    cadence : int
        Learn from every so many mini-batches.
    seed : int
        Of order and turns.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: ClassVar[Literal["pilots"]] = "pilots"
    design: ClassVar[Literal["parallel"]] = "parallel"
    num_slots_before_learning: ClassVar[int] = 0
    runs_on_host: ClassVar[bool] = True
    runs_on_devices: ClassVar[bool] = True

    trained: Taught = "all"
    num_steps: int = Field(default=20, ge=1)
    learning_rate: FiniteFloat = Field(default=2e-3, gt=0)
    batch_size: int = Field(default=100, ge=1)
    num_kept: int = Field(default=4000, ge=1)
    minibatch_slots: int = Field(default=16, ge=8, le=256, multiple_of=8)
    cadence: int = Field(default=1, ge=1)
    seed: int = Field(default=1, ge=0)
