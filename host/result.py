# SPDX-License-Identifier: Apache-2.0
"""What campaigns run and what comes of it: a trial that has a name, and its result on one line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from host.errors import RecordError


class Result(BaseModel):
    """The result of one trial: one line of JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trial_id: str

    def line(self) -> str:
        """Return the result as one line of JSON, without the line's end."""
        return self.model_dump_json()

    @classmethod
    def from_line(cls, line: str, *, place: str) -> Self:
        """Read one line; `place` is the `file:line` that errors name."""
        try:
            return cls.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            problem = f"{key}: {first['msg']}; damaged, or of another version: run again"
            raise RecordError(f"{place}: {problem}") from None


class Task(Protocol):
    """A trial: small, and able to travel to another process or machine."""

    @property
    def trial_id(self) -> str:
        """Return its name: the hash of all that its result depends on."""
        ...

    @property
    def resources(self) -> Mapping[str, int]:
        """Return what it needs while it runs, by name and number."""
        ...

    def kept_in(self, folder: Path) -> Self:
        """Return the same trial, which keeps its state in `folder` while it runs."""
        ...


T = TypeVar("T", bound=Task)
T_contra = TypeVar("T_contra", bound=Task, contravariant=True)
R = TypeVar("R", bound=Result)
R_co = TypeVar("R_co", bound=Result, covariant=True)
R_contra = TypeVar("R_contra", bound=Result, contravariant=True)
