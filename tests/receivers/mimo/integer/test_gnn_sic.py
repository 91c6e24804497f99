# SPDX-License-Identifier: Apache-2.0
"""GNNSIC in integers against the network of floats that it comes from."""

import numpy as np
import pytest
import torch
from torch import Tensor

from channels.matrices import Rayleigh
from receivers.errors import UnsuitedProblemError
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.training import TrainingSettings, train
from receivers.mimo.integer import elements, gnn_reference, unknowns
from receivers.mimo.integer.detector import DeviceDetector
from receivers.mimo.integer.functions import LOGIT_BITS
from receivers.mimo.integer.gnn_image import compile_gnn_sic
from receivers.mimo.integer.gnn_network import IntegerGnnSic
from receivers.mimo.integer.gnn_quantizing import quantize
from sim.mimo.blocks import BlockSettings, draw
from sim.mimo.problem import Block, Problem, Shape
from sim.modulation import Modulation
from sim.twin import Twin
from tests.receivers.mimo.drawn import rayleigh

CASES = [("qpsk", 4, (6.0, 8.0, 10.0)), ("16qam", 8, (9.0, 11.0, 13.0))]
NUM_TX = 4


def trained(modulation: str, num_rx_ant: int, snrs_db: tuple[float, ...]) -> GnnSic:
    """Return a network that has seen 300 blocks of 100 elements."""
    network = GnnSic(Modulation(modulation), num_iterations=4)

    def batch(step: int) -> Block:
        settings = BlockSettings(
            source=Rayleigh(num_rx_ant=num_rx_ant, num_tx=NUM_TX),
            modulation=network.modulation,
            snr_db=snrs_db[step % len(snrs_db)],
            num_elements=100,
        )
        return draw(settings, seed=2, block=step)

    train(network, batch, TrainingSettings(num_steps=300))
    return network


def on_twin(network: IntegerGnnSic, shape: Shape, *, num_elements: int = 50) -> DeviceDetector:
    image = compile_gnn_sic(network, shape, num_elements=num_elements)
    return DeviceDetector(image, Twin(image))


def labels_of(network: GnnSic, problem: Problem) -> Tensor:
    with torch.no_grad():
        found: Tensor = network(problem)[-1].argmax(-1)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("modulation", "num_rx_ant", "snrs_db"), CASES)
def test_it_makes_at_most_a_tenth_more_errors_than_the_floats(
    modulation: str, num_rx_ant: int, snrs_db: tuple[float, ...]
) -> None:
    network = trained(modulation, num_rx_ant, snrs_db)
    sizes = {"num_rx_ant": num_rx_ant, "num_tx": NUM_TX}
    typical = rayleigh(modulation, **sizes, snr_db=snrs_db[1], num_elements=300, seed=3)
    block = rayleigh(modulation, **sizes, snr_db=snrs_db[1], num_elements=10_000, seed=4)
    detector = on_twin(quantize(network, typical.problem), block.problem.shape)

    floats = labels_of(network, block.problem)
    integers = detector.detect(block.problem).labels

    errors = [int((one != block.sent.labels).sum()) for one in (floats, integers)]
    assert errors[0] > 200
    assert errors[1] <= 1.1 * errors[0]


@pytest.mark.parametrize("modulation", ["qpsk", "16qam", "64qam"])
def test_its_logits_are_nearly_those_of_the_floats(modulation: str) -> None:
    """Untrained, so that nothing is certain: the features, the messages and their sums show."""
    problem = rayleigh(modulation, num_rx_ant=6, num_tx=3, snr_db=10.0, num_elements=300).problem
    network = GnnSic(Modulation(modulation), num_iterations=3)
    with torch.no_grad():
        floats = network(problem)[-1].log_softmax(-1).numpy()

    graph = unknowns.graph(elements.products(elements.pack(problem), problem.shape))
    logits = gnn_reference.run(quantize(network, problem), graph) * 2.0**-LOGIT_BITS

    from receivers.mimo.deep.real_model import joined_logits

    found = joined_logits(torch.from_numpy(logits).float(), network.modulation).log_softmax(-1)
    error = found.numpy() - floats
    assert np.sqrt((error**2).mean()) < 0.03 * floats.std()


@pytest.mark.parametrize("num_tx", [1, 2, 8])
def test_weights_of_one_number_of_users_serve_another(num_tx: int) -> None:
    typical = rayleigh("qpsk", num_rx_ant=4, num_tx=4, snr_db=10.0, num_elements=100).problem
    problem = rayleigh("qpsk", num_rx_ant=8, num_tx=num_tx, snr_db=10.0, num_elements=60).problem
    network = quantize(GnnSic(Modulation.QPSK), typical)

    found = on_twin(network, problem.shape).llr(problem)

    packed = elements.pack(problem)
    expected = gnn_reference.detect(network, packed, problem.shape, llr_bits=3)
    np.testing.assert_array_equal(found, expected)


def test_equal_networks_give_equal_images() -> None:
    problem = rayleigh("qpsk", num_rx_ant=4, num_tx=4, snr_db=10.0, num_elements=100).problem
    images = [
        compile_gnn_sic(
            quantize(GnnSic(Modulation.QPSK), problem), problem.shape, num_elements=12
        ).data
        for _ in range(2)
    ]

    assert images[0] == images[1]
    assert len(images[0]) < 4000


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ({"num_memory": 17}, "17 numbers of memory, devices take up to 16"),
        ({"num_messages": 65}, "65 numbers a message"),
        ({"num_hidden": 65}, "65 hidden numbers"),
        ({"num_iterations": 65}, "65 iterations"),
    ],
)
def test_networks_that_are_too_large_are_refused(sizes: dict[str, int], why: str) -> None:
    problem = rayleigh("qpsk", num_rx_ant=2, num_tx=2, snr_db=10.0, num_elements=10).problem

    with pytest.raises(UnsuitedProblemError, match=why):
        quantize(GnnSic(Modulation.QPSK, **sizes), problem)


def test_a_network_is_for_one_modulation() -> None:
    problem = rayleigh("qpsk", num_rx_ant=2, num_tx=2, snr_db=10.0, num_elements=10).problem
    network = quantize(GnnSic(Modulation.QPSK), problem)
    other = Shape(num_rx_ant=2, num_tx=2, modulation=Modulation.QAM16)

    with pytest.raises(UnsuitedProblemError, match="trained for qpsk, not for 16qam"):
        compile_gnn_sic(network, other, num_elements=1)


def test_bpsk_is_refused_in_words() -> None:
    problem = rayleigh("bpsk", num_rx_ant=2, num_tx=2, snr_db=10.0, num_elements=10).problem

    with pytest.raises(UnsuitedProblemError, match="not BPSK"):
        quantize(GnnSic(Modulation.BPSK), problem)
