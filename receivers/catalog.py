# SPDX-License-Identifier: Apache-2.0
"""The receivers by name."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from channels.scenario import Scenario
from receivers.errors import UnknownReceiverError, UnsuitedReceiverError
from receivers.joined import GENIE, Joined, detector_of, joined, joined_names, require_fit
from receivers.neural.sizes import SIZES
from receivers.neural.weights_file import read, shipped

if TYPE_CHECKING:  # names alone are asked for more often than receivers; these import PyTorch
    from receivers.mimo.element_wise import Estimator
    from receivers.receiver import GenieReceiver, Receiver

ReceiverBuilder = Callable[[Scenario], "Receiver | GenieReceiver"]
_NEURAL = "neural-"


def names() -> tuple[str, ...]:
    """Return the names of all receivers; of the networks, those whose weights are there."""
    return tuple(sorted((*RECEIVERS, *joined_names(), *networks())))


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
    parts = joined(name)
    if parts is not None:
        return build_joined(parts, scenario)
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


def estimator(parts: Joined, scenario: Scenario) -> "Estimator":
    """Build the channel estimate of a receiver.

    Raises
    ------
    UnsuitedReceiverError
        It is told the channel, and estimates none.
    """
    from receivers.lmmse import Lmmse
    from receivers.ls import LeastSquares

    built = RECEIVERS[parts.estimate](scenario)
    if isinstance(built, LeastSquares | Lmmse):
        return built
    problem = "it is told the channel, and estimates none"
    raise UnsuitedReceiverError(receiver=parts.estimate, scenario=scenario.name, problem=problem)


def build_joined(parts: Joined, scenario: Scenario) -> "Receiver | GenieReceiver":
    """Build the receiver of an estimate and a detector.

    Raises
    ------
    UnsuitedReceiverError
        The detector cannot work in this scenario.
    WeightsError
        Its weights are damaged.
    """
    from receivers.mimo.element_wise import ElementWise, ToldElementWise

    require_fit(parts, scenario)
    detector = detector_of(parts)
    if parts.estimate == GENIE:
        return ToldElementWise(detector)
    return ElementWise(estimator(parts, scenario), detector)


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
