# SPDX-License-Identifier: Apache-2.0
"""The tables of an experiment that are about learning: `[learners.NAME]` and `[probe]`."""

from typing import Annotated, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from receivers.learning.settings import LearnerSettings, unused_settings
from receivers.mimo.deep.online_settings import OnlineSettings


class LearnerTable(LearnerSettings):
    """A receiver that learns: the network it begins with, and the policy it follows.

    Parameters
    ----------
    network : str
        A network among the receivers, or the file of its weights.
    """

    network: Annotated[str, Field(min_length=1)]

    @property
    def settings(self) -> LearnerSettings:
        """Return the policy alone."""
        return LearnerSettings.model_validate(self.model_dump(exclude={"network"}))

    @model_validator(mode="after")
    def _check_use(self) -> Self:
        unused = unused_settings(self)
        for name in sorted(self.model_fields_set & set(unused)):
            raise ValueError(f"{name}: of no use with {unused[name]}; leave it out")
        return self


class DetectorLearnerTable(OnlineSettings):
    """A receiver of several users whose detector learns.

    Parameters
    ----------
    receiver : str
        The receiver that it begins as: an estimate of pilots and a detector that is a network.
    """

    receiver: Annotated[str, Field(min_length=1)]


Policy: TypeAlias = LearnerSettings | DetectorLearnerTable
"""How a learner of either sort learns."""


class Probe(BaseModel):
    """When and where the weights of a learner are tried without learning.

    Parameters
    ----------
    scenarios : tuple of str
        Shipped scenarios by name, others by path relative to the experiment file.
    every_slots : int
        Slots between two tries; the first is before the first slot. A multiple of the stopping
        rule's block size.
    num_slots : int
        Slots of each scenario in a try, the same ones every time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]
    every_slots: int = Field(ge=1)
    num_slots: int = Field(default=256, ge=8, multiple_of=8)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if len(set(self.scenarios)) < len(self.scenarios):
            raise ValueError("scenarios: one stands there twice; name each once")
        return self


class ProbePlan(BaseModel):
    """A probe as a record keeps it: scenarios by name and content.

    Parameters
    ----------
    scenarios : tuple of str
    scenario_hashes : tuple of str
    every_slots, num_slots : int
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenarios: tuple[str, ...]
    scenario_hashes: tuple[str, ...]
    every_slots: int
    num_slots: int
