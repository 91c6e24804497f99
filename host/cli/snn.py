# SPDX-License-Identifier: Apache-2.0
"""`airloop snn`: the commands of spiking networks and their data."""

from collections.abc import Callable

from host.cli import snn_adapt, snn_download, snn_eval, snn_events, snn_interchange, snn_train

HELP = "Spiking networks, and the events that they take."
EXAMPLES = (
    "airloop snn train recordings/",
    "airloop snn eval results/snn/fsdd-adlif-8ms.snn.npz recordings/ --dt 1",
    "airloop snn events --kind iq-modulation",
)
COMMANDS: tuple[tuple[Callable[..., None], tuple[str, ...]], ...] = (
    (snn_train.train, snn_train.EXAMPLES),
    (snn_adapt.adapt, snn_adapt.EXAMPLES),
    (snn_eval.eval_, snn_eval.EXAMPLES),
    (snn_interchange.import_, snn_interchange.IMPORT_EXAMPLES),
    (snn_interchange.export, snn_interchange.EXPORT_EXAMPLES),
    (snn_events.events, snn_events.EXAMPLES),
    (snn_download.download, snn_download.EXAMPLES),
)
