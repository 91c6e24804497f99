# SPDX-License-Identifier: Apache-2.0
"""How large the numbers of a network of floats become, on elements that are typical of its use."""

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.real_model import RealModel, levels, real_model
from receivers.mimo.integer.ranges import Range, range_of
from sim.mimo.problem import Problem

_TINY = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Of the products of sender, receiver and pair, of messages, and of hidden numbers."""

    sent: Range
    taken: Range
    share: Range
    messages: Range
    hidden: Range


def ranges_of(network: GnnSic, problem: Problem) -> Ranges:
    """Return the ranges of all iterations, nodes and elements of a problem."""
    seen: dict[str, list[Tensor]] = {field.name: [] for field in fields(Ranges)}
    with torch.no_grad():
        _run(network, real_model(problem), seen)
    return Ranges(**{name: range_of(torch.cat(parts)) for name, parts in seen.items()})


def _run(network: GnnSic, model: RealModel, seen: dict[str, list[Tensor]]) -> None:
    """Run the network as it runs itself, and keep what it computes on the way."""
    gain = model.h.square().sum(1)
    is_pair = 1.0 - torch.eye(gain.shape[-1])
    matched = (model.h * model.y[..., None]).sum(1) / gain
    e = (model.h.mT @ model.h) / gain[..., None] * is_pair
    noise = model.noise_variance[:, None] / gain
    amplitudes = levels(network.modulation)
    mean, variance = torch.zeros_like(matched), torch.ones_like(matched)
    memory = torch.zeros(*matched.shape, network.num_memory)
    for _ in range(network.num_iterations):
        left = matched - (e @ mean[..., None])[..., 0]
        spread = ((e.square() @ variance[..., None])[..., 0] + noise).clamp(min=_TINY)
        numbers = torch.stack([matched, left, spread.log(), mean, variance], dim=-1)
        known = torch.cat([numbers, memory], dim=-1)
        sent = network.sender(known)
        share = network.pair(torch.stack([torch.ones_like(mean), mean, left], dim=-1))
        taken = network.receiver(known)
        told = e[..., None] * share[:, None] + sent[:, None] + taken[:, :, None]
        messages = (torch.relu(told) * is_pair[..., None]).sum(2)
        hidden = torch.relu(network.hidden(torch.cat([known, messages], dim=-1)))
        output = network.output(hidden)
        for name, one in zip(seen, (sent, taken, share, messages, hidden), strict=True):
            seen[name].append(one.flatten(0, -2))
        memory = torch.tanh(output[..., : network.num_memory])
        p = output[..., network.num_memory :].softmax(-1)
        mean = p @ amplitudes
        variance = p @ amplitudes.square() - mean.square()
