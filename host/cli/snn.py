# SPDX-License-Identifier: Apache-2.0
"""`airloop snn`: the commands of spiking networks and their data."""

from collections.abc import Callable

from host.cli import snn_download, snn_events

HELP = "Spiking networks, and the events that they take."
EXAMPLES = (
    "airloop snn events --kind iq-modulation",
    "airloop snn download shd",
)
COMMANDS: tuple[tuple[Callable[..., None], tuple[str, ...]], ...] = (
    (snn_events.events, snn_events.EXAMPLES),
    (snn_download.download, snn_download.EXAMPLES),
)
