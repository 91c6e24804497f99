# SPDX-License-Identifier: Apache-2.0
r"""What several users sent on one resource element: the problem, and what was sent.

.. math:: y = f(H x + n), \qquad n \sim \mathcal{CN}(0, \sigma^2 I)

with unit-energy symbols x, one of each user, and f the identity where the receiver is linear.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from sim.modulation import Modulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The size of a detection problem.

    Parameters
    ----------
    num_rx_ant, num_tx : int
        Antennas of the receiver, and users of one antenna each.
    modulation : Modulation
        Of all users.
    """

    num_rx_ant: int
    num_tx: int
    modulation: Modulation

    @property
    def num_equations(self) -> int:
        """Return the equations for the users' symbols: two real ones an antenna for BPSK."""
        is_real = self.modulation is Modulation.BPSK
        return (2 if is_real else 1) * self.num_rx_ant

    @property
    def num_vectors(self) -> int:
        """Return how many symbol vectors there are: num_points ** num_tx."""
        return int(self.modulation.num_points**self.num_tx)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything a detector may see of a batch of resource elements.

    Parameters
    ----------
    modulation : Modulation
        Of all users.
    y : complex64 [num_elements, num_rx_ant]
        Received.
    h : complex64 [num_elements, num_rx_ant, num_tx]
        The channel as the receiver knows it.
    noise_variance : float32 [num_elements]
        Of one antenna, noise and estimation error together; what f distorts is not in it.
    """

    modulation: Modulation
    y: Tensor
    h: Tensor
    noise_variance: Tensor

    @property
    def num_elements(self) -> int:
        """Return the number of resource elements."""
        return int(self.y.shape[0])

    @property
    def shape(self) -> Shape:
        """Return the size of each of the problems."""
        _, num_rx_ant, num_tx = self.h.shape
        return Shape(num_rx_ant=num_rx_ant, num_tx=num_tx, modulation=self.modulation)

    def part(self, *, start: int, stop: int) -> "Problem":
        """Return the elements start .. stop - 1."""
        return Problem(
            modulation=self.modulation,
            y=self.y[start:stop],
            h=self.h[start:stop],
            noise_variance=self.noise_variance[start:stop],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent; only metrics and training may ask for it.

    Parameters
    ----------
    labels : int64 [num_elements, num_tx]
        Index of each symbol in the modulation's tables.
    bits : uint8 [num_elements, num_tx, num_bits_per_symbol]
        The same as bits, in the order of the LLRs.
    h : complex64 [num_elements, num_rx_ant, num_tx]
        The true channel.
    """

    labels: Tensor
    bits: Tensor
    h: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A batch of resource elements: the problem, and what was sent."""

    problem: Problem
    sent: Sent

    def chosen(self, elements: Tensor) -> "Block":
        """Return the elements of these indices, int64 [...]."""
        problem, sent = self.problem, self.sent
        return Block(
            problem=Problem(
                modulation=problem.modulation,
                y=problem.y[elements],
                h=problem.h[elements],
                noise_variance=problem.noise_variance[elements],
            ),
            sent=Sent(labels=sent.labels[elements], bits=sent.bits[elements], h=sent.h[elements]),
        )

    def part(self, *, start: int, stop: int) -> "Block":
        """Return the elements start .. stop - 1."""
        return self.chosen(torch.arange(start, stop))
