# SPDX-License-Identifier: Apache-2.0
"""The experiment file of spiking networks: trained at some time steps, run at others.

Networks of every kind are trained at every time step of `train_dt_ms`, with every seed, and each is
run at every step of `run_dt_ms` by every method, on every device.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from host.errors import ExperimentError
from host.experiment import FolderName, Seeds
from host.experiment_table import ExperimentTable, each_once, parse
from snn import catalog
from snn.adaptation.methods import Method
from snn.data import catalog as data_sets
from snn.errors import SpikingError
from snn.integer.network import WeightBits
from snn.time_step import microseconds
from snn.training.settings import TrainingSettings

TimeSteps = Annotated[tuple[Annotated[float, Field(gt=0.0, le=1000.0)], ...], Field(min_length=1)]


class Data(ExperimentTable):
    """Which recordings networks learn from, and which they are judged by.

    Parameters
    ----------
    set : str
        Key of `snn.data.catalog`.
    path : str
        The folder or file of the set, from the folder of the experiment; may hold variables of
        the environment, such as $AIRLOOP_DATA. Left out for a set that is generated.
    train, test : str
        Splits of the set.
    held_out : tuple of str
        Groups, such as speakers: for each of them a network that never met it is judged by it, and
        nothing else. Then `train` names the split that all recordings come from, and `test` none.
    """

    set: str
    path: str = Field(default="", validate_default=True)
    train: str = "train"
    test: str = "test"
    held_out: tuple[Annotated[str, Field(min_length=1)], ...] = ()

    @field_validator("held_out")
    @classmethod
    def _no_duplicates(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return each_once(names)

    @field_validator("set")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in data_sets.names():
            raise ValueError(f"no data set {name!r}; there are: {', '.join(data_sets.names())}")
        return name

    @field_validator("path")
    @classmethod
    def _where_files_are(cls, path: str, info: ValidationInfo) -> str:
        name = info.data.get("set")
        if path and name in data_sets.GENERATED:
            raise ValueError(f"{name} is generated, not read; leave this key out")
        if not path and name not in data_sets.GENERATED:
            raise ValueError("this key is required")
        return path


class Training(ExperimentTable):
    """How networks are trained; what is left out is as in `snn.training.settings`.

    A time scale of None is the one that suits the data set.
    """

    hidden: tuple[Annotated[int, Field(ge=1)], ...] = TrainingSettings().hidden
    num_epochs: Annotated[int, Field(ge=1)] = TrainingSettings().num_epochs
    batch_size: Annotated[int, Field(ge=1)] = TrainingSettings().batch_size
    learning_rate: Annotated[float, Field(gt=0.0, lt=1.0)] = TrainingSettings().learning_rate
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = TrainingSettings().dropout
    time_scale: Annotated[float, Field(ge=1e-9, le=1e3)] | None = None


class Deployment(ExperimentTable):
    """The devices that networks run on in integers, at each of their time steps.

    The twin, which is the firmware's own C on this machine, always runs all recordings.

    Parameters
    ----------
    boards : tuple of str
        Each is given some of the recordings.
    weight_bits : tuple of 8 or 4
    method : Method
        That maps a network to a time step other than its own.
    num_recordings : int
        What a board is given, spread over all recordings.
    """

    boards: tuple[str, ...] = ()
    weight_bits: Annotated[tuple[WeightBits, ...], Field(min_length=1)] = (8,)
    method: Method = Method.INTEGRAL
    num_recordings: Annotated[int, Field(ge=1)] = 40

    @field_validator("boards", "weight_bits")
    @classmethod
    def _no_duplicates(cls, values: tuple[object, ...]) -> tuple[object, ...]:
        return each_once(values)


class SpikingExperiment(ExperimentTable):
    """An experiment with spiking networks; all fields but three have defaults.

    Parameters
    ----------
    kind : "spiking"
    name : str
        Names the folder of the results.
    title : str
        One line for the report.
    data : Data
    neurons : tuple of str
        Keys of `snn.catalog.NEURONS`.
    recurrent : tuple of bool
        Feed-forward, recurrent, or both.
    train_dt_ms, run_dt_ms : tuple of float [ms]
        Whole microseconds. A network always runs at its own time step as well.
    methods : tuple of Method
    seeds : tuple of int
    training : Training
    deployment : Deployment or None
        None runs networks as they were trained, and nowhere else.
    """

    kind: Literal["spiking"]
    name: FolderName
    title: str = ""
    data: Data
    neurons: Annotated[tuple[str, ...], Field(min_length=1)] = ("adlif",)
    recurrent: Annotated[tuple[bool, ...], Field(min_length=1)] = (False,)
    train_dt_ms: TimeSteps = (8.0,)
    run_dt_ms: TimeSteps = (1.0, 2.0, 4.0, 8.0, 16.0)
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = (Method.INTEGRAL,)
    seeds: Seeds = (1,)
    training: Training = Training()
    deployment: Deployment | None = None

    @field_validator("neurons")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in catalog.NEURONS:
                raise ValueError(f"no neuron {name!r}; there are: {', '.join(catalog.NEURONS)}")
        return names

    @field_validator("train_dt_ms", "run_dt_ms")
    @classmethod
    def _whole_microseconds(cls, steps_ms: tuple[float, ...]) -> tuple[float, ...]:
        for step_ms in steps_ms:
            try:
                microseconds(step_ms)
            except SpikingError as error:
                raise ValueError(str(error)) from None
        return steps_ms

    @field_validator("neurons", "recurrent", "train_dt_ms", "run_dt_ms", "methods", "seeds")
    @classmethod
    def _no_duplicates(cls, values: tuple[object, ...]) -> tuple[object, ...]:
        return each_once(values)

    @property
    def train_dt_us(self) -> tuple[int, ...]:
        """Return the time steps that networks are trained at [us]."""
        return tuple(microseconds(step_ms) for step_ms in self.train_dt_ms)

    @property
    def run_dt_us(self) -> tuple[int, ...]:
        """Return the time steps that networks are run at [us]."""
        return tuple(microseconds(step_ms) for step_ms in self.run_dt_ms)

    @classmethod
    def parse(cls, text: str, *, file: str) -> "SpikingExperiment":
        """Read an experiment; raises ExperimentError with `file: table.key: problem`."""
        return parse(cls, text, file=file, tables=_TABLES)

    def data_path(self, *, folder: Path, file: str) -> Path:
        """Return the place of the data; raises ExperimentError if a variable is not set."""
        expanded = os.path.expandvars(self.data.path)
        if "$" in expanded:
            problem = (
                f"{self.data.path}: this variable of the environment is not set. Set it, or name "
                "the folder of the data set"
            )
            raise ExperimentError(file=file, key="data.path", problem=problem)
        return folder / Path(expanded).expanduser()

    def anchored(self, text: str, *, folder: Path) -> str:
        """Return the text of this experiment with a relative path of the data made absolute."""
        path = self.data.path
        if not path or path.startswith(("$", "~", "/")):
            return text
        resolved = str((folder / path).resolve())
        key = re.compile(rf"""^(\s*path\s*=\s*)["']{re.escape(path)}["']""", re.MULTILINE)
        kept = key.sub(lambda found: found[1] + json.dumps(resolved, ensure_ascii=False), text)
        wanted = self.model_copy(update={"data": self.data.model_copy(update={"path": resolved})})
        if self.parse(kept, file="") != wanted:
            problem = f"{path}: write this path on a line of its own, path = {json.dumps(path)}"
            raise ExperimentError(file="", key="data.path", problem=problem)
        return kept


_TABLES: Mapping[str, type[BaseModel]] = {
    "data": Data,
    "training": Training,
    "deployment": Deployment,
}
