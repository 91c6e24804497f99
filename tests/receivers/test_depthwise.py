# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolution equals PyTorch's own, value and gradients, whatever the shape."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from receivers.neural.depthwise import Depthwise

ODD = st.sampled_from([1, 3, 5])
DILATION = st.integers(1, 5)


def twins(
    num_channels: int, window: tuple[int, int], dilation: tuple[int, int]
) -> tuple[Depthwise, nn.Conv2d]:
    """Return ours and PyTorch's with the same windows, in float64."""
    (tall, wide), (down, across) = window, dilation
    ours = Depthwise(num_channels, window, dilation=dilation).double()
    theirs = nn.Conv2d(
        num_channels,
        num_channels,
        window,
        padding=(tall // 2 * down, wide // 2 * across),
        dilation=dilation,
        groups=num_channels,
        bias=False,
    ).double()
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def gradients(layer: nn.Module, planes: Tensor, seen: Tensor) -> tuple[Tensor, ...]:
    """Return output, and the gradients of planes and windows."""
    planes = planes.clone().requires_grad_()
    output = layer(planes)
    return (output, *torch.autograd.grad(output, [planes, *layer.parameters()], seen))


@given(
    shape=st.tuples(*(st.integers(1, 3), st.integers(1, 4), st.integers(1, 9), st.integers(1, 24))),
    window=st.tuples(ODD, ODD),
    dilation=st.tuples(DILATION, DILATION),
    is_channels_last=st.booleans(),
)
def test_equals_the_convolution_of_torch(
    shape: tuple[int, ...],
    window: tuple[int, int],
    dilation: tuple[int, int],
    is_channels_last: bool,  # noqa: FBT001  # hypothesis names it
) -> None:
    torch.manual_seed(1)
    layout = torch.channels_last if is_channels_last else torch.contiguous_format
    planes, seen = (torch.randn(shape, dtype=torch.float64) for _ in range(2))
    ours, theirs = twins(shape[1], window, dilation)

    found = gradients(ours, planes.contiguous(memory_format=layout), seen)

    for one, other in zip(found, gradients(theirs, planes, seen), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("width", [64, 66], ids=["whole phases", "a width that does not divide"])
def test_a_slot_is_the_same_alone_and_among_others(width: int) -> None:
    torch.manual_seed(1)
    layer = Depthwise(36, (3, 5), dilation=(3, 4))
    planes = torch.randn(20, 36, 14, width).contiguous(memory_format=torch.channels_last)

    with torch.no_grad():
        together = layer(planes)
        alone = torch.cat([layer(slot) for slot in planes.split(1)])

    assert torch.equal(together, alone)


def test_no_gradient_is_computed_that_nobody_wants() -> None:
    layer = Depthwise(2, (3, 3), dilation=(1, 2)).requires_grad_(requires_grad=False)
    planes = torch.randn(1, 2, 4, 8, requires_grad=True)

    layer(planes).sum().backward()

    assert planes.grad is not None
    assert layer.weight.grad is None


def test_its_export_is_one_convolution() -> None:
    layer = Depthwise(2, (3, 5), dilation=(2, 4))

    program = torch.export.export(layer.eval(), (torch.randn(1, 2, 14, 64),))

    called = [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
    assert called == ["aten.conv2d.default"]
