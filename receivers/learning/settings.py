# SPDX-License-Identifier: Apache-2.0
"""What a learner is told: how it sees, what it trains, and when it may change the receiver."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

Labels = Literal["pilots", "truth"]
Design = Literal["parallel", "forward-reuse", "on-device"]
GateKind = Literal["glr", "page-hinkley", "ddm", "open"]
Trained = Literal["adaptive", "head", "last-block", "all"]
Rate = Literal["earned", "constant"]
OptimizerKind = Literal["eigen-adam", "adam"]


NUM_CALIBRATION = 64
"""Mini-batches that a gate hears before it can open."""


class LearnerSettings(BaseModel):
    """The policy of a learner; each part can be switched off.

    Parameters
    ----------
    labels : str
        "pilots": hidden pilots are the labels. "truth": a genie is told every data bit.
    design : str
        "parallel": the receiver detects with all pilots, while a clone learns from a masked view.
        "forward-reuse": one pass over the masked view gives LLRs and loss; the receiver has fewer
        pilots, and follows every step. "on-device": the same on a device, which learns its head by
        itself, always, with nothing held out.
    hidden_share : float
        Share of the learning pilots that is hidden and becomes the label; 0 hides none and labels
        all, which teaches to copy.
    num_views : int
        How often a mini-batch is masked and learned from; complementary masks where the hidden
        share allows.
    late_views : int
        Once the rate has fallen, so many times more views, that hide as many times fewer pilots.
    minibatch_slots : int
        A multiple of 8, 8..256.
    cadence : int
        Learn from every so many mini-batches; in parallel all are watched while nothing is learned.
    gate : str
        What opens learning: "glr", "page-hinkley" or "ddm" once the pilot loss has risen; "open"
        always, and then no channel is told from another: there is no recall, and what is rehearsed
        and vetoes are frames of the present one too.
    trained : str
        "adaptive": from the head to all as the cosine of successive gradients falls.
    freeze_below : float
        Cosine below which an adaptive learner trains more of the network.
    max_step_norm : float
        A step that would change the weights by more, as a Euclidean norm, is made so long.
    optimizer : str
        "adam", or "eigen-adam": Adam in the basis in which the gradients are least correlated.
    learning_rate : float
        Peak rate of the optimizer.
    device_rate : float
        Rate of a device that learns by itself; 1 goes about as far as Newton's method.
    rate : str
        "earned": halved where noise is what is left or learning stalls, until the gate closes.
        "constant": never.
    averaging : float
        What goes to the receiver is the mean of the weights over about 1 / (1 - averaging) steps;
        0: the newest weights.
    buffer_bytes : int
        Budget of the rehearsal buffer; 0: none. Less than nine frames, some 39 KiB of a slot of
        14 x 64 elements and two antennas, keep nothing.
    rehearsed_slots : int
        Slots of earlier channels learned again with each mini-batch.
    num_snapshots : int
        Weights of earlier channels that are kept and recalled when they serve better; with 0 not
        even the shipped ones are.
    validation : bool
        Whether held-out pilots decide if the clone's weights go to the receiver, or the clone back
        to the receiver's; and frames of earlier channels veto. At most an eighth of the pilots is
        hidden for it. Without it every step is served.
    validate_every : int
        Mini-batches between two decisions.
    screening : bool
        Whether slots whose pilots cannot be true are left out.
    seed : int
        Of the masks and the buffer.

    Source
    ------
    M. Obeed, M. Jian, arXiv 2602.20361, 2026, for designs, masking and cadence; J. He, L. Bai,
    X. Yang, arXiv 2602.20796, 2026, for freezing by the cosine of gradients.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: Labels = "pilots"
    design: Design = "parallel"
    hidden_share: FiniteFloat = Field(default=0.5, ge=0, lt=1)
    num_views: int = Field(default=2, ge=1, le=8)
    late_views: int = Field(default=2, ge=1, le=4)
    minibatch_slots: int = Field(default=16, ge=8, le=256, multiple_of=8)
    cadence: int = Field(default=1, ge=1)
    gate: GateKind = "glr"
    trained: Trained = "all"
    freeze_below: FiniteFloat = Field(default=0.1, ge=-1, le=1)
    max_step_norm: FiniteFloat = Field(default=2.0, gt=0)
    optimizer: OptimizerKind = "eigen-adam"
    learning_rate: FiniteFloat = Field(default=1e-2, gt=0)
    device_rate: FiniteFloat = Field(default=0.3, gt=0, le=2)
    rate: Rate = "earned"
    averaging: FiniteFloat = Field(default=0.99, ge=0, lt=1)
    buffer_bytes: int = Field(default=262_144, ge=0)
    rehearsed_slots: int = Field(default=4, ge=0)
    num_snapshots: int = Field(default=2, ge=0)
    validation: bool = True
    validate_every: int = Field(default=8, ge=2)
    screening: bool = True
    seed: int = Field(default=1, ge=0)

    @property
    def num_slots_before_learning(self) -> int:
        """Return the slots that a gate hears to learn what is normal; 0 where there is none."""
        if self.gate == "open" or self.design == "on-device":
            return 0
        cadence = self.cadence if self.design == "forward-reuse" else 1
        return NUM_CALIBRATION * self.minibatch_slots * cadence

    @property
    def runs_on_host(self) -> bool:
        """Return whether the network may serve in floating point."""
        return self.design != "on-device"

    @property
    def runs_on_devices(self) -> bool:
        """Return whether the network may serve on a device: patched, or learning there."""
        return self.labels == "pilots" and self.design != "forward-reuse"

    @model_validator(mode="after")
    def _check_fit(self) -> Self:
        if self.labels == "truth" and self.design != "parallel":
            raise ValueError('design: a genie learns in parallel; set design = "parallel"')
        return self


_KEPT_ON_DEVICE = frozenset(
    {"labels", "design", "hidden_share", "minibatch_slots", "device_rate", "seed", "network"}
)


def unused_settings(settings: LearnerSettings) -> Mapping[str, str]:
    """Return the settings that have no use, each with the setting that leaves them without one."""
    fields = frozenset(type(settings).model_fields)
    if settings.design == "on-device":
        return dict.fromkeys(fields - _KEPT_ON_DEVICE, 'design = "on-device"')
    unused = {"device_rate": f'design = "{settings.design}"'}
    if settings.labels == "truth":
        unused |= dict.fromkeys(("num_views", "late_views", "screening"), 'labels = "truth"')
    if settings.design == "forward-reuse":
        names = ("num_views", "late_views", "averaging")
        unused |= dict.fromkeys(names, 'design = "forward-reuse"')
    if settings.trained != "adaptive":
        unused["freeze_below"] = f'trained = "{settings.trained}"'
    if not settings.buffer_bytes:
        unused["rehearsed_slots"] = "buffer_bytes = 0"
    if settings.gate == "open" and settings.num_snapshots:
        unused["num_snapshots"] = 'gate = "open"'
    return unused
