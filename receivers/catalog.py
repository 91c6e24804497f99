# SPDX-License-Identifier: Apache-2.0
"""The receivers by name."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from channels.scenario import Scenario
from receivers.errors import UnknownReceiverError, UnsuitedReceiverError
from receivers.mimo import catalog as detectors
from receivers.neural.sizes import SIZES
from receivers.neural.weights_file import read, shipped

if TYPE_CHECKING:  # names alone are asked for more often than receivers; these import PyTorch
    from receivers.receiver import GenieReceiver, Receiver

ReceiverBuilder = Callable[[Scenario], "Receiver | GenieReceiver"]
_NEURAL = "neural-"


def names() -> tuple[str, ...]:
    """Return the names of all receivers; of the networks, those whose weights are there."""
    return tuple(sorted((*RECEIVERS, *_joined(), *networks())))


def networks() -> Mapping[str, Path]:
    """Return the receivers that are networks, with the files of their weights."""
    return {f"{_NEURAL}{name}": path for name, path in shipped().items()}


def build(name: str, scenario: Scenario) -> "Receiver | GenieReceiver":
    """Build the receiver called `name` for a scenario.

    Raises
    ------
    UnknownReceiverError
        No receiver has this name; the message lists the legal ones.
    UnsuitedReceiverError
        The receiver cannot work in this scenario.
    WeightsError
        The trained weights are damaged.
    """
    if name in networks():
        return build_network(networks()[name], scenario, receiver=name)
    if name in _joined():
        return _build_joined(name, scenario)
    if name not in RECEIVERS:
        raise unknown(name, legal=names())
    return RECEIVERS[name](scenario)


def build_network(
    path: Path, scenario: Scenario, *, receiver: str, sha256: str | None = None
) -> "Receiver":
    """Build the receiver around the network of a file of weights.

    Parameters
    ----------
    path : Path
    scenario : Scenario
    receiver : str
        The name that errors give it.
    sha256 : str or None
        Hash that the file must have, in hexadecimal; None for any.

    Raises
    ------
    UnsuitedReceiverError
        The weights are for another link.
    WeightsError
        The file is missing, damaged, or has another hash.
    """
    from receivers.neural.neural_receiver import NeuralReceiver
    from receivers.neural.weights import load

    read(path).header.require_fit(scenario, receiver=receiver)
    return NeuralReceiver(load(path, sha256=sha256).network)


def unknown(name: str, *, legal: tuple[str, ...]) -> UnknownReceiverError:
    """Return the error of a name that is not legal; tells how to train a size without weights."""
    size = name.removeprefix(_NEURAL)
    untrained = size if name.startswith(_NEURAL) and size in SIZES else None
    return UnknownReceiverError(name=name, legal=legal, untrained=untrained)


def _joined() -> tuple[str, ...]:
    """Return the receivers that are a channel estimate and a detector of several users."""
    return tuple(f"{estimate}{JOIN}{name}" for estimate in ESTIMATES for name in OF_SLOTS)


def _build_joined(receiver: str, scenario: Scenario) -> "Receiver | GenieReceiver":
    from receivers.lmmse import Lmmse
    from receivers.ls import LeastSquares
    from receivers.mimo.element_wise import ElementWise, ToldElementWise
    from sim.mimo.problem import Shape
    from sim.modulation import with_bits

    estimate, _, name = receiver.partition(JOIN)
    detector = detectors.build(name)
    shape = Shape(
        num_rx_ant=scenario.antennas.num_rx_ant,
        num_tx=scenario.antennas.num_tx,
        modulation=with_bits(scenario.link.num_bits_per_symbol),
    )
    obstacle = detector.obstacle(shape)
    if obstacle:
        raise UnsuitedReceiverError(receiver=receiver, scenario=scenario.name, problem=obstacle)
    estimator = RECEIVERS[estimate](scenario)
    if isinstance(estimator, LeastSquares | Lmmse):
        return ElementWise(estimator, detector)
    return ToldElementWise(detector)


def _ls_nearest(scenario: Scenario) -> "Receiver":
    del scenario
    from receivers import interpolation
    from receivers.ls import LeastSquares

    return LeastSquares(interpolation.nearest)


def _ls_linear(scenario: Scenario) -> "Receiver":
    del scenario
    from receivers import interpolation
    from receivers.ls import LeastSquares

    return LeastSquares(interpolation.linear)


def _lmmse(scenario: Scenario) -> "Receiver":
    from receivers.lmmse import Lmmse
    from receivers.statistics import measure

    return Lmmse(measure(scenario))


def _perfect_csi(scenario: Scenario) -> "GenieReceiver":
    del scenario
    from receivers.perfect_csi import PerfectCsi

    return PerfectCsi()


RECEIVERS: Mapping[str, ReceiverBuilder] = {
    "ls-nearest": _ls_nearest,
    "ls-linear": _ls_linear,
    "lmmse": _lmmse,
    "perfect-csi": _perfect_csi,
}
"""The receivers that are no networks; all separate users by LMMSE."""

JOIN = "+"
ESTIMATES = ("ls-linear", "lmmse", "perfect-csi")
OF_SLOTS = (
    "zf",
    "mmse-sic",
    "soft-sic",
    "ep",
    "k-best",
    "sphere",
    "map",
    "gnn-sic",
    "lora-unfolded",
    "oamp-net",
)
"""Estimates and detectors that are joined to a receiver: ls-linear+k-best."""
