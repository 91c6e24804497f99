# SPDX-License-Identifier: Apache-2.0
"""What host and device say to each other while the device learns; see `host.wire`."""

import struct
from dataclasses import dataclass

from host.wire_fields import Fields, FieldsAndData


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnBegin(FieldsAndData):
    """Begin to learn the head; `data` are settings as `boards.head_settings` packs them."""

    LAYOUT = struct.Struct("<32sHBB")
    base_sha256: bytes
    num_in: int
    num_out: int
    momentum_shift: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnLabels(FieldsAndData):
    """Labels of the slot of the last run, as `boards.head_settings` packs them."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnStep(Fields):
    """Take a step at the rate multiplier / 2^right_shift, on the sum over labels."""

    LAYOUT = struct.Struct("<IB")
    multiplier: int
    right_shift: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnResume(FieldsAndData):
    """Go on where another learner was; `data` are its values as `LearningTwin.learned` tells."""

    LAYOUT = struct.Struct("<I")
    num_labels: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnLabelsAnswer(Fields):
    """Answer to LEARN_LABELS: ticks it took, and the labels since the last step."""

    LAYOUT = struct.Struct("<QI")
    ticks: int
    num_labels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnStepAnswer(FieldsAndData):
    """Answer to LEARN_STEP: ticks it took, the image now in force, and its head."""

    LAYOUT = struct.Struct("<Q32s")
    ticks: int
    sha256: bytes
    data: bytes

    @property
    def image_hash(self) -> bytes:
        """Return the first bytes of the identity of the image, as HELLO tells it."""
        return self.sha256[:8]
