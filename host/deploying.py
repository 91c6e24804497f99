# SPDX-License-Identifier: Apache-2.0
"""Puts the record of a deployment together: what is known of the network, and what a board told."""

from dataclasses import asdict

from boards.board import Board
from boards.compress.pipeline import Quantized
from boards.fitting import Tiling
from host.compiled import Compiled
from host.deployment_record import Arena, Bands, DeploymentRecord, Inputs, Narrowed
from host.self_test import SEED, SelfTest


def deployment_record(board: Board, network: Compiled, test: SelfTest) -> DeploymentRecord:
    """Return the record of one network on one board, without others.

    Parameters
    ----------
    board : Board
    network : Compiled
    test : SelfTest
        Of this network on this board.
    """
    image, agreement = network.image, test.hardware.agreement
    return DeploymentRecord(
        network=image.name,
        board=board.name,
        core=board.cpu.core,
        inputs=Inputs(
            seed=SEED,
            num_slots=agreement.num_slots if agreement else 0,
            shape=image.input_shape,
        ),
        cost=test.cost,
        hardware=test.hardware,
        link=test.link,
        arena=Arena(
            image_bytes=len(image.data),
            activation_bytes=image.header.scratch_offset,
            arena_bytes=image.arena_bytes(board.body),
        ),
        energy=test.energy,
        memory=network.memory_map(board.body),
        quantization=_told(network.quantized),
        weight_bits=tuple(one.weight_bits or None for one in image.operators),
        narrowed={
            one.layer: Narrowed(bits=one.bits, error=one.error) for one in network.narrowings
        },
        bands=_bands(network.tiling),
    )


def _told(quantized: Quantized | None) -> dict[str, object] | None:
    if quantized is None:
        return None
    return {
        "num_samples": quantized.num_samples,
        "plain_error": quantized.plain_error,
        "error": quantized.error,
        **quantized.graph.metadata,
    }


def _bands(tiling: Tiling | None) -> Bands | None:
    return None if tiling is None else Bands(**asdict(tiling))
