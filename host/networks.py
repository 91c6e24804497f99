# SPDX-License-Identifier: Apache-2.0
"""The networks that an experiment names: shipped ones by name, one's own by their files of weights.

A file goes by its stem: `tuned/mine.npz` is the receiver `mine` of tables and records.
"""

from dataclasses import dataclass
from pathlib import Path

from channels.scenario import Scenario
from receivers import catalog
from receivers.errors import UnsuitedReceiverError
from receivers.neural.weights_file import Header, read
from receivers.weights_archive import SUFFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network that is ready to run: its weights are there, whole, and of a known size.

    Parameters
    ----------
    path : Path
        The file of weights, absolute.
    sha256 : str
        Hash of the file, in hexadecimal.
    header : Header
        The link it was trained for.
    """

    path: Path
    sha256: str
    header: Header


def is_file(receiver: str) -> bool:
    """Return whether a receiver is named by its file of weights."""
    return receiver.endswith(SUFFIX)


def label_of(receiver: str) -> str:
    """Return the name of a receiver in tables and records."""
    return Path(receiver).stem if is_file(receiver) else receiver


def load(path: Path) -> Network:
    """Read a file of weights and check that its network can be built.

    Raises
    ------
    WeightsError
        The file is missing, damaged, or of a size that does not exist.
    """
    from receivers.neural import weights

    file = read(path)
    weights.load(path, sha256=file.sha256)
    return Network(path=path.absolute(), sha256=file.sha256, header=file.header)


def find(receiver: str, scenario: Scenario) -> Network:
    """Return the network of a receiver: of its file, or of the shipped weights.

    Raises
    ------
    UnknownReceiverError
        There is no such receiver.
    UnsuitedReceiverError
        It is no network, or was trained for another link than the scenario's.
    WeightsError
        Its weights are missing or damaged.
    """
    if not is_file(receiver) and receiver not in catalog.networks():
        if receiver not in catalog.names():
            raise catalog.unknown(receiver, legal=tuple(catalog.networks()))
        problem = f"it is no network; there are: {', '.join(catalog.networks())}"
        raise UnsuitedReceiverError(receiver=receiver, scenario=scenario.name, problem=problem)
    network = load(Path(receiver) if is_file(receiver) else catalog.networks()[receiver])
    network.header.require_fit(scenario, receiver=label_of(receiver))
    return network
