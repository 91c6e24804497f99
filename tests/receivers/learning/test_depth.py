# SPDX-License-Identifier: Apache-2.0
"""Which weights are trained, and when more of them."""

import torch

from receivers.learning.depth import DEPTHS, Depth, parameters, select
from receivers.neural.network import Network


def test_depths_hold_each_other(network: Network) -> None:
    head, block, everything = (set(parameters(network, depth)) for depth in DEPTHS)

    assert head == {"head.weight", "head.bias"}
    assert head < block < everything
    assert everything == {name for name, _ in network.named_parameters()}
    assert not any(name.startswith(("stem", "blocks.0")) for name in block)


def test_gradients_flow_to_the_chosen_ones_only(network: Network) -> None:
    select(network, "last-block")

    network(torch.randn(1, 10, 14, 12)).square().sum().backward()

    with_gradient = {name for name, p in network.named_parameters() if p.grad is not None}
    assert with_gradient == set(parameters(network, "last-block"))


def test_it_grows_when_gradients_no_longer_agree() -> None:
    depth = Depth("adaptive", freeze_below=0.1)
    generator = torch.Generator().manual_seed(1)
    depths = [depth.now]

    for _ in range(20):
        depth.hear(iter([torch.ones(40) + 0.1 * torch.randn(40, generator=generator)]))
    assert not depth.decide()
    for _ in range(60):
        depth.hear(iter([torch.randn(40, generator=generator)]))
    assert depth.decide()
    depths.append(depth.now)
    depth.restart()
    assert [*depths, depth.now] == ["head", "last-block", "head"]


def test_a_fixed_depth_stays() -> None:
    depth = Depth("head", freeze_below=0.9)

    depth.hear(iter([torch.ones(3)]))
    depth.hear(iter([-torch.ones(3)]))

    assert not depth.decide()
    assert depth.now == "head"
