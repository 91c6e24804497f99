# SPDX-License-Identifier: Apache-2.0
"""The experiment file: scenarios x receivers x devices x SNR grid x seeds, and when to stop."""

import json
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from host.errors import ExperimentError
from host.experiment_table import explained
from host.learners import DetectorLearnerTable, LearnerTable, Probe
from host.stopping import StoppingRule
from receivers.joined import located

HOST = "host"
"""The device that is no device: the receiver runs on this machine in floating point."""

TWIN = "twin"
"""The device that is the board's own integer code, compiled for this machine."""

_PATHS = (".toml", ".npz")
"""How the names end that are paths: scenarios and weights."""


class Metric(StrEnum):
    """What a trial reports.

    `ber` counts wrong coded bits before the decoder, `bler` counts wrong code words behind it, and
    `rate` is what a bit-metric decoder could still reach with these LLRs [bit/symbol].
    """

    BER = "ber"
    BLER = "bler"
    RATE = "rate"


Name = Annotated[str, Field(min_length=1)]
FolderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]
SnrGrid = Annotated[tuple[FiniteFloat, ...], Field(min_length=1)]
Seeds = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
Metrics = Annotated[tuple[Metric, ...], Field(min_length=1)]


def _sort_of(learner: object) -> str:
    """Return which sort of learner a table is about: that of the key which only it has."""
    if isinstance(learner, Mapping):
        return _OF_DETECTORS if "receiver" in learner else _OF_NETWORKS
    return _OF_DETECTORS if isinstance(learner, DetectorLearnerTable) else _OF_NETWORKS


_OF_DETECTORS, _OF_NETWORKS = "detector", "network"
AnyLearner = Annotated[
    Annotated[LearnerTable, Tag(_OF_NETWORKS)]
    | Annotated[DetectorLearnerTable, Tag(_OF_DETECTORS)],
    Discriminator(_sort_of),
]


class Experiment(BaseModel):
    """One experiment file.

    Parameters
    ----------
    name : str
        Names the folder of the results.
    title : str
        One line for the report.
    scenarios : tuple of str
        Shipped scenarios by name, others by path relative to the experiment file.
    receivers, devices : tuple of str
        A device is "host" (float, on this machine), "twin" (the board's int8 code, on this
        machine) or a board. Only networks run on twin and boards; other receivers skip them.
    snr : tuple of float or None [dB]
        Replaces the scenario's own grid, in the scenario's own kind of SNR.
    seeds : tuple of int
    coded : bool
        Whether code words are decoded; without it there is no `bler`.
    metrics : tuple of Metric
    board_slots : int or None
        At most so many slots a trial on boards, which are slower than this machine.
    board_snr : tuple of float or None [dB]
        The part of the grid that boards run; None = all of it.
    learners : mapping of str to LearnerTable or DetectorLearnerTable
        Receivers that learn while they detect, by the names they get in tables and records.
    probe : Probe or None
        Channels on which the weights of the learners are tried now and then, without learning.
    stop : StoppingRule
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: FolderName
    title: str = ""
    scenarios: Names
    receivers: tuple[Name, ...] = ()
    devices: Names = (HOST,)
    snr: SnrGrid | None = None
    seeds: Seeds = (1,)
    coded: bool = True
    metrics: Metrics = tuple(Metric)
    board_slots: int | None = Field(default=None, ge=1)
    board_snr: SnrGrid | None = None
    learners: Mapping[FolderName, AnyLearner] = {}
    probe: Probe | None = None
    stop: StoppingRule = StoppingRule()

    @field_validator("scenarios", "receivers", "devices", "snr", "seeds", "metrics", "board_snr")
    @classmethod
    def _no_duplicates(cls, values: tuple[object, ...] | None) -> tuple[object, ...] | None:
        duplicates = sorted(
            {str(value) for value in values or () if values and values.count(value) > 1}
        )
        if duplicates:
            raise ValueError(f"{', '.join(duplicates)} stands there twice; name each once")
        return values

    @model_validator(mode="after")
    def _somebody_receives(self) -> Self:
        if not self.receivers and not self.learners:
            raise ValueError("receivers: this list is empty; name at least one, or a learner")
        if self.learners and self.stop.block_size % 8:
            raise ValueError(
                f"stop.block_size: {self.stop.block_size} is no multiple of 8; learners take their "
                "slots in groups of 8"
            )
        for name, learner in self.learners.items():
            least = learner.num_slots_before_learning
            for key, num_slots in self._most_slots.items():
                if num_slots <= least:
                    raise ValueError(
                        f"learners.{name}: its gate cannot open within {least:,} slots, and "
                        f'{key} is {num_slots:,}; raise it, or set gate = "open"'
                    )
        if self.probe and self.probe.every_slots % self.stop.block_size:
            raise ValueError(
                f"probe.every_slots: {self.probe.every_slots} is no multiple of stop.block_size, "
                f"which is {self.stop.block_size}"
            )
        return self

    @property
    def _most_slots(self) -> Mapping[str, int]:
        """Return the most slots of a trial by the key that says so; boards may have fewer."""
        most = {"stop.max_slots": self.stop.max_slots}
        has_board = any(device not in (HOST, TWIN) for device in self.devices)
        return most | ({"board_slots": self.board_slots} if has_board and self.board_slots else {})

    @property
    def files(self) -> tuple[str, ...]:
        """Return what the experiment names by path: scenarios and weights."""
        learning = (
            one.network if isinstance(one, LearnerTable) else one.receiver
            for one in self.learners.values()
        )
        probed = self.probe.scenarios if self.probe else ()
        named = (*self.scenarios, *probed, *self.receivers, *learning)
        return tuple(dict.fromkeys(name for name in named if name.endswith(_PATHS)))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read an experiment file.

        Raises
        ------
        ExperimentError
            With `file: table.key: problem` if the file is missing, no TOML, or breaks the schema.
        """
        return cls.parse(read_text(path), file=str(path))

    @classmethod
    def parse(cls, text: str, *, file: str) -> Self:
        """Read the text of an experiment file; `file` is the name that errors give it."""
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ExperimentError(file=file, key="", problem=f"this is no TOML: {error}") from None
        return cls.from_content(content, file=file)

    @classmethod
    def from_content(cls, content: Mapping[str, object], *, file: str) -> Self:
        """Check the tables of an experiment; `file` is the name that errors give them."""
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise explained(error, file=file, whole=cls, tables=_TABLES) from None


