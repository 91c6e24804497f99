# SPDX-License-Identifier: Apache-2.0
"""The record of a spiking trial: one network, trained once and run at many time steps."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from host.record import Band
from host.result import Result
from snn.adaptation.methods import Method
from snn.integer.network import WeightBits


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpikingCell(_Table):
    """Where in the experiment a record stands; `held_out` is a group kept from training, or ""."""

    data: str
    held_out: str
    neuron: str
    is_recurrent: bool
    train_dt_us: int
    seed: int

    @property
    def network(self) -> str:
        """Return what the network is called: its neurons, and whether they are recurrent."""
        return f"recurrent {self.neuron}" if self.is_recurrent else self.neuron


class Told(_Table):
    """How many recordings were told right at one time step.

    `num_right` of `num_recordings` were; `low` and `high` bound the share at 95 % confidence
    (Clopper-Pearson). `synops_per_recording` are additions of a weight: one for each event or
    spike and each neuron that it reaches.
    """

    dt_us: int
    method: Method
    num_right: int
    num_recordings: int
    low: float
    high: float
    synops_per_recording: float

    @property
    def share(self) -> float:
        """Return the share of recordings that were told right."""
        return self.num_right / self.num_recordings


class Accuracy(Told):
    """How a network did at one time step."""

    events_per_recording: float
    spikes_per_recording: tuple[float, ...]


class Refused(_Table):
    """A time step at which a method has no counterpart of a network, and why, in words."""

    dt_us: int
    method: Method
    reason: str


class OnBoard(_Table):
    """What a board made of some of the recordings, the same for all boards.

    `num_unequal` of them had other scores or counts than the twin. Figures are means of a
    recording; null is what is not counted, or not modelled for the chip that a board stands for.
    """

    board: str
    stands_for: str | None
    firmware_hash: str
    num_recordings: int
    num_unequal: int
    synops: float
    instructions: float | None
    latency: Band | None
    energy: Band | None


class Deployed(Told):
    """How a network did in integers, all recordings in the twin and some on boards.

    `num_unlike_float` of the recordings were told otherwise than by the network of real numbers.
    `saturations` are the values that a limit changed, in all recordings.
    """

    weight_bits: WeightBits
    num_unlike_float: int
    saturations: int
    image_bytes: int
    image_hash: str
    boards: tuple[OnBoard, ...] = ()


class SpikingProvenance(_Table):
    """What is needed to train and run the same network again."""

    experiment: str
    code_version: str
    data_hash: str
    versions: dict[str, str | None]


class SpikingRun(_Table):
    """What may differ when the same trial runs again.

    `training_cpu_s` is null where the training went on from an earlier sitting.
    """

    started: str
    git_commit: str | None
    training_cpu_s: float | None
    wall_s: float
    host: str
    worker: int


class SpikingRecord(Result):
    """The result of one trial; `network_sha256` is the hash of the network's parameters."""

    schema_version: Literal[1] = 1
    cell: SpikingCell
    num_parameters: int
    num_training_recordings: int
    loss: float
    network_sha256: str
    accuracies: tuple[Accuracy, ...]
    refused: tuple[Refused, ...] = ()
    deployed: tuple[Deployed, ...] = ()
    provenance: SpikingProvenance
    run: SpikingRun

    def without_run(self) -> dict[str, object]:
        """Return what must be equal in every run of the same trial."""
        return self.model_dump(mode="json", exclude={"run"})
