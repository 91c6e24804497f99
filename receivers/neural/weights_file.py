# SPDX-License-Identifier: Apache-2.0
"""The file of a trained receiver: which size it has, for which link, and how it was trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from channels.scenario import Scenario
from receivers.errors import UnsuitedReceiverError, WeightsError
from receivers.neural.sizes import SIZES
from receivers.weights_archive import DAMAGED, SUFFIX, damaged, read_archive

_COMMAND = "airloop train"
_FOLDER = Path(__file__).parent / "weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file of weights says about itself.

    Parameters
    ----------
    size : str
        Key of `receivers.neural.sizes.SIZES`.
    num_rx_ant, num_bits_per_symbol : int
        The link it was trained for.
    training : mapping
        Settings, seed, versions and figures of the training.
    """

    size: str
    num_rx_ant: int
    num_bits_per_symbol: int
    training: Mapping[str, object]

    def require_fit(self, scenario: Scenario, *, receiver: str) -> None:
        """Check that a receiver with these weights can work in a scenario.

        Raises
        ------
        UnsuitedReceiverError
            The scenario has other antennas, users or bits per symbol.
        """
        expected = (self.num_rx_ant, 1, self.num_bits_per_symbol)
        antennas = scenario.antennas
        actual = (antennas.num_rx_ant, antennas.num_tx, scenario.link.num_bits_per_symbol)
        if actual != expected:
            raise UnsuitedReceiverError(
                receiver=receiver,
                scenario=scenario.name,
                problem="its weights are for (receive antennas, users, bits per symbol) = "
                f"{expected}, the scenario has {actual}. Train others: airloop train --help",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFile:
    """A file of weights, read: its hash, its header, and float16 arrays by name."""

    sha256: str
    header: Header
    arrays: Mapping[str, NDArray[np.generic]]


def shipped() -> Mapping[str, Path]:
    """Return the weights that ship with the package, by name, the smallest size first.

    A name is a size, for QPSK, or a size and what else it was trained for: s, s-16qam.
    """
    order = list(SIZES)
    found = {path.stem: path for path in sorted(_FOLDER.glob(f"*{SUFFIX}"))}
    known = (name for name in found if name.split("-")[0] in order)
    return {name: found[name] for name in sorted(known, key=lambda n: order.index(n.split("-")[0]))}


def read(path: Path) -> WeightsFile:
    """Read a file of weights.

    Raises
    ------
    WeightsError
        If the file is missing or damaged, or of a size that does not exist.
    """
    archive = read_archive(path, command=_COMMAND)
    header = archive.header
    try:
        size, training = str(header["size"]), header["training"]
        numbers = [int(header[key]) for key in ("num_rx_ant", "num_bits_per_symbol")]
    except DAMAGED as error:
        raise damaged(path, error, command=_COMMAND) from None
    if size not in SIZES:
        problem = f"it is of size {size!r}; there are: {', '.join(SIZES)}"
        raise WeightsError(file=str(path), problem=problem)
    return WeightsFile(
        sha256=archive.sha256,
        header=Header(
            size=size,
            num_rx_ant=numbers[0],
            num_bits_per_symbol=numbers[1],
            training=training if isinstance(training, dict) else {},
        ),
        arrays=archive.arrays,
    )
