# SPDX-License-Identifier: Apache-2.0
"""The receivers by name."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from channels.scenario import Scenario
from receivers.errors import UnknownReceiverError, UnsuitedReceiverError

if TYPE_CHECKING:  # names alone are asked for more often than receivers; these import PyTorch
    from receivers.receiver import GenieReceiver, Receiver

ReceiverBuilder = Callable[[Scenario], "Receiver | GenieReceiver"]
NEURAL_PREFIX = "neural-"


def names() -> tuple[str, ...]:
    """Return the names of all receivers."""
    return tuple(sorted(RECEIVERS))


def build(name: str, scenario: Scenario) -> "Receiver | GenieReceiver":
    """Build the receiver called `name` for a scenario.

    Raises
    ------
    UnknownReceiverError
        No receiver has this name; the message lists the legal ones.
    UnsuitedReceiverError
        The receiver cannot work in this scenario.
    WeightsError
        The trained weights are missing or damaged.
    """
    if name not in RECEIVERS:
        raise UnknownReceiverError(name=name, legal=names())
    return RECEIVERS[name](scenario)


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


def _neural(size: str) -> ReceiverBuilder:
    def build_size(scenario: Scenario) -> "Receiver":
        from receivers.neural.neural_receiver import NeuralReceiver
        from receivers.neural.weights import load, shipped

        weights = load(shipped(size))
        expected = (weights.num_rx_ant, 1, weights.num_bits_per_symbol)
        antennas = scenario.antennas
        actual = (antennas.num_rx_ant, antennas.num_tx, scenario.link.num_bits_per_symbol)
        if actual != expected:
            raise UnsuitedReceiverError(
                receiver=f"{NEURAL_PREFIX}{size}",
                scenario=scenario.name,
                problem="its weights are for (receive antennas, users, bits per symbol) = "
                f"{expected}, the scenario has {actual}. Train others: airloop train --help",
            )
        return NeuralReceiver(weights.network)

    return build_size


RECEIVERS: Mapping[str, ReceiverBuilder] = {
    "ls-nearest": _ls_nearest,
    "ls-linear": _ls_linear,
    "lmmse": _lmmse,
    "perfect-csi": _perfect_csi,
    **{f"{NEURAL_PREFIX}{size}": _neural(size) for size in ("xxs", "xs", "s", "m", "l")},
}
