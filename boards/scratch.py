# SPDX-License-Identifier: Apache-2.0
"""The working memory of each kernel, as `*_scratch_bytes` in `firmware/kernels` say it.

The compiler reserves the most that any operator needs, once, behind the activations.
"""

from collections.abc import Callable, Mapping

from boards.layout import ADD, CONV_2D, DEPTHWISE_CONV_2D, MUL, OperatorRecord

ADD_BYTES = 2048
_COLUMNS = 4
_MATMUL_OUTPUTS = 8
_DEPTHWISE_CHANNELS = 4
_DEPTHWISE_TILE = 4
_DEPTHWISE_CHANNEL_BYTES = 24


def scratch_bytes(operator: OperatorRecord) -> int:
    """Return the bytes of scratch an operator needs, a multiple of 16."""
    return _SCRATCH[operator.kind](operator)


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _matmul(*, depth: int, num_out: int) -> int:
    outputs = _up(num_out, _MATMUL_OUTPUTS)
    return _up(64 + 2 * outputs * depth + 16 * outputs + 2 * _COLUMNS * depth, 16)


def _convolution(operator: OperatorRecord) -> int:
    depth = _up(operator.kernel[0] * operator.kernel[1] * operator.num_in, 4)
    matmul = _matmul(depth=depth, num_out=operator.num_out)
    return matmul if operator.kernel == (1, 1) else matmul + _up(_COLUMNS * depth, 16)


def _depthwise(operator: OperatorRecord) -> int:
    channels = _up(operator.num_out, 4)
    return _up(max(21 * channels, _depthwise_lines(operator)), 16)


def _depthwise_lines(operator: OperatorRecord) -> int:
    """Return the bytes of the lines of samples and of the filters of four channels."""
    (kernel_height, kernel_width), (tall, wide) = operator.kernel, operator.dilation
    outputs = -(-operator.width // wide)
    phase = _up(_up(outputs, _DEPTHWISE_TILE) + kernel_width + 1, 2)
    rows = min((kernel_height - 1) * tall + 1, operator.height)
    lines = 2 * phase * wide * _DEPTHWISE_CHANNELS * (rows + 1)
    words = 2 * ((kernel_width + 2) // 2)
    filters = _DEPTHWISE_CHANNEL_BYTES + 4 * words * kernel_height
    return lines + _DEPTHWISE_CHANNELS * filters


_SCRATCH: Mapping[int, Callable[[OperatorRecord], int]] = {
    CONV_2D: _convolution,
    DEPTHWISE_CONV_2D: _depthwise,
    ADD: lambda _: ADD_BYTES,
    MUL: lambda _: 0,
}
