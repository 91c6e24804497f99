# SPDX-License-Identifier: Apache-2.0
"""The record of a detection trial: one detector at one point of a study, block by block."""

from typing import Literal

from host.detection.conditions import DistortionTable, Linear, SourceTable
from host.experiment_table import ExperimentTable
from host.result import Result
from sim.modulation import Modulation


class DetectionCell(ExperimentTable):
    """Where in the experiment a record stands.

    `num_pilots` is null for detectors that do not learn, `num_iterations` for those without that
    setting. The data of a block begin behind `pilot_part` elements.
    """

    detector: str
    source: SourceTable
    distortion: DistortionTable = Linear()
    modulation: Modulation
    num_rx_ant: int
    num_tx: int
    snr_db: float
    csi_error_variance: float
    num_pilots: int | None
    num_iterations: int | None
    pilot_part: int
    num_data: int
    blocks: tuple[int, ...]
    seed: int


class Counted(ExperimentTable):
    """What was counted on some elements of a block; `lost` is their cross-entropy, summed [nat]."""

    num_symbols: int
    symbol_errors: int
    num_bits: int
    bit_errors: int
    lost: float


class BlockResult(ExperimentTable):
    """One block; `cluster` names what it shares its channel with. Pilots are null without any."""

    block: int
    cluster: str
    data: Counted
    pilots: Counted | None


class Rate(ExperimentTable):
    """An error rate, with both of its 95 % intervals.

    `low` and `high` take every event for independent (Clopper-Pearson). `clustered_low` and
    `clustered_high` do not: they are the same at the effective number of events between
    `num_clusters` clusters (Korn and Graubard), and null where there is only one.
    """

    value: float
    errors: int
    n: int
    low: float
    high: float
    num_clusters: int
    clustered_low: float | None
    clustered_high: float | None


class Mean(ExperimentTable):
    """A mean with its 95 % interval, Student's t between clusters; null where there is only one."""

    value: float
    low: float | None
    high: float | None


class Figures(ExperimentTable):
    """Symbol and bit error rate, and the cross-entropy of a symbol [nat]."""

    ser: Rate
    ber: Rate
    cross_entropy: Mean


class DetectionProvenance(ExperimentTable):
    """What is needed to run the trial again; `anchor` is whom the experiment compares with."""

    experiment: str
    anchor: str
    code_version: str
    scenario_hash: str | None
    versions: dict[str, str | None]


class DetectionRun(ExperimentTable):
    """What may differ when the same trial runs again; CPU times are of all blocks together."""

    started: str
    git_commit: str | None
    learning_cpu_s: float
    detection_cpu_s: float
    wall_s: float
    host: str
    worker: int


class DetectionRecord(Result):
    """The result of one trial.

    `pilots` are figures on the very elements that it learned from, and `gap` is the cross-entropy
    of data less that of pilots [nat]; null for what does not learn. `num_parameters` are those of
    its network, 0 without one.
    """

    schema_version: Literal[1] = 1
    kind: Literal["detection"] = "detection"
    cell: DetectionCell
    num_parameters: int
    data: Figures
    pilots: Figures | None
    gap: Mean | None
    blocks: tuple[BlockResult, ...]
    provenance: DetectionProvenance
    run: DetectionRun

    def without_run(self) -> dict[str, object]:
        """Return what must be equal in every run of the same trial."""
        return self.model_dump(mode="json", exclude={"run"})
