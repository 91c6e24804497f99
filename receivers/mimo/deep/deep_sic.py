# SPDX-License-Identifier: Apache-2.0
"""DeepSIC: soft cancellation with a small network for each user, and each iteration or for all.

A user's network sees what is received and what the iteration before believes of all other users, as
probabilities of all labels but the first. It is never told the channel.

Source
------
N. Shlezinger, R. Fu, Y. C. Eldar, DeepSIC, arXiv 2002.03214, algorithm 3 for training one iteration
behind the other; sizes and rates as in the repository ShlezingerLab/deepsic-official.
"""

import math
from enum import StrEnum
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from receivers.mimo.deep.network import DeepNetwork
from sim.mimo.problem import Block, Problem, Shape
from sim.modulation import Modulation

NUM_EPOCHS = 300
LEARNING_RATE = 5e-3


class Inputs(StrEnum):
    """What of y the networks see: both axes, or the one that a real channel leaves BPSK on."""

    BOTH_AXES = "both-axes"
    IN_PHASE = "in-phase"


class Iterations(StrEnum):
    """Whether each iteration has weights of its own."""

    OWN = "own"
    SHARED = "shared"


class DeepSic(DeepNetwork):
    """The networks of all users and iterations.

    Parameters
    ----------
    shape : Shape
        The problems that it will solve, and no others.
    num_iterations : int
    num_hidden : int
    inputs : Inputs
        IN_PHASE is for BPSK through a real channel: y is turned back by an eighth first.
    iterations : Iterations
        SHARED: one network a user serves all iterations.
    seed : int
        Of the first weights.
    """

    def __init__(
        self,
        shape: Shape,
        *,
        num_iterations: int = 5,
        num_hidden: int = 128,
        inputs: Inputs = Inputs.BOTH_AXES,
        iterations: Iterations = Iterations.OWN,
        seed: int = 1,
    ) -> None:
        super().__init__()
        if inputs is Inputs.IN_PHASE and shape.modulation is not Modulation.BPSK:
            raise ValueError(f"{shape.modulation} has two axes; in-phase inputs are for BPSK")
        self.shape, self.inputs = shape, inputs
        self.num_iterations = num_iterations
        num_axes = 1 if inputs is Inputs.IN_PHASE else 2
        num_told = (shape.num_tx - 1) * (shape.modulation.num_points - 1)
        rng = torch.Generator().manual_seed(seed)
        self.iterations = nn.ModuleList(
            UserNetworks(
                num_tx=shape.num_tx,
                num_inputs=num_axes * shape.num_rx_ant + num_told,
                num_hidden=num_hidden,
                num_points=shape.modulation.num_points,
                rng=rng,
            )
            for _ in range(num_iterations if iterations is Iterations.OWN else 1)
        )
        users = torch.arange(shape.num_tx)
        self._others = torch.stack([users[users != user] for user in users])

    @property
    def size(self) -> dict[str, int]:
        """Return its iterations and hidden numbers."""
        hidden = self.networks(0).first.shape[-1]
        return {"num_iterations": self.num_iterations, "num_hidden": hidden}

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot work: it is for one shape."""
        if shape == self.shape:
            return ""
        of = self.shape
        return (
            f"it was trained for {of.num_tx} users of {of.modulation} on {of.num_rx_ant} antennas"
        )

    def forward(self, problem: Problem) -> Tensor:
        """Return the logits, float32 [num_iterations, num_elements, num_tx, num_points]."""
        p = self.ignorance(problem)
        logits = []
        for iteration in range(self.num_iterations):
            logits.append(self.believed(problem, p, iteration=iteration))
            p = logits[-1].softmax(-1)
        return torch.stack(logits)

    def believed(self, problem: Problem, p: Tensor, *, iteration: int) -> Tensor:
        """Return the logits of one iteration.

        Parameters
        ----------
        problem : Problem
        p : float32 [num_elements, num_tx, num_points]
            What the iteration before believes.
        iteration : int

        Returns
        -------
        float32 [num_elements, num_tx, num_points]
        """
        received = _received(problem, self.inputs).expand(self.shape.num_tx, -1, -1)
        told = p[:, self._others, 1:].permute(1, 0, 2, 3).flatten(2)
        logits: Tensor = self.networks(iteration)(torch.cat([received, told], dim=2))
        return logits.transpose(0, 1)

    def networks(self, iteration: int) -> "UserNetworks":
        """Return the networks of an iteration; of all, where they are shared."""
        return cast(UserNetworks, self.iterations[iteration if len(self.iterations) > 1 else 0])

    def ignorance(self, problem: Problem) -> Tensor:
        """Return what is believed before the first iteration: all labels equally."""
        num_points = self.shape.modulation.num_points
        return torch.full((problem.num_elements, self.shape.num_tx, num_points), 1.0 / num_points)


def train_in_sequence(
    network: DeepSic,
    pilots: Block,
    *,
    num_epochs: int = NUM_EPOCHS,
    learning_rate: float = LEARNING_RATE,
) -> None:
    """Train one iteration behind the other, all pilots a step, with Adam.

    The first iteration learns with the true symbols of the others in place of beliefs; every later
    one with what those before it make of ignorance.

    Raises
    ------
    ValueError
        Iterations share their weights; those learn as one (`receivers.mimo.deep.training`).
    """
    if len(network.iterations) != network.num_iterations:
        raise ValueError("shared iterations cannot be trained one behind the other")
    problem, labels = pilots.problem, pilots.sent.labels
    num_tx, num_points = network.shape.num_tx, network.shape.modulation.num_points
    p = F.one_hot(labels, num_points).float()
    for iteration, weights in enumerate(network.iterations):
        optimizer = torch.optim.Adam(weights.parameters(), lr=learning_rate)
        for _ in range(num_epochs):
            logits = network.believed(problem, p, iteration=iteration)
            # Users share no weights: a sum of losses teaches each as its own alone.
            loss = num_tx * F.cross_entropy(logits.flatten(0, 1), labels.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            told = p if iteration else network.ignorance(problem)
            p = network.believed(problem, told, iteration=iteration).softmax(-1)


class UserNetworks(nn.Module):
    """One network a user, with one hidden layer; weights lie user by user."""

    def __init__(
        self,
        *,
        num_tx: int,
        num_inputs: int,
        num_hidden: int,
        num_points: int,
        rng: torch.Generator,
    ) -> None:
        super().__init__()
        first, second = 1.0 / math.sqrt(num_inputs), 1.0 / math.sqrt(num_hidden)
        self.first = _uniform((num_tx, num_inputs, num_hidden), first, rng=rng)
        self.first_bias = _uniform((num_tx, 1, num_hidden), first, rng=rng)
        self.second = _uniform((num_tx, num_hidden, num_points), second, rng=rng)
        self.second_bias = _uniform((num_tx, 1, num_points), second, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """Return float32 [num_tx, num_elements, num_points]; from as many inputs of each."""
        hidden = torch.relu(torch.baddbmm(self.first_bias, x, self.first))
        return torch.baddbmm(self.second_bias, hidden, self.second)


def _uniform(shape: tuple[int, ...], bound: float, *, rng: torch.Generator) -> nn.Parameter:
    return nn.Parameter(bound * (2.0 * torch.rand(shape, generator=rng) - 1.0))


def _received(problem: Problem, inputs: Inputs) -> Tensor:
    if inputs is Inputs.BOTH_AXES:
        return torch.cat([problem.y.real, problem.y.imag], dim=1)
    return (problem.y * problem.modulation.points[0].conj()).real
