# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolution with SAME padding whose dilation costs nothing.

On CPUs PyTorch has a fast kernel for depthwise windows that are dense across the width, and slow
ones for those dilated there and for the gradient of the input: ten times slower in the receivers'
shapes. Both are the fast one in disguise. In memory, channels last, a row of W elements with C
channels is also a row of W / d elements with d * C channels, in which what lay d elements apart are
neighbours. And what the gradient of the input sees is the gradient of the output through the
reversed window.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional

_Pair = tuple[int, int]
_Context = Any  # what torch keeps between the two passes


class Depthwise(nn.Conv2d):
    """A window for each channel, without bias; keeps the size of the plane.

    Parameters
    ----------
    num_channels : int
    window : (int, int)
        Height and width, both odd.
    dilation : (int, int)
    """

    def __init__(self, num_channels: int, window: _Pair, *, dilation: _Pair) -> None:
        super().__init__(
            num_channels,
            num_channels,
            window,
            padding=_padding(window, dilation),
            dilation=dilation,
            groups=num_channels,
            bias=False,
        )

    def forward(self, input: Tensor) -> Tensor:
        """Return float32 [num_slots, num_channels, height, width] for the same."""
        if torch.compiler.is_exporting():
            return super().forward(input)
        down, across = self.dilation
        apply = cast(Callable[..., Tensor], _Correlation.apply)
        return apply(input, self.weight, (down, across))


class _Correlation(Function):
    """Correlation of planes with windows, and its gradients."""

    @staticmethod
    def forward(ctx: _Context, planes: Tensor, windows: Tensor, dilation: _Pair) -> Tensor:
        ctx.save_for_backward(planes, windows)
        ctx.dilation = dilation
        return _correlated(planes, windows, dilation)

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]  # torch names no ctx
        ctx: _Context, *gradients: Tensor
    ) -> tuple[Tensor | None, Tensor | None, None]:
        planes, windows = ctx.saved_tensors
        needs_planes, needs_windows, _ = ctx.needs_input_grad
        (gradient,) = gradients
        of_planes = of_windows = None
        if needs_planes:
            of_planes = _correlated(gradient, windows.flip(2, 3), ctx.dilation)
        if needs_windows:
            of_windows = _window_gradient(gradient, planes, windows, ctx.dilation)
        return of_planes, of_windows, None


def _correlated(planes: Tensor, windows: Tensor, dilation: _Pair) -> Tensor:
    """Correlate, dilated across the width by splitting rows into their phases where that goes."""
    num_slots, num_channels, height, width = planes.shape
    down, across = dilation
    num_phases = 1 if width % across else across
    rest = (down, across // num_phases)
    phases = planes.permute(0, 2, 3, 1).reshape(
        num_slots, height, width // num_phases, num_phases * num_channels
    )
    correlated = functional.conv2d(
        phases.permute(0, 3, 1, 2),
        windows.repeat(num_phases, 1, 1, 1),
        padding=_padding((windows.shape[2], windows.shape[3]), rest),
        dilation=rest,
        groups=num_phases * num_channels,
    )
    rows = correlated.permute(0, 2, 3, 1).reshape(num_slots, height, width, num_channels)
    return rows.permute(0, 3, 1, 2)


def _window_gradient(gradient: Tensor, planes: Tensor, windows: Tensor, dilation: _Pair) -> Tensor:
    padding = _padding((windows.shape[2], windows.shape[3]), dilation)
    _, of_windows, _ = torch.ops.aten.convolution_backward(
        *(gradient, planes, windows, None),
        *((1, 1), padding, dilation, False, (0, 0), planes.shape[1]),
        (False, True, False),
    )
    found: Tensor = of_windows
    return found


def _padding(window: _Pair, dilation: _Pair) -> _Pair:
    (tall, wide), (down, across) = window, dilation
    return tall // 2 * down, wide // 2 * across
