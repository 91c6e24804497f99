# SPDX-License-Identifier: Apache-2.0
r"""Message passing between users, with one set of weights for all users and iterations (GNNSIC).

Nodes are the unknowns of the real model. Of node k, with the levels believed to be x of variance v,

.. math:: z_k = h_k^T y / \|h_k\|^2, \qquad e_{kj} = h_k^T h_j / \|h_k\|^2, \qquad
          r_k = z_k - \sum_{j \ne k} e_{kj} x_j

and every pair exchanges a message, from what both know and from the interference between them:

.. math:: m_k = \sum_{j \ne k} \mathrm{ReLU}(U f_j + V f_k + W [e_{kj}, e_{kj} x_j, e_{kj} r_j])

where f are z, r, the logarithm of the variance of what is left, x, v and the node's memory; an MLP
of (f_k, m_k) gives the logits and the next memory. The sum stands behind the message's only
nonlinearity, so a pair costs three products and a node the rest. Any number of users and antennas
will do, and the weights of one number serve another.

Source
------
Y. Yi et al., Data-Driven Deep MIMO Detection, arXiv 2602.20178, for message passing with shared
weights in place of DeepSIC's networks; real nodes, their features and their memory are our own.
"""

import torch
from torch import Tensor, nn

from receivers.mimo.deep.network import DeepNetwork, other_modulation
from receivers.mimo.deep.real_model import RealModel, joined_logits, levels, real_model
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation

_NUM_FEATURES = 5
_NUM_PAIR_FEATURES = 3
_TINY = 1e-6


class GnnSic(DeepNetwork):
    """The network; see the module.

    Parameters
    ----------
    modulation : Modulation
    num_iterations : int
    num_messages, num_hidden, num_memory : int
        Numbers of a message, of the hidden layer of a node, and of its memory.
    seed : int
        Of the first weights.
    """

    def __init__(
        self,
        modulation: Modulation,
        *,
        num_iterations: int = 5,
        num_messages: int = 24,
        num_hidden: int = 32,
        num_memory: int = 8,
        seed: int = 1,
    ) -> None:
        super().__init__()
        self.modulation = modulation
        self.num_iterations = num_iterations
        self.num_memory = num_memory
        self._levels = levels(modulation)
        num_known = _NUM_FEATURES + num_memory
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.sender = nn.Linear(num_known, num_messages, bias=False)
            self.receiver = nn.Linear(num_known, num_messages)
            self.pair = nn.Linear(_NUM_PAIR_FEATURES, num_messages, bias=False)
            self.hidden = nn.Linear(num_known + num_messages, num_hidden)
            self.output = nn.Linear(num_hidden, num_memory + len(self._levels))

    @property
    def size(self) -> dict[str, int]:
        """Return the numbers of its constructor."""
        return {
            "num_iterations": self.num_iterations,
            "num_messages": self.pair.out_features,
            "num_hidden": self.hidden.out_features,
            "num_memory": self.num_memory,
        }

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot work: it was trained for one modulation."""
        return other_modulation(self.modulation, shape)

    def forward(self, problem: Problem) -> Tensor:
        """Return the logits, float32 [num_iterations, num_elements, num_tx, num_points]."""
        model = real_model(problem)
        graph = _Graph(model)
        shape = graph.matched.shape
        mean, variance = torch.zeros(shape), torch.ones(shape)
        memory = torch.zeros(*shape, self.num_memory)
        logits = []
        for _ in range(self.num_iterations):
            output = self._iteration(graph, mean, variance, memory)
            memory = torch.tanh(output[..., : self.num_memory])
            logits.append(output[..., self.num_memory :])
            mean, variance = self._moments(logits[-1])
        return joined_logits(torch.stack(logits), self.modulation)

    def _iteration(self, graph: "_Graph", mean: Tensor, variance: Tensor, memory: Tensor) -> Tensor:
        left, spread = graph.cancelled(mean, variance)
        numbers = torch.stack([graph.matched, left, spread.log(), mean, variance], dim=-1)
        known = torch.cat([numbers, memory], dim=-1)
        messages = self._messages(graph, known, mean, left)
        return torch.as_tensor(
            self.output(torch.relu(self.hidden(torch.cat([known, messages], dim=-1))))
        )

    def _messages(self, graph: "_Graph", known: Tensor, mean: Tensor, left: Tensor) -> Tensor:
        """Return the sum of what each node is told, [num_elements, num_unknowns, num_messages]."""
        sender, receiver = self.sender(known), self.receiver(known)
        of_interference, of_mean, of_left = self.pair.weight.T
        along = of_interference + mean[..., None] * of_mean + left[..., None] * of_left
        both = sender[:, None] + receiver[:, :, None]
        told = torch.addcmul(both, graph.interference[..., None], along[:, None]).relu()
        # Nobody interferes with itself: what it would tell itself has no third part.
        return told.sum(2) - torch.relu(sender + receiver)

    def _moments(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        p = logits.softmax(-1)
        mean = p @ self._levels
        return mean, p @ self._levels.square() - mean.square()


class _Graph:
    """What does not change from one iteration to the next."""

    def __init__(self, model: RealModel) -> None:
        gain = model.h.square().sum(1)
        self.matched = (model.h * model.y[..., None]).sum(1) / gain
        self.interference = (
            (model.h.mT @ model.h) / gain[..., None] * (1.0 - torch.eye(gain.shape[-1]))
        )
        self._noise = model.noise_variance[:, None] / gain

    def cancelled(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is left behind cancellation, and the variance of its error."""
        left = self.matched - (self.interference @ mean[..., None])[..., 0]
        spread = (self.interference.square() @ variance[..., None])[..., 0] + self._noise
        return left, spread.clamp(min=_TINY)
