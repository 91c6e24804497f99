# SPDX-License-Identifier: Apache-2.0
"""The record: what one trial measured, and everything needed to measure it again.

One record is one line of JSON. What was not measured is null. Everything that may differ between
two runs of the same trial on the same checkout stands in `run`; the rest is equal to the last bit,
whatever the number of workers, the batch size and the interruptions on the way.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from host.course import Course
from host.experiment import Metric
from host.learners import Policy, ProbePlan
from host.result import Result
from host.stopping import StoppingRule, StopReason
from receivers.learning.event_kind import EventKind


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(_Table):
    """Where in the experiment the record stands; the readable half of the trial's identity."""

    scenario: str
    receiver: str
    device: str
    snr_db: float
    snr_kind: Literal["ebno_db", "snr_db"]
    seed: int
    coded: bool
    metrics: tuple[Metric, ...]
    stop: StoppingRule
    learner: Policy | None = None
    probe: ProbePlan | None = None


class Measurement(_Table):
    """One measured figure with its interval.

    `n` counts what `errors` are counted out of (bits, code words) or what was averaged over;
    `n_effective` is how many independent events they are worth. `low` and `high` bound the value
    with probability `confidence`; they are null where one trial cannot tell, and `method` says
    why.
    """

    value: float
    unit: str
    n: int
    n_effective: float | None = None
    errors: int | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    method: str


class Band(_Table):
    """One figure with its bounds [SI unit], and the model or instrument that gave it."""

    value: float
    low: float
    high: float
    unit: str
    method: str


class OperatorCost(_Table):
    """Exact instructions of one operator of the network, for one slot of silence."""

    name: str
    kind: str
    macs: int
    instructions: int | None


class Cost(_Table):
    """What one slot costs on the device; null where the device cannot tell.

    `instructions_per_slot` is exact, and the most that any slot of the trial took; `operators` are
    those of one slot of silence, and leave out what is spent between them.
    `ram_bytes` and `flash_bytes` count agent, network and working memory together; their
    capacities are those of the chip that an emulated board stands for, where they are known.
    `link_bytes_per_slot` is input and output of the network, without frames.
    """

    macs_per_slot: int | None = None
    instructions_per_slot: int | None = None
    latency: Band | None = None
    energy: Mapping[str, Band] = {}
    ram_bytes: int | None = None
    ram_capacity_bytes: int | None = None
    flash_bytes: int | None = None
    flash_capacity_bytes: int | None = None
    link_bytes_per_slot: int | None = None
    operators: tuple[OperatorCost, ...] = ()


class LearningEvent(_Table):
    """Something that happened to a learner, and how many slots it had seen."""

    slot: int
    kind: EventKind


class Probed(_Table):
    """What the weights of one moment do on other channels, without learning.

    `bit_errors` are those of each scenario of the cell's probe, out of `num_bits`. `part_errors`
    are the same by groups of slots of equal length, the same groups in every try; null for a
    scenario whose groups are not independent drops.
    """

    slot: int
    num_bits: tuple[int, ...]
    bit_errors: tuple[int, ...]
    part_errors: tuple[tuple[int, ...] | None, ...] | None = None


class Learning(_Table):
    """What a learner did.

    Of all mini-batches `num_learned` were learned from; the others were looked at, or passed over
    by the cadence. `num_excluded_pilots` counts the pilots that could not be true in the slots that
    were not left out as a whole. `update_bytes` is what the updates took on their way: patches for
    a device, the labels for a device that learns by itself, null on this machine; `update_slots`
    how many slots a board detected with the old network meanwhile, null where updates take no time.
    `update_instructions` is the most that a device which learns by itself took for one, labels and
    step. `buffer_bytes` is what the rehearsal buffer held at the end.
    """

    num_minibatches: int
    num_learned: int
    num_updates: int
    num_screened_slots: int
    num_excluded_pilots: int
    buffer_bytes: int
    update_bytes: tuple[int, ...] | None = None
    update_slots: tuple[int, ...] | None = None
    update_instructions: int | None = None
    events: tuple[LearningEvent, ...] = ()
    probes: tuple[Probed, ...] = ()


class Agreement(_Table):
    """How many outputs of the device were compared with the twin's, and how many differed."""

    reference: str
    num_slots: int
    num_values: int
    num_unequal: int


class Hardware(_Table):
    """What the receiver ran on, when that was not plain floating point on this machine."""

    board: str | None
    stands_for: str | None = None
    firmware_hash: str | None = None
    image_hash: str
    agreement: Agreement | None = None


class Provenance(_Table):
    """Where the figures came from.

    `merkle_root` is over the blocks of slots; each leaf holds the coded bits and the LLRs.
    """

    experiment: str
    experiment_hash: str
    scenario_hash: str
    code_version: str
    weights_hash: str | None
    versions: Mapping[str, str | None]
    merkle_root: str
    num_blocks: int


class LinkUse(_Table):
    """How the link to the board was used.

    `utilisation` is the share of the bare port's throughput, measured between the slots, that their
    data reached, 0..1; null where too few slots could be compared, or noise outweighed it.
    """

    framed_bytes_per_slot: float
    utilisation: float | None
    num_retries: int


class LearningTime(_Table):
    """How long this machine took: to detect a slot, to learn from one, to send an update [s].

    `watching_s_per_slot` is the time for a slot that was watched for drift and not learned from;
    where it is null, `learning_s_per_slot` may be the mean over all slots that the learner had.
    """

    detecting_s_per_slot: float
    learning_s_per_slot: float | None
    watching_s_per_slot: float | None = None
    sending_s_per_update: float | None = None


class Run(_Table):
    """What may differ when the same trial runs again.

    A trial that was interrupted has had several sittings: `started` is the beginning of the first,
    `wall_s` is the time of all of them that led to the record, without work that was lost; `host`
    and `worker` are those of the last.
    `git_commit` ends in "+" when tracked files differed from it.
    `energy` is the mean of what a meter measured of a slot, by the meter's name.
    """

    started: str
    git_commit: str | None = None
    wall_s: float
    host: str
    worker: int
    num_sittings: int = 1
    link: LinkUse | None = None
    learning: LearningTime | None = None
    energy: Mapping[str, Band] = {}


class Record(Result):
    """The result of one trial; `course` is null where the slots were not kept."""

    schema_version: Literal[1] = 1
    cell: Cell
    num_slots: int
    stopped_by: StopReason
    metrics: Mapping[Metric, Measurement]
    course: Course | None = None
    cost: Cost | None
    hardware: Hardware | None
    learning: Learning | None = None
    provenance: Provenance
    run: Run

    @property
    def energy(self) -> Mapping[str, Band]:
        """Return the energy of a slot by meter or profile, what is measured first."""
        return {**self.run.energy, **(self.cost.energy if self.cost else {})}

    def without_run(self) -> "dict[str, object]":
        """Return what must be equal in every run of the same trial."""
        return self.model_dump(mode="json", exclude={"run"})
