# SPDX-License-Identifier: Apache-2.0
"""Receivers that are a channel estimate and a detector of several users: ls-linear+k-best."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from channels.scenario import Scenario
from receivers.errors import UnsuitedReceiverError
from receivers.mimo import catalog as detectors
from receivers.mimo.deep.weights_file import KINDS, shipped

if TYPE_CHECKING:  # names alone are asked for more often; shapes import PyTorch
    from sim.mimo.problem import Shape

JOIN = "+"
GENIE = "perfect-csi"
ESTIMATES = ("ls-linear", "lmmse", GENIE)
OF_SLOTS = (
    "zf",
    "lmmse",
    "mmse-sic",
    "soft-sic",
    "ep",
    "k-best",
    "sphere",
    "map",
    "filtered-unfolded",
    "gnn-sic",
    "lora-unfolded",
    "oamp-net",
)


ON_DEVICES = ("lmmse", "gnn-sic", "lora-unfolded")
"""The detectors that devices run."""

WITH_CHANNEL_FACTORS = "lora-unfolded"
"""The one that has factors for a channel; see `receivers.mimo.deep.lora_unfolded`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A channel estimate and a detector of several users.

    Parameters
    ----------
    estimate, detector : str
        The names of both.
    """

    estimate: str
    detector: str

    @property
    def name(self) -> str:
        """Return the name of the receiver."""
        return f"{self.estimate}{JOIN}{self.detector}"

    @property
    def runs_on_devices(self) -> bool:
        """Return whether a device can run the detector, behind an estimate of pilots."""
        return self.estimate != GENIE and self.detector in ON_DEVICES

    @property
    def learns(self) -> bool:
        """Return whether the detector is a network, which pilots can teach."""
        return self.estimate != GENIE and self.detector in KINDS

    def weights(self, num_bits_per_symbol: int) -> Path | None:
        """Return the file of the detector's weights; None where it has none."""
        from sim.modulation import with_bits

        if self.detector not in KINDS:
            return None
        return shipped(self.detector).get(with_bits(num_bits_per_symbol))


def joined(receiver: str) -> Joined | None:
    """Return the two parts of a receiver; None where it has no two."""
    if receiver not in joined_names():
        return None
    estimate, _, detector = receiver.partition(JOIN)
    return Joined(estimate=estimate, detector=detector)


def joined_names() -> tuple[str, ...]:
    """Return the names of all of them."""
    return tuple(f"{estimate}{JOIN}{name}" for estimate in ESTIMATES for name in OF_SLOTS)


def require_fit(parts: Joined, scenario: Scenario) -> None:
    """Raise UnsuitedReceiverError if the detector of a receiver cannot work in a scenario."""
    obstacle = detectors.build(parts.detector).obstacle(shape_of(scenario))
    if obstacle:
        raise UnsuitedReceiverError(receiver=parts.name, scenario=scenario.name, problem=obstacle)


def shape_of(scenario: Scenario) -> "Shape":
    """Return the size of the detection problems of a scenario."""
    from sim.mimo.problem import Shape
    from sim.modulation import with_bits

    return Shape(
        num_rx_ant=scenario.antennas.num_rx_ant,
        num_tx=scenario.antennas.num_tx,
        modulation=with_bits(scenario.link.num_bits_per_symbol),
    )
