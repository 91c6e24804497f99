# SPDX-License-Identifier: Apache-2.0
"""What a device runs while its weights change: one version after the other, and the patch between.

learner -> Update -> int8 with the scales it had -> image -> bytes that differ
"""

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from torch import nn

from boards import image, memory
from boards.graph import Graph
from boards.patch import Patch
from host.deployed import Deployed, DeployedNetwork
from host.interruption import postponed
from host.travel import Travel
from receivers.learning.update import Update, apply
from receivers.neural.deployment import Requantizer
from receivers.neural.network import Network
from receivers.neural.weights import Weights
from receivers.state import State, Stateful, copied


class Versions(Stateful, Protocol):
    """The successive versions of what a device runs."""

    @property
    def deployed(self) -> Deployed:
        """Return the newest version."""
        ...

    @property
    def travel(self) -> Travel:
        """Return what the patches took."""
        ...

    def next(self, update: Update) -> Patch:
        """Go on to the version with new weights; return what changes on the device."""
        ...


ChangesT = TypeVar("ChangesT", bound=nn.Module)


class ChangingNetwork(ABC, Generic[ChangesT]):
    """Versions of a network whose weights change; satisfies `Versions`.

    Parameters
    ----------
    network : nn.Module
        Of its own: it changes.
    first : Deployed
        Before any change.
    """

    def __init__(self, network: ChangesT, first: Deployed) -> None:
        self._network, self.deployed = network, first
        self.travel = Travel()

    @abstractmethod
    def _compiled(self) -> Deployed:
        """Return the network as it is now, in the layout of the first."""

    def next(self, update: Update) -> Patch:
        """Go on to the version with new weights; return what changes on the device."""
        before = self.deployed.image
        apply(update, self._network)
        self._compile()
        patch = Patch.between(before, self.deployed.image)
        self.travel.num_bytes.append(patch.num_bytes)
        return patch

    def state(self) -> State:
        """Return the weights of this version, and what the patches up to it took."""
        return {
            "weights": copied(self._network.state_dict()),
            "travel": self.travel.state(),
        }

    def restore(self, state: State) -> None:
        """Go on from another version; the first one is as it was quantized, not requantized."""
        self._network.load_state_dict(state["weights"])
        self.travel.restore(state["travel"])
        if self.travel.num_bytes:
            self._compile()

    def _compile(self) -> None:
        with postponed():
            self.deployed = self._compiled()


class NetworkVersions(ChangingNetwork[Network]):
    """Those of an OFDM receiver's network.

    Parameters
    ----------
    weights : Weights
        Of its own: they change.
    requantizer : Requantizer
    """

    def __init__(self, weights: Weights, requantizer: Requantizer) -> None:
        self._requantizer = requantizer
        self._plan = memory.plan(requantizer.graph)
        super().__init__(weights.network, self._of(requantizer.graph))

    def _compiled(self) -> DeployedNetwork:
        return self._of(self._requantizer.requantized(self._network))

    def _of(self, graph: Graph) -> DeployedNetwork:
        return DeployedNetwork(graph=graph, image=image.compile(graph, self._plan))
