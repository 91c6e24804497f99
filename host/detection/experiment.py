# SPDX-License-Identifier: Apache-2.0
"""The experiment file of detectors: who detects, on which blocks, after how many pilots.

Every detector meets the same blocks. A block is a part of pilots, as long as the largest number of
pilots of the file, and the data behind it: whoever learns takes the first `num_pilots` elements.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, FiniteFloat, field_validator, model_validator

from host.detection import conditions
from host.detection.conditions import DistortionTable, Linear, SourceTable
from host.experiment import FolderName, Seeds, SnrGrid
from host.experiment_table import ExperimentTable, each_once, parse
from receivers.mimo import catalog
from receivers.mimo.deep import learning
from sim.modulation import Modulation

Counts = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]
Variances = Annotated[tuple[Annotated[FiniteFloat, Field(ge=0.0)], ...], Field(min_length=1)]
_FITTED = "fitted-"


class DetectionExperiment(ExperimentTable):
    """An experiment with detectors of several users. Every list is an axis.

    Parameters
    ----------
    kind : "detection"
    name : str
        Names the folder of the results.
    title : str
        One line for the report.
    detectors : tuple of str
        Of `receivers.mimo.catalog` and of `receivers.mimo.deep.learning`.
    anchor : str
        A detector that does not learn, which every figure has; it runs whether listed or not.
    modulation : Modulation
    num_rx_ant : tuple of int
        Empty: as many antennas as users. A scenario has numbers of its own.
    num_tx : tuple of int
        Users.
    snr_db : tuple of float [dB]
        See `sim.mimo.blocks`.
    csi_error_variance : tuple of float
    num_pilots, num_iterations : tuple of int
        For detectors that learn, and for those that repeat themselves.
    num_data : int
        Elements of a block that are detected.
    num_blocks, period : int
        So many blocks, evenly over `period` block indices; by default one behind the other.
    blocks : tuple of int
        Indices of blocks, in place of these two.
    seeds : tuple of int
    source : SourceTable
    distortion : tuple of DistortionTable
        One table, or several; `none` is a linear receiver.
    """

    kind: Literal["detection"]
    name: FolderName
    title: str = ""
    detectors: Annotated[tuple[str, ...], Field(min_length=1)]
    anchor: str = "map"
    modulation: Modulation = Modulation.QPSK
    num_rx_ant: tuple[Annotated[int, Field(ge=1)], ...] = ()
    num_tx: tuple[Annotated[int, Field(ge=1)], ...] = ()
    snr_db: SnrGrid
    csi_error_variance: Variances = (0.0,)
    num_pilots: Counts = (500,)
    num_iterations: Counts = (5,)
    num_data: Annotated[int, Field(ge=1)] = 1000
    num_blocks: Annotated[int, Field(ge=1)] | None = None
    period: Annotated[int, Field(ge=1)] | None = None
    blocks: tuple[Annotated[int, Field(ge=0)], ...] = ()
    seeds: Seeds = (1,)
    source: SourceTable
    distortion: Annotated[tuple[DistortionTable, ...], Field(min_length=1)] = (Linear(),)

    @field_validator("detectors")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        legal = sorted({*catalog.names(), *learning.names()})
        for name in names:
            if name not in legal:
                raise ValueError(f"no detector {name!r}; there are: {', '.join(legal)}")
        return names

    @field_validator("anchor")
    @classmethod
    def _classical(cls, name: str) -> str:
        if name not in catalog.names():
            raise ValueError(
                f"no detector {name!r} that does not learn; there are: {', '.join(catalog.names())}"
            )
        return name

    @field_validator("distortion", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, dict) else value

    @field_validator(
        "detectors",
        "num_rx_ant",
        "num_tx",
        "snr_db",
        "csi_error_variance",
        "num_pilots",
        "num_iterations",
        "blocks",
        "seeds",
        "distortion",
    )
    @classmethod
    def _no_duplicates(cls, values: tuple[object, ...]) -> tuple[object, ...]:
        return each_once(values)

    @model_validator(mode="after")
    def _users(self) -> Self:
        for key in ("num_rx_ant", "num_tx"):
            if self.source.kind == "scenario" and getattr(self, key):
                raise ValueError(f"{key}: the scenario says it; leave this key out")
        if self.source.kind != "scenario" and not self.num_tx:
            raise ValueError("num_tx: this key is required; name at least one number of users")
        return self

    @model_validator(mode="after")
    def _which_blocks(self) -> Self:
        if bool(self.blocks) == (self.num_blocks is not None):
            raise ValueError("num_blocks: name either this or a list of blocks")
        if self.period is None:
            return self
        if self.num_blocks is None:
            raise ValueError("period: this is for num_blocks, not for a list of blocks")
        if self.period < self.num_blocks:
            problem = f"{self.num_blocks} blocks do not fit into {self.period}"
            raise ValueError(f"period: {problem}; raise it, or lower num_blocks")
        return self

    @property
    def block_indices(self) -> tuple[int, ...]:
        """Return the indices of the blocks."""
        number = self.num_blocks or 0
        period = self.period or number
        return self.blocks or tuple(i * period // number for i in range(number))

    @property
    def all_detectors(self) -> tuple[str, ...]:
        """Return the detectors, the anchor first where the list lacks it."""
        has_it = self.anchor in self.detectors
        return self.detectors if has_it else (self.anchor, *self.detectors)

    @classmethod
    def parse(cls, text: str, *, file: str) -> "DetectionExperiment":
        """Read an experiment; raises ExperimentError with `file: table.key: problem`."""
        return parse(cls, text, file=file, tables=_TABLES)


def learns(detector: str) -> bool:
    """Return whether a detector learns from pilots."""
    return detector in learning.names()


def iterates(detector: str) -> bool:
    """Return whether the number of iterations is a setting: not of what only learns a channel."""
    is_fit = detector.startswith(_FITTED) and detector.removeprefix(_FITTED) in catalog.names()
    return learns(detector) and not is_fit


def classical_part(detector: str) -> str | None:
    """Return the detector of the catalog that works inside, if there is one."""
    if learns(detector) and not detector.startswith(_FITTED):
        return None  # one of its name that was trained beforehand is another detector
    name = detector.removeprefix(_FITTED)
    return name if name in catalog.names() else None


_TABLES: Mapping[str, type[BaseModel]] = {
    "source:synthetic-decay": conditions.SyntheticDecaySource,
    "source:rayleigh": conditions.RayleighSource,
    "source:scenario": conditions.ScenarioSource,
    "distortion:none": conditions.Linear,
    "distortion:one-bit": conditions.OneBitTable,
    "distortion:tanh": conditions.TanhTable,
    "distortion:rapp": conditions.RappTable,
}
