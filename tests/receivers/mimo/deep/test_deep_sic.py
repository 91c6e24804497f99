# SPDX-License-Identifier: Apache-2.0
"""DeepSIC. Truth: the published size, and the algorithm user by user with PyTorch's own layers."""

import pytest
import torch
from torch import nn

from channels.matrices import SyntheticDecay
from receivers.mimo.deep.deep_sic import (
    DeepSic,
    Inputs,
    Iterations,
    UserNetworks,
    train_in_sequence,
)
from sim.mimo.blocks import BlockSettings, draw
from sim.mimo.problem import Block, Shape
from sim.modulation import Modulation

PUBLISHED = Shape(num_rx_ant=4, num_tx=4, modulation=Modulation.BPSK)


def _pilots(*, num_elements: int, modulation: Modulation = Modulation.BPSK) -> Block:
    settings = BlockSettings(
        source=SyntheticDecay(num_rx_ant=4, num_tx=4),
        modulation=modulation,
        snr_db=9.0,
        num_elements=num_elements,
    )
    return draw(settings, seed=1, block=0)


def _plain(network: DeepSic) -> list[list[nn.Sequential]]:
    """Return the same networks one by one, [iteration][user]."""
    return [
        [_of_user(network.networks(iteration), user) for user in range(network.shape.num_tx)]
        for iteration in range(len(network.iterations))
    ]


def _of_user(weights: UserNetworks, user: int) -> nn.Sequential:
    _, num_in, num_hidden = weights.first.shape
    first, second = nn.Linear(num_in, num_hidden), nn.Linear(num_hidden, 2)
    with torch.no_grad():
        first.weight.copy_(weights.first[user].T)
        first.bias.copy_(weights.first_bias[user, 0])
        second.weight.copy_(weights.second[user].T)
        second.bias.copy_(weights.second_bias[user, 0])
    return nn.Sequential(first, nn.ReLU(), second)


def _inputs(received: torch.Tensor, p_of_one: torch.Tensor, user: int) -> torch.Tensor:
    others = [other for other in range(4) if other != user]
    return torch.cat([received, p_of_one[:, others]], dim=1)


def _along_the_diagonal(block: Block) -> torch.Tensor:
    return (block.problem.y.real + block.problem.y.imag) / 2**0.5


def test_it_has_the_published_number_of_parameters() -> None:
    assert DeepSic(PUBLISHED, inputs=Inputs.IN_PHASE).num_parameters == 25_640
    shared = DeepSic(PUBLISHED, inputs=Inputs.IN_PHASE, iterations=Iterations.SHARED)
    assert shared.num_parameters == 25_640 // 5


@pytest.mark.parametrize("iterations", list(Iterations))
def test_it_detects_as_its_networks_do_one_by_one(iterations: Iterations) -> None:
    block = _pilots(num_elements=20)
    network = DeepSic(PUBLISHED, inputs=Inputs.IN_PHASE, iterations=iterations, num_iterations=3)
    plain = _plain(network)
    received = _along_the_diagonal(block)

    logits = network(block.problem)

    p = torch.full((20, 4), 0.5)
    for iteration in range(3):
        networks = plain[iteration if iterations is Iterations.OWN else 0]
        found = [networks[user](_inputs(received, p, user)) for user in range(4)]
        for user in range(4):
            torch.testing.assert_close(logits[iteration, :, user], found[user])
        p = torch.stack([one.softmax(1)[:, 1] for one in found], dim=1)


def test_it_learns_as_its_networks_do_one_by_one() -> None:
    block = _pilots(num_elements=30)
    network = DeepSic(PUBLISHED, inputs=Inputs.IN_PHASE, num_iterations=2)
    plain = _plain(network)
    received, labels = _along_the_diagonal(block), block.sent.labels

    train_in_sequence(network, block, num_epochs=5, learning_rate=5e-3)

    p = labels.float()
    for iteration in range(2):
        for user in range(4):
            layers = plain[iteration][user]
            optimizer = torch.optim.Adam(layers.parameters(), lr=5e-3)
            for _ in range(5):
                loss = nn.functional.cross_entropy(
                    layers(_inputs(received, p, user)), labels[:, user]
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        told = p if iteration else torch.full((30, 4), 0.5)
        p = torch.stack(
            [plain[iteration][u](_inputs(received, told, u)).softmax(1)[:, 1] for u in range(4)],
            dim=1,
        ).detach()
    for iteration, of_users in enumerate(_plain(network)):
        for user, layers in enumerate(of_users):
            for mine, theirs in zip(
                layers.parameters(), plain[iteration][user].parameters(), strict=True
            ):
                torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)


def test_it_sees_both_axes_of_qpsk_and_all_labels_but_the_first() -> None:
    shape = Shape(num_rx_ant=4, num_tx=4, modulation=Modulation.QPSK)

    network = DeepSic(shape)

    inputs = 2 * 4 + 3 * 3
    assert network.num_parameters == 4 * 5 * ((inputs + 1) * 128 + 129 * 4)


def test_misuse_is_refused_in_words() -> None:
    qpsk = Shape(num_rx_ant=4, num_tx=4, modulation=Modulation.QPSK)
    with pytest.raises(ValueError, match="in-phase inputs are for BPSK"):
        DeepSic(qpsk, inputs=Inputs.IN_PHASE)
    shared = DeepSic(PUBLISHED, iterations=Iterations.SHARED)
    with pytest.raises(ValueError, match="one behind the other"):
        train_in_sequence(shared, _pilots(num_elements=5))
    assert "4 users of bpsk on 4 antennas" in DeepSic(PUBLISHED).obstacle(qpsk)
