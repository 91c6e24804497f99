# SPDX-License-Identifier: Apache-2.0
"""What the shell offers when Tab is pressed; answers fast, so it imports nothing heavy."""

from pathlib import Path

# As in `snn.data.catalog` and `snn.data.published`, which import more than an answer may wait for.
EVENT_KINDS = (
    "event-file",
    "shd",
    "ssc",
    "nmnist",
    "dvs-gesture",
    "mswc",
    "fsdd",
    "wav-folder",
    "iq-modulation",
)
PUBLISHED = ("shd", "ssc", "nmnist", "dvs-gesture", "fsdd", "mswc")
EXPERIMENTS = Path("benchmarks") / "experiments"


def scenario_names(incomplete: str) -> list[str]:
    """Return the shipped scenarios that begin like this."""
    from channels import scenario

    return _beginning(scenario.names(), incomplete)


def receiver_names(incomplete: str) -> list[str]:
    """Return the receivers that begin like this."""
    from receivers import catalog

    return _beginning(catalog.names(), incomplete)


def network_names(incomplete: str) -> list[str]:
    """Return the receivers that are networks and begin like this."""
    from receivers import catalog

    return _beginning(tuple(catalog.networks()), incomplete)


def board_names(incomplete: str) -> list[str]:
    """Return the boards that begin like this."""
    from boards import catalog

    return _beginning(catalog.names(), incomplete)


def device_names(incomplete: str) -> list[str]:
    """Return host, twin and the boards that begin like this."""
    from host.experiment import HOST, TWIN

    return [*_beginning((HOST, TWIN), incomplete), *board_names(incomplete)]


def experiment_paths(incomplete: str) -> list[str]:
    """Return the experiment files of this folder's checkout that begin like this."""
    shipped = EXPERIMENTS.glob("*.toml")
    return _beginning(tuple(sorted(str(path) for path in shipped)), incomplete)


def event_kinds(incomplete: str) -> list[str]:
    """Return the kinds of events that begin like this."""
    return _beginning(EVENT_KINDS, incomplete)


def published_names(incomplete: str) -> list[str]:
    """Return the data sets that can be downloaded and begin like this."""
    return _beginning(PUBLISHED, incomplete)


def weight_bits(incomplete: str) -> list[str]:
    """Return the bits that weights may take, behind the name of a layer if there is one."""
    layer, equals, width = incomplete.rpartition("=")
    return [f"{layer}{equals}{one}" for one in _beginning(("8", "6", "4", "2"), width)]


def _beginning(names: tuple[str, ...], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
