# SPDX-License-Identifier: Apache-2.0
"""The working memory of each kernel, as `*_scratch_bytes` in `firmware/kernels` say it.

The compiler reserves the most that any operator needs, once, behind the activations.
"""

from collections.abc import Callable, Mapping

from boards.layout import OperatorRecord
from boards.parameters import Dense, DeviceKind, Window

ADD_BYTES = 2048
_COLUMNS = 4
_MATMUL_OUTPUTS = 8
_DEPTHWISE_CHANNELS = 4
_DEPTHWISE_TILE = 4
_DEPTHWISE_CHANNEL_BYTES = 24
_DEPTHWISE_MAX_HEIGHT, _DEPTHWISE_MAX_STEP = 16, 64
_DEPTHWISE_MAX_TAPS, _DEPTHWISE_BLOCK_CONSTANTS = 64, 64


def scratch_bytes(operator: OperatorRecord) -> int:
    """Return the bytes of scratch an operator needs, a multiple of 16."""
    return _SCRATCH[operator.kind](operator) if operator.kind in _SCRATCH else 0


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _matmul(*, depth: int, num_out: int) -> int:
    outputs = _up(num_out, _MATMUL_OUTPUTS)
    return _up(64 + 2 * outputs * depth + 16 * outputs + 2 * _COLUMNS * depth, 16)


def _convolution(operator: OperatorRecord) -> int:
    window = operator.window
    num_in = window.num_in // window.num_groups
    num_out = window.num_out // window.num_groups
    depth = _up(window.kernel[0] * window.kernel[1] * num_in, 4)
    matmul = _matmul(depth=depth, num_out=num_out)
    if reads_in_place(window):
        return matmul
    grouped = _up(_COLUMNS * num_out, 16) if window.num_groups > 1 else 0
    return matmul + _up(_COLUMNS * depth, 16) + grouped


def reads_in_place(window: Window) -> bool:
    """Return whether a convolution reads each pixel where it lies: one matrix for all of them."""
    steps = (*window.kernel, *window.stride, window.num_groups)
    sizes = (window.height, window.width)
    is_same = sizes == (window.out_height, window.out_width)
    return set(steps) == {1} and window.padding == (0, 0) and is_same


def _depthwise(operator: OperatorRecord) -> int:
    window = operator.window
    channels = _up(window.num_out, 4)
    portable = 20 * channels + _up(window.num_in, 4)
    lines = _depthwise_lines(window) if _has_lines(window) else 0
    return _up(max(portable, lines, _depthwise_pixels(window)), 16)


def _depthwise_pixels(window: Window) -> int:
    """Return the bytes of the blocks of four channels, and of one pixel; 0 if there are none."""
    taps = window.kernel[0] * window.kernel[1]
    if window.num_in != window.num_out or taps > _DEPTHWISE_MAX_TAPS:
        return 0
    block = _DEPTHWISE_BLOCK_CONSTANTS + 8 * taps + _DEPTHWISE_CHANNELS
    return -(-window.num_out // _DEPTHWISE_CHANNELS) * block


def _has_lines(window: Window) -> bool:
    """Return whether the DSP body computes it: one output a pixel and channel, not too high."""
    return (
        window.num_in == window.num_out
        and window.stride == (1, 1)
        and (window.out_height, window.out_width) == (window.height, window.width)
        and window.kernel[0] <= _DEPTHWISE_MAX_HEIGHT
        and max(window.kernel[1], *window.dilation) <= _DEPTHWISE_MAX_STEP
        and all(
            before <= (size - 1) * dilation
            for before, size, dilation in zip(
                window.padding, window.kernel, window.dilation, strict=True
            )
        )
    )


def _depthwise_lines(window: Window) -> int:
    """Return the bytes of the lines of samples and of the filters of four channels."""
    (kernel_height, kernel_width), (tall, wide) = window.kernel, window.dilation
    outputs = -(-window.width // wide)
    phase = _up(_up(outputs, _DEPTHWISE_TILE) + kernel_width + 1, 2)
    rows = min((kernel_height - 1) * tall + 1, window.height)
    lines = 2 * phase * wide * _DEPTHWISE_CHANNELS * (rows + 1)
    words = 2 * ((kernel_width + 2) // 2)
    filters = _DEPTHWISE_CHANNEL_BYTES + 4 * words * kernel_height
    return lines + _DEPTHWISE_CHANNELS * filters


def _dense(operator: OperatorRecord) -> int:
    dense = operator.parameters
    return _up(2 * _up(dense.num_in, 4), 16) if isinstance(dense, Dense) else 0


def _pool(operator: OperatorRecord) -> int:
    return _up(4 * operator.window.num_out, 16)


_SCRATCH: Mapping[DeviceKind, Callable[[OperatorRecord], int]] = {
    DeviceKind.CONV_2D: _convolution,
    DeviceKind.DEPTHWISE_CONV_2D: _depthwise,
    DeviceKind.FULLY_CONNECTED: _dense,
    DeviceKind.ADD: lambda _: ADD_BYTES,
    DeviceKind.SUB: lambda _: ADD_BYTES,
    DeviceKind.AVERAGE_POOL_2D: _pool,
}
