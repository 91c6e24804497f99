# SPDX-License-Identifier: Apache-2.0
"""The record of a spiking deployment: what recordings cost on a board, and what it makes of them.

`airloop deploy NET.snn.npz --json FILE` writes one; tables are made from it alone. What was not
measured is null. Figures of a recording are means over those that the board was shown.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from host.deployment_record import Arena
from host.record import Band, Hardware
from snn.adaptation.methods import Method
from snn.integer.network import WeightBits


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Table):
    """Recordings that were drawn from a split of a set; `split` is null where all are one.

    `digest` is the hash of those drawn.
    """

    split: str | None
    num_recordings: int
    digest: str


class Data(_Table):
    """What the network was quantized with, and what the board was shown."""

    name: str
    quantized_with: Part
    shown: Part
    seed: int


class Mapped(_Table):
    """A mapping of the network to another time step, and the one that it had before."""

    from_dt_us: int
    method: Method


class Origin(_Table):
    """Where the network comes from; without `mappings` it runs at the step of its training.

    `sha256` is the hash of its file, which may hold a network that was mapped before.
    """

    file: str
    sha256: str
    mappings: tuple[Mapped, ...]


class ShownRecording(_Table):
    """One recording on the board, beside its twin and the float network.

    `label` is the class that it has, null where it has none; `told` and `told_by_float` the classes
    that were told. `num_unequal` counts scores and tallies that were not the twin's.
    """

    label: str | None
    told: str
    told_by_float: str
    events: int
    synops: int
    instructions: int | None
    num_unequal: int


class LayerCost(_Table):
    """What a layer, or the read-out, does for a recording; `saturations` are of all recordings.

    `instructions` are those of profiled runs, and leave out what is spent between layers.
    """

    name: str
    kind: str
    num_inputs: int
    num_outputs: int
    weight_bits: int
    events: float
    spikes: float
    synops: float
    saturations: int
    instructions: float | None


class RecordingCost(_Table):
    """What a recording costs on a board.

    `latency` and `energy` are modelled from `instructions`, the mean; `most_instructions` are those
    of the recording that takes most. The memory is told as in `host.record.Cost`.
    """

    synops: float
    instructions: float | None = None
    most_instructions: int | None = None
    latency: Band | None = None
    energy: Mapping[str, Band] = {}
    ram_bytes: int | None = None
    ram_capacity_bytes: int | None = None
    flash_bytes: int | None = None
    flash_capacity_bytes: int | None = None
    framed_bytes: float | None = None

    @property
    def instructions_per_synop(self) -> float | None:
        """Return the instructions of a synaptic operation, all others of the network included."""
        if self.instructions is None or not self.synops:
            return None
        return self.instructions / self.synops

    def real_time_factor(self, duration_us: int) -> Band | None:
        """Return the latency as a share of a recording's duration [us]: below 1 it keeps up."""
        if self.latency is None:
            return None
        value, low, high = (
            1e6 * seconds / duration_us
            for seconds in (self.latency.value, self.latency.low, self.latency.high)
        )
        return Band(value=value, low=low, high=high, unit="1", method=self.latency.method)


class SpikingElsewhere(_Table):
    """The same recordings on another board; `problem` says why there is no cost.

    `num_unequal` counts the recordings with anything that was not the twin's.
    """

    board: str
    core: str
    cost: RecordingCost | None = None
    num_unequal: int | None = None
    problem: str | None = None


class SpikingDeploymentRecord(_Table):
    """What one spiking network made of one board.

    `network` is its name in the image. `duration_us` is the window that every recording is seen in.
    """

    schema_version: Literal[1] = 1
    kind: Literal["spiking-deployment"] = "spiking-deployment"
    network: str
    origin: Origin
    board: str
    core: str
    dt_us: int
    weight_bits: WeightBits
    duration_us: int
    data: Data
    recordings: tuple[ShownRecording, ...]
    cost: RecordingCost
    layers: tuple[LayerCost, ...]
    hardware: Hardware
    arena: Arena
    elsewhere: tuple[SpikingElsewhere, ...] = ()

    @property
    def num_unequal(self) -> int:
        """Return how many recordings have anything that was not the twin's."""
        return sum(one.num_unequal > 0 for one in self.recordings)

    @property
    def labelled(self) -> tuple[ShownRecording, ...]:
        """Return the recordings whose class is known."""
        return tuple(one for one in self.recordings if one.label is not None)