def read_text(path: Path) -> str:
    """Read an experiment file; if there is none, the error names those beside it."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        found = (*path.parent.glob("*.toml"), *Path("benchmarks/experiments").glob("*.toml"))
        there = sorted({str(other) for other in found if other.name != "pyproject.toml"})
        problem = f"there is no such file; there are: {', '.join(there) or 'none'}"
    except (OSError, UnicodeDecodeError) as error:
        problem = f"it cannot be read: {error}"
    raise ExperimentError(file=str(path), key="", problem=problem)


def is_scenario_file(name: str) -> bool:
    """Return whether a scenario is named by its file."""
    return name.endswith(".toml")


def anchored(text: str, *, folder: Path, file: str) -> str:
    """Return the text of an experiment with its relative paths made absolute.

    Comments stay, unless a path is written in a way that only a parser understands.

    Parameters
    ----------
    text : str
        An experiment file that has been read without errors.
    folder : Path
        Where its relative paths start.
    file : str
        The name that errors give it.
    """
    experiment = Experiment.parse(text, file=file)
    paths = {name: located(name, beside=folder) for name in experiment.files}
    wanted = _with_paths(experiment, paths)
    for name, path in paths.items():
        for quote in "\"'":
            text = text.replace(f"{quote}{name}{quote}", json.dumps(path, ensure_ascii=False))
    return text if _reads_as(text, wanted) else to_toml(wanted)


def _with_paths(experiment: Experiment, paths: Mapping[str, str]) -> Experiment:
    content = experiment.model_dump(exclude_none=True, exclude_unset=True)
    probe = content.get("probe", {"scenarios": ()})
    for table, key in ((content, "scenarios"), (content, "receivers"), (probe, "scenarios")):
        table[key] = tuple(paths.get(name, name) for name in table.get(key, ()))
    for learner in content.get("learners", {}).values():
        key = "network" if "network" in learner else "receiver"
        learner[key] = paths.get(learner[key], learner[key])
    return Experiment.model_validate(content)


def _reads_as(text: str, experiment: Experiment) -> bool:
    try:
        return Experiment.parse(text, file="") == experiment
    except ExperimentError:
        return False


def to_toml(experiment: Experiment) -> str:
    """Write an experiment as the file that reads back as the same one."""
    content = experiment.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    learners = content.pop("learners", {})
    tables: dict[str, Mapping[str, object]] = {
        name: content.pop(name) for name in ("probe", "stop") if name in content
    }
    tables |= {f"learners.{json.dumps(name)}": table for name, table in learners.items()}
    lines = _assignments(content)
    for name, table in tables.items():
        lines += ["", f"[{name}]", *_assignments(table)]
    return "\n".join(lines) + "\n"


def _assignments(table: Mapping[str, object]) -> list[str]:
    # JSON strings, numbers, booleans and lists of them are TOML as well.
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]


_TABLES: Mapping[str, type[BaseModel]] = {
    "stop": StoppingRule,
    "probe": Probe,
    f"learners:{_OF_NETWORKS}": LearnerTable,
    f"learners:{_OF_DETECTORS}": DetectorLearnerTable,
}
