# SPDX-License-Identifier: Apache-2.0
"""The tables of an experiment that say where channels come from, and what distorts antennas."""

from typing import Annotated, Literal

from pydantic import Field

from channels.impairments.front_end import Compression, Distortion, OneBit, SoftLimit
from host.experiment_table import ExperimentTable

Correlation = Annotated[float, Field(ge=0.0, lt=1.0)]
Positive = Annotated[float, Field(gt=0.0)]


class SyntheticDecaySource(ExperimentTable):
    """`channels.matrices.SyntheticDecay`: the same channel with every seed."""

    kind: Literal["synthetic-decay"]
    has_fading: bool = True

    @property
    def label(self) -> str:
        """Return what it is called in titles."""
        return "SED with fading" if self.has_fading else "SED"


class RayleighSource(ExperimentTable):
    """`channels.matrices.Rayleigh`."""

    kind: Literal["rayleigh"]
    rx_correlation: Correlation = 0.0
    tx_correlation: Correlation = 0.0
    is_block_fading: bool = False

    @property
    def label(self) -> str:
        """Return what it is called in titles."""
        fading = "Rayleigh, by block" if self.is_block_fading else "Rayleigh, by element"
        if not (self.rx_correlation or self.tx_correlation):
            return fading
        return f"{fading}, correlation {self.rx_correlation:g} and {self.tx_correlation:g}"


class ScenarioSource(ExperimentTable):
    """`channels.matrices.FromScenario`.

    Parameters
    ----------
    name : str
        A shipped scenario, or the path of one from the folder of the experiment.
    """

    kind: Literal["scenario"]
    name: Annotated[str, Field(min_length=1)]

    @property
    def label(self) -> str:
        """Return what it is called in titles."""
        return self.name


SourceTable = Annotated[
    SyntheticDecaySource | RayleighSource | ScenarioSource, Field(discriminator="kind")
]


class Linear(ExperimentTable):
    """No distortion."""

    kind: Literal["none"] = "none"

    @property
    def label(self) -> str:
        """Return what it is called in titles."""
        return "linear"

    def build(self) -> Distortion | None:
        """Return None."""
        return None


class OneBitTable(ExperimentTable):
    """`channels.impairments.front_end.OneBit`."""

    kind: Literal["one-bit"]

    @property
    def label(self) -> str:
        """Return what it is called in titles."""
        return "one bit"

    def build(self) -> Distortion | None:
        """Return the distortion."""
        return OneBit()


class TanhTable(ExperimentTable):
    """`channels.impairments.front_end.SoftLimit`."""

    kind: Literal["tanh"]
    drive: Positive = 1.0

    @property
    def label(self) -> str:
        """Return what it is called in titles."""
        return f"tanh, drive {self.drive:g}"

    def build(self) -> Distortion | None:
        """Return the distortion."""
        return SoftLimit(drive=self.drive)


class RappTable(ExperimentTable):
    """`channels.impairments.front_end.Compression`."""

    kind: Literal["rapp"]
    backoff_db: float = 0.0
    smoothness: Positive = 2.0

    @property
    def label(self) -> str:
        """Return what it is called in titles."""
        return f"Rapp, {self.backoff_db:g} dB back-off, p = {self.smoothness:g}"

    def build(self) -> Distortion | None:
        """Return the distortion."""
        return Compression(backoff_db=self.backoff_db, smoothness=self.smoothness)


DistortionTable = Annotated[
    Linear | OneBitTable | TanhTable | RappTable, Field(discriminator="kind")
]
