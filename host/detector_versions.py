# SPDX-License-Identifier: Apache-2.0
"""Detectors of several users on devices while their weights change; see `host.versions`."""

from host.versions import ChangingNetwork
from receivers.mimo.deep.network import DeepNetwork
from receivers.mimo.integer.deployment import DeployedDetector, Workshop


class DetectorVersions(ChangingNetwork[DeepNetwork]):
    """Those of a detector's network.

    Parameters
    ----------
    network : DeepNetwork
        Of its own: it changes.
    workshop : Workshop
        Makes images of it.
    """

    def __init__(self, network: DeepNetwork, workshop: Workshop) -> None:
        self._workshop = workshop
        super().__init__(network, workshop.deployed(network))

    def _compiled(self) -> DeployedDetector:
        return self._workshop.deployed(self._network)
