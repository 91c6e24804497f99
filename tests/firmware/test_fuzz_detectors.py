# SPDX-License-Identifier: Apache-2.0
"""Whatever elements and images of detectors hold, the agent keeps to its own memory.

The agent is built with the address and undefined-behaviour sanitizers: a sum that leaves int32 ends
it as well.
"""

import random
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boards.image import Image
from boards.layout import Header, OperatorRecord, seal
from receivers.mimo.integer.gnn_image import compile_gnn_sic
from receivers.mimo.integer.gnn_network import IntegerGnnSic
from receivers.mimo.integer.image import compile_lmmse
from receivers.mimo.integer.lora_image import compile_lora_unfolded
from receivers.mimo.integer.lora_network import IntegerLayer, IntegerLoraUnfolded
from sim.mimo.problem import Shape
from sim.modulation import Modulation
from tests.firmware.raw_agent import BAD_STATE, INPUT, OK, OUTPUT, RUN
from tests.firmware.test_fuzz import EXTREMES, answers, sanitized
from tests.firmware.test_fuzz_spiking import framed, loading
from tests.receivers.mimo.integer.drawn_network import drawn_network
from tests.receivers.mimo.integer.drawn_unfolded import drawn_unfolded

pytestmark = pytest.mark.slow

__all__ = ["sanitized"]

NUM_MUTANTS, NUM_INPUTS, NUM_NETWORKS = 250, 20, 12
SHAPE = Shape(num_rx_ant=3, num_tx=2, modulation=Modulation.QAM16)
WIDE = Shape(num_rx_ant=64, num_tx=8, modulation=Modulation.QAM64)


def lmmse(shape: Shape = SHAPE) -> Image:
    return compile_lmmse(shape, num_elements=2)


def gnn_sic(shape: Shape = SHAPE, *, seed: int = 3) -> Image:
    network = drawn_network(shape.modulation, seed=seed)
    return compile_gnn_sic(network, shape, num_elements=2)


def lora_unfolded(shape: Shape = SHAPE, *, seed: int = 3) -> Image:
    network = drawn_unfolded(shape.modulation, seed=seed)
    return compile_lora_unfolded(network, shape, num_elements=2)


def runs(image: Image, x: bytes) -> list[tuple[int, bytes]]:
    """Return requests that run an image on some bytes, as one that was not changed takes them."""
    return [
        *((INPUT, struct.pack("<I", at) + x[at : at + 1000]) for at in range(0, len(x), 1000)),
        (RUN, b"\0"),
        (OUTPUT, struct.pack("<IH", 0, image.output.num_bytes)),
    ]


