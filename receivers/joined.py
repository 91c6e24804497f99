# SPDX-License-Identifier: Apache-2.0
"""Receivers that are a channel estimate and a detector of several users: ls-linear+k-best.

A detector of one's own goes by its file of weights: lmmse+tuned/mine.npz is lmmse+mine of tables.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from channels.scenario import Scenario
from receivers.errors import UnsuitedReceiverError
from receivers.mimo import catalog as detectors
from receivers.mimo.deep.weights_file import KINDS, read, shipped
from receivers.weights_archive import SUFFIX

if TYPE_CHECKING:  # names alone are asked for more often; these import PyTorch
    from receivers.mimo.detector import Detector
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
"""Estimates, and detectors that are joined with them to a receiver."""

ON_DEVICES = ("lmmse", "gnn-sic", "lora-unfolded")
"""The detectors that devices run."""

WITH_CHANNEL_FACTORS = ("filtered-unfolded", "lora-unfolded")
"""Those that have factors for a channel; see `receivers.mimo.deep.lora_unfolded`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A channel estimate and a detector of several users.

    Parameters
    ----------
    estimate, detector : str
        The names of both.
    file : Path or None
        The detector's weights, absolute; None for those that ship, or none.
    sha256 : str or None
        Hash of that file, in hexadecimal.
    """

    estimate: str
    detector: str
    file: Path | None = None
    sha256: str | None = None

    @property
    def name(self) -> str:
        """Return the name of the receiver in tables and records."""
        return f"{self.estimate}{JOIN}{self.file.stem if self.file else self.detector}"

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

        if self.file is not None or self.detector not in KINDS:
            return self.file
        return shipped(self.detector).get(with_bits(num_bits_per_symbol))


def joined(receiver: str, *, beside: Path = Path()) -> Joined | None:
    """Return the two parts of a receiver; None where it has no two.

    Parameters
    ----------
    receiver : str
        Of a name, or of an estimate and a file.
    beside : Path
        Where relative paths start.

    Raises
    ------
    WeightsError
        The file is missing or damaged, or no detector's.
    """
    estimate, join, detector = receiver.partition(JOIN)
    if join and estimate in ESTIMATES and detector.endswith(SUFFIX):
        file = (beside / detector).absolute()
        found = read(file)
        return Joined(estimate=estimate, detector=found.header.kind, file=file, sha256=found.sha256)
    return Joined(estimate=estimate, detector=detector) if receiver in joined_names() else None


def located(receiver: str, *, beside: Path) -> str:
    """Return a path, or an estimate and a path, with the path made absolute."""
    estimate, join, detector = receiver.partition(JOIN)
    if not join or estimate not in ESTIMATES:
        return str((beside / receiver).resolve())
    return f"{estimate}{join}{(beside / detector).resolve()}"


def detector_of(parts: Joined) -> "Detector":
    """Build the detector of a receiver.

    Raises
    ------
    WeightsError
        Its file is gone, or has changed.
    """
    if parts.file is None:
        return detectors.build(parts.detector)
    from receivers.mimo.deep.trained import bounded
    from receivers.mimo.deep.weights import load

    return bounded(load(parts.file, sha256=parts.sha256).network)


def joined_names() -> tuple[str, ...]:
    """Return the names of all of them."""
    return tuple(f"{estimate}{JOIN}{name}" for estimate in ESTIMATES for name in OF_SLOTS)


def require_fit(parts: Joined, scenario: Scenario) -> None:
    """Raise UnsuitedReceiverError if the detector of a receiver cannot work in a scenario."""
    obstacle = detector_of(parts).obstacle(shape_of(scenario))
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
