# SPDX-License-Identifier: Apache-2.0
"""Detectors of several users on devices while their weights change; see `host.versions`."""

from boards.patch import Patch
from host.interruption import postponed
from host.travel import Travel
from receivers.learning.update import Update, apply
from receivers.mimo.deep.network import DeepNetwork
from receivers.mimo.integer.deployment import DeployedDetector, Workshop
from receivers.state import State, copied


class DetectorVersions:
    """Those of a detector's network; satisfies `Versions`.

    Parameters
    ----------
    network : DeepNetwork
        Of its own: it changes.
    workshop : Workshop
        Makes images of it.
    """

    def __init__(self, network: DeepNetwork, workshop: Workshop) -> None:
        self._network, self._workshop = network, workshop
        self.deployed = self._made()
        self.travel = Travel()

    def next(self, update: Update) -> Patch:
        """Go on to the version with new weights; return what changes on the device."""
        before = self.deployed.image
        apply(update, self._network)
        self.deployed = self._made()
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
        """Go on from another version."""
        self._network.load_state_dict(state["weights"])
        self.travel.restore(state["travel"])
        self.deployed = self._made()

    def _made(self) -> DeployedDetector:
        with postponed():
            return self._workshop.deployed(self._network)