def mutant(image: bytes, rng: random.Random) -> bytes:
    """Return an image with fields of header, operator or weights overwritten, and sealed."""
    operator_end = Header.LAYOUT.size + OperatorRecord.LAYOUT.size
    ranges = (
        (48, Header.LAYOUT.size),
        (Header.LAYOUT.size, operator_end),
        (operator_end - 48, operator_end - 20),
        (operator_end, len(image)),
    )
    data = bytearray(image)
    for _ in range(rng.randint(1, 2)):
        start, end = rng.choice(ranges)
        width = rng.choice((1, 2, 4))
        at = rng.randrange(start // width, end // width) * width
        old = int.from_bytes(data[at : at + width], "little")
        new = rng.choice((*EXTREMES, old + 1, old - 1, old * 2, rng.getrandbits(32)))
        data[at : at + width] = (new % (1 << 8 * width)).to_bytes(width, "little")
    return seal(bytes(data))


@pytest.mark.parametrize(
    "image",
    [lmmse(), gnn_sic(), lora_unfolded()],
    ids=["lmmse", "gnn-sic", "lora-unfolded"],
)
def test_mutated_images_are_refused_or_run_within_bounds(sanitized: Path, image: Image) -> None:
    rng = random.Random(1)
    num_run = 0
    for _ in range(NUM_MUTANTS):
        requests = loading(mutant(image.data, rng)) + runs(
            image, rng.randbytes(image.input.num_bytes)
        )
        heard = answers(sanitized, framed(requests))
        num_run += any(kind == RUN | 0x80 and body[0] == OK for kind, _, body in heard)

    assert 0 < num_run < NUM_MUTANTS


def elements_of(kind: int, num_bytes: int, rng: random.Random) -> bytes:
    """Return elements whose numbers are all as large as can be, or any."""
    extremes = (b"\x00\x80", b"\xff\x7f", b"\0\0", b"\x00\x80\xff\x7f")
    if kind < len(extremes):
        return (extremes[kind] * num_bytes)[:num_bytes]
    return rng.randbytes(num_bytes)


@pytest.mark.parametrize("shape", [SHAPE, WIDE], ids=["small", "largest"])
def test_no_sum_overflows_whatever_elements_and_constants_are(
    sanitized: Path, shape: Shape
) -> None:
    rng = random.Random(2)
    drawn = (gnn_sic, lora_unfolded)
    networks = [of(shape, seed=seed) for of in drawn for seed in range(NUM_NETWORKS)]
    images = [lmmse(shape), *networks]
    for image in images:
        size = image.input.num_bytes
        several = [
            one for kind in range(NUM_INPUTS) for one in runs(image, elements_of(kind, size, rng))
        ]
        heard = answers(sanitized, framed(loading(image.data) + several))
        told = [body[0] for kind, _, body in heard if kind == RUN | 0x80]
        assert told == [OK] * NUM_INPUTS


def at_its_limits(seed: int) -> IntegerGnnSic:
    """Return a network of the largest constants that are proven: -128, 2 and +-2^30."""
    network = drawn_network(WIDE.modulation, seed=seed)

    def biases(values: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.where(np.arange(len(values)) % 2, 2**30, -(2**30)).astype(np.int32)

    return replace(
        network,
        levels=np.where(np.arange(8) % 2, 4096, -4096).astype(np.int16),
        sender=np.full_like(network.sender, -128),
        receiver=np.full_like(network.receiver, -128),
        pair=np.full_like(network.pair, -128),
        hidden=np.full_like(network.hidden, -128),
        output=np.full_like(network.output, -128),
        receiver_bias=biases(network.receiver_bias),
        hidden_bias=biases(network.hidden_bias),
        output_bias=biases(network.output_bias),
    )


def unfolded_at_its_limits(seed: int) -> IntegerLoraUnfolded:
    """Return an unfolded network of the largest constants and sizes: all -128, or all products up.

    Weights and products of factors are all of one sign, or those of a row are.
    """
    rng = np.random.default_rng(seed)
    rank, num_hidden, num_stages = 8, 56, 2

    def numbers(*size: int) -> NDArray[np.int8]:
        per_row = rng.choice([-128, 127], (*size[:-1], 1)) if seed % 2 else np.array(-128)
        return np.broadcast_to(per_row, size).astype(np.int8)

    def layer(num_inputs: int, num_outputs: int) -> IntegerLayer:
        return IntegerLayer(
            weight=numbers(num_outputs, num_inputs + 1),
            up=numbers(num_stages, num_outputs, rank),
            down=numbers(num_stages, rank, num_inputs + 1),
            channel_up=numbers(num_outputs, rank),
            channel_down=numbers(rank, num_inputs + 1),
        )

    return replace(
        drawn_unfolded(WIDE.modulation, seed=seed),
        levels=np.where(np.arange(8) % 2, 4096, -4096).astype(np.int16),
        steps=np.array([-(2**15), 2**15 - 1], np.int16),
        layers=(layer(6, num_hidden), layer(num_hidden, num_hidden), layer(num_hidden, 8)),
        hidden_shifts=np.full((2, num_hidden), (0, 8)[seed // 2], np.uint8),
        output_factors=np.where(np.arange(8) % 2, 2**31 - 1, -(2**31)).astype(np.int32),
    )


def runs_of(program: Path, network: IntegerGnnSic | IntegerLoraUnfolded) -> list[int]:
    """Return the status of runs on extreme elements."""
    if isinstance(network, IntegerGnnSic):
        image = compile_gnn_sic(network, WIDE, num_elements=2)
    else:
        image = compile_lora_unfolded(network, WIDE, num_elements=2)
    rng = random.Random(4)
    size = image.input.num_bytes
    several = [one for kind in range(8) for one in runs(image, elements_of(kind, size, rng))]
    heard = answers(program, framed(loading(image.data) + several))
    return [body[0] for kind, _, body in heard if kind == RUN | 0x80]


@pytest.mark.parametrize("seed", range(4))
def test_constants_at_their_limits_are_run_and_those_beyond_are_refused(
    sanitized: Path, seed: int
) -> None:
    limit = at_its_limits(seed)
    beyond = (
        replace(limit, levels=limit.levels + np.int16(1)),
        replace(limit, receiver_bias=limit.receiver_bias - np.int32(1)),
        replace(limit, hidden_bias=limit.hidden_bias - np.int32(1)),
        replace(limit, output_bias=limit.output_bias - np.int32(1)),
        replace(limit, message_shifts=np.full_like(limit.message_shifts, 32)),
        replace(limit, hidden_shifts=np.full_like(limit.hidden_shifts, 32)),
        replace(limit, message_shift=13),
        replace(limit, num_iterations=65),
        replace(limit, num_iterations=0),
    )

    assert runs_of(sanitized, limit) == [OK] * 8
    for one in beyond:
        assert set(runs_of(sanitized, one)) == {BAD_STATE}


def unfolded_of(*, rank: int = 1, num_stages: int = 1, num_hidden: int = 8) -> IntegerLoraUnfolded:
    """Return a network of zeros, of any sizes."""

    def layer(num_inputs: int, num_outputs: int) -> IntegerLayer:
        return IntegerLayer(
            weight=np.zeros((num_outputs, num_inputs + 1), np.int8),
            up=np.zeros((num_stages, num_outputs, rank), np.int8),
            down=np.zeros((num_stages, rank, num_inputs + 1), np.int8),
            channel_up=np.zeros((num_outputs, rank), np.int8),
            channel_down=np.zeros((rank, num_inputs + 1), np.int8),
        )

    return replace(
        drawn_unfolded(WIDE.modulation, seed=1),
        steps=np.zeros(num_stages, np.int16),
        layers=(layer(6, num_hidden), layer(num_hidden, num_hidden), layer(num_hidden, 8)),
        hidden_shifts=np.zeros((2, num_hidden), np.uint8),
    )


@pytest.mark.parametrize("seed", range(4))
def test_stages_at_their_limits_are_run_and_those_beyond_are_refused(
    sanitized: Path, seed: int
) -> None:
    limit = unfolded_at_its_limits(seed)
    beyond = (
        replace(limit, levels=limit.levels + np.int16(1)),
        replace(limit, hidden_shifts=np.full_like(limit.hidden_shifts, 32)),
        unfolded_of(rank=9),
        unfolded_of(num_stages=65),
        unfolded_of(num_hidden=57),
    )

    for one in (limit, unfolded_of(rank=0), unfolded_of(num_stages=64)):
        assert runs_of(sanitized, one) == [OK] * 8
    for one in beyond:
        assert set(runs_of(sanitized, one)) == {BAD_STATE}
