# SPDX-License-Identifier: Apache-2.0
"""GNNSIC of integers as an image: the parts of `firmware/image/detector.h`, in their order."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from boards.image import Image
from boards.layout import aligned
from boards.lowering.lowered import Lowered
from boards.parameters import DeviceKind
from receivers.mimo.integer.gnn_network import NUM_FEATURES, IntegerGnnSic
from receivers.mimo.integer.image import LLR_BITS, detection, record, require, sealed
from sim.mimo.problem import Shape

_WIDTH = 8


def compile_gnn_sic(
    network: IntegerGnnSic, shape: Shape, *, num_elements: int, llr_bits: int = LLR_BITS
) -> Image:
    """Return the image of a network for problems of a shape; equal arguments give equal bytes.

    Parameters
    ----------
    network : IntegerGnnSic
    shape : Shape
        Of any number of users and antennas.
    num_elements : int
        Of a run.
    llr_bits : int
        Behind the point of an LLR, 0 .. 7.

    Raises
    ------
    UnsuitedProblemError
        Devices cannot detect such problems, or the network is for another modulation.
    """
    require("gnn-sic", shape, trained=network.modulation)
    parameters = replace(
        detection(shape, num_elements=num_elements, llr_bits=llr_bits),
        num_iterations=network.num_iterations,
        num_memory=network.num_memory,
        num_messages=_up(len(network.sender)),
        num_hidden=_up(len(network.hidden)),
        message_shift=network.message_shift,
    )
    macs = num_elements * macs_of(network, shape)
    return sealed(
        Lowered(
            record=record(DeviceKind.GNN_SIC, parameters, macs=macs),
            weights=b"".join(one.ljust(aligned(len(one)), b"\0") for one in _parts(network)),
        ),
        parameters,
        name=f"gnn-sic-{shape.num_tx}x{shape.num_rx_ant}",
    )


def macs_of(network: IntegerGnnSic, shape: Shape) -> int:
    """Return the multiply-accumulates of an element behind its products: rows, and pairs."""
    nodes = 2 * shape.num_tx
    rows = (network.sender, network.receiver, network.pair, network.hidden, network.output)
    pairs = nodes * (nodes - 1) * len(network.sender)
    return network.num_iterations * (nodes * sum(one.size for one in rows) + pairs)


def _parts(network: IntegerGnnSic) -> list[bytes]:
    known = NUM_FEATURES + network.num_memory
    messages, hidden = _up(len(network.sender)), _up(len(network.hidden))
    outputs = len(network.output) + len(network.output) % 2
    ends = [_filled(one, messages, _up(known)) for one in (network.sender, network.receiver)]
    of_hidden = [
        _filled(network.hidden[:, :known], hidden, _up(known)),
        _filled(network.hidden[:, known:], hidden, messages),
    ]
    return [
        network.levels.astype("<i2").tobytes(),
        np.concatenate(ends).tobytes(),
        _filled(network.receiver_bias, messages).astype("<i4").tobytes(),
        _filled(network.pair.T, 3, messages).tobytes(),
        _filled(network.message_shifts, messages).tobytes(),
        np.concatenate(of_hidden, axis=1).tobytes(),
        _filled(network.hidden_bias, hidden).astype("<i4").tobytes(),
        _filled(network.hidden_shifts, hidden).tobytes(),
        _filled(network.output, outputs, hidden).tobytes(),
        _filled(network.output_bias, outputs).astype("<i4").tobytes(),
        _filled(network.output_multipliers, outputs).astype("<i4").tobytes(),
    ]


def _filled(numbers: NDArray[np.generic], *sizes: int) -> NDArray[np.generic]:
    """Return numbers with zeros behind them, up to sizes."""
    missing = [(0, size - found) for size, found in zip(sizes, numbers.shape, strict=True)]
    return np.pad(numbers, missing)


def _up(size: int) -> int:
    return -(-size // _WIDTH) * _WIDTH
