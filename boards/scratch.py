# SPDX-License-Identifier: Apache-2.0
"""The working memory of each kernel, as `*_scratch_bytes` in `firmware/kernels` say it.

It depends on the body that a core runs. A device reserves the most that any operator of an image
needs, once, behind the activations.
"""

from collections.abc import Callable, Mapping

from boards.body import Body
from boards.layout import OperatorRecord
from boards.narrow import CHUNK, WIDE
from boards.parameters import Dense, Detection, DeviceKind, Spiking, Window

ADD_BYTES = 2048
SPIKING_BLOCK = 16
_GNN_FEATURES = 5
_COLUMNS = 4
_NARROW_OVERREAD = 28
_RESCALE_BYTES = 16
_DEPTHWISE_CHANNELS = 4
_DEPTHWISE_TILE = 4
_DEPTHWISE_CHANNEL_BYTES = 24
_DEPTHWISE_LONG_LINE = 8
_DEPTHWISE_MAX_HEIGHT, _DEPTHWISE_MAX_STEP = 16, 64
_DEPTHWISE_MAX_TAPS, _DEPTHWISE_BLOCK_CONSTANTS = 64, 64


def scratch_bytes(operator: OperatorRecord, body: Body) -> int:
    """Return the bytes of scratch an operator needs, a multiple of 16."""
    return _SCRATCH[operator.kind](operator, body) if operator.kind in _SCRATCH else 0


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _matmul(*, depth: int, num_out: int, is_narrow: bool, body: Body) -> int:
    match body:
        case Body.PORTABLE:
            outputs = _up(num_out, 8)
            needed = 80 + (2 * outputs + _COLUMNS) * depth + _RESCALE_BYTES * outputs
        case Body.SCALAR:
            unpacked = 2 * _up(depth, 8) if is_narrow else 0
            needed = 32 + _RESCALE_BYTES * num_out + 4 * _COLUMNS * depth + unpacked
        case Body.DSP:
            needed = 16 + -(-num_out // 2) * 4 * (depth + 8) + 2 * _COLUMNS * depth
        case Body.MVE:
            outputs = _up(num_out, 4)
            unpacked = _up(num_out, 2) * _up(depth, 32) if is_narrow else 0
            needed = 48 + (_RESCALE_BYTES + 4 * _COLUMNS) * outputs + unpacked
    return _up(needed, 16)


def _convolution(operator: OperatorRecord, body: Body) -> int:
    window = operator.window
    num_in = window.num_in // window.num_groups
    num_out = window.num_out // window.num_groups
    depth = _up(window.kernel[0] * window.kernel[1] * num_in, 4)
    is_narrow = operator.weight_bits != WIDE
    matmul = _matmul(depth=depth, num_out=num_out, is_narrow=is_narrow, body=body)
    is_apart = window.num_groups > 1 or window.pixel_bytes not in (0, window.num_out)
    apart = _up(_COLUMNS * num_out, 16) if is_apart else 0
    if reads_in_place(window):
        return matmul + apart
    overread = _NARROW_OVERREAD if is_narrow else 0
    return matmul + _up(_COLUMNS * depth + overread, 16) + apart


def reads_in_place(window: Window) -> bool:
    """Return whether a convolution reads each pixel where it lies: one matrix for all of them."""
    steps = (*window.kernel, *window.stride, window.num_groups)
    sizes = (window.height, window.width)
    is_same = sizes == (window.out_height, window.out_width)
    return set(steps) == {1} and window.padding == (0, 0) and is_same


def _depthwise(operator: OperatorRecord, body: Body) -> int:
    """Return the bytes of a body, behind those of narrow weights once they are unpacked."""
    window = operator.window
    weights = window.kernel[0] * window.kernel[1] * _up(window.num_out, 4)
    unpacked = 0 if operator.weight_bits == WIDE else _up(weights, CHUNK)
    return _up(unpacked + _depthwise_body(window, body), 16)


def _depthwise_body(window: Window, body: Body) -> int:
    if window.num_in == window.num_out and body in (Body.SCALAR, Body.MVE):
        channels = _up(window.num_out, 4 if body is Body.SCALAR else 16)
        return _RESCALE_BYTES * channels + _depthwise_field(window)
    if body is Body.DSP:
        has_lines, has_pixels = _has_lines(window), _has_pixels(window)
        if has_lines and (_has_long_lines(window) or not has_pixels):
            return _depthwise_lines(window)
        if has_pixels:
            return _depthwise_pixels(window)
    return 20 * _up(window.num_out, 4) + _up(window.num_in, 4)


def _has_pixels(window: Window) -> bool:
    taps = window.kernel[0] * window.kernel[1]
    return window.num_in == window.num_out and taps <= _DEPTHWISE_MAX_TAPS


def _depthwise_pixels(window: Window) -> int:
    """Return the bytes of the blocks of four channels, and of one pixel."""
    taps = window.kernel[0] * window.kernel[1]
    block = _DEPTHWISE_BLOCK_CONSTANTS + 8 * taps
    return -(-window.num_out // _DEPTHWISE_CHANNELS) * block + _depthwise_field(window)


def _depthwise_field(window: Window) -> int:
    """Return the bytes of where the taps of a pixel lie, twice, and of one pixel."""
    return 8 * window.kernel[0] * window.kernel[1] + _up(window.num_in, 4)


def _has_long_lines(window: Window) -> bool:
    return window.width >= _DEPTHWISE_LONG_LINE * window.dilation[1]


def _has_lines(window: Window) -> bool:
    """Return whether lines can hold it: one output a pixel and channel, not too high."""
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


def _dense(operator: OperatorRecord, body: Body) -> int:
    dense = operator.parameters
    if not isinstance(dense, Dense):
        return 0
    if body is Body.MVE:
        return _up(dense.num_in, 16)
    return _up((4 if body is Body.SCALAR else 2) * _up(dense.num_in, 4), 16)


def _pool(operator: OperatorRecord, _: Body) -> int:
    return _up(4 * operator.window.num_out, 16)


def _add(_: OperatorRecord, __: Body) -> int:
    return ADD_BYTES


def _spiking_layer(operator: OperatorRecord, _: Body) -> int:
    spiking = operator.parameters
    return 4 * _up(spiking.num_out, SPIKING_BLOCK) if isinstance(spiking, Spiking) else 0


def _lmmse_detector(operator: OperatorRecord, _: Body) -> int:
    detection = operator.parameters
    if not isinstance(detection, Detection):
        return 0
    num_tx = detection.num_tx
    return _up(8 * num_tx * (2 * num_tx + 1) + 12 * num_tx, 16)


def _gnn_sic(operator: OperatorRecord, body: Body) -> int:
    """Return the bytes of the parts of `firmware/kernels/gnn_sic_work.h`, in their order."""
    one = operator.parameters
    if not isinstance(one, Detection):
        return 0
    nodes, known = 2 * one.num_tx, _up(_GNN_FEATURES + one.num_memory, 8)
    seen, outputs = known + one.num_messages, _up(one.num_memory + (1 << one.num_axis_bits), 2)
    rows = max(2 * one.num_messages, one.num_hidden, outputs)
    sums = max(4 * nodes * rows, 8 * one.num_tx * (one.num_tx + 1))
    of_nodes = [4 * nodes] * 4 + [2 * nodes * nodes, 2 * nodes]
    of_numbers = [4 * one.num_messages, 2 * seen, 2 * one.num_hidden]
    parts = [sums, *of_nodes, *(nodes * size for size in of_numbers)]
    if body is Body.DSP:
        weights = (2 * one.num_messages * known, one.num_hidden * seen, outputs * one.num_hidden)
        parts += [2 * size for size in weights]
    return sum(_up(part, 16) for part in parts)


def _lora_unfolded(operator: OperatorRecord, body: Body) -> int:
    """Return the bytes of the parts of `firmware/kernels/lora_unfolded_work.h`, in their order."""
    one = operator.parameters
    if not isinstance(one, Detection):
        return 0
    nodes, levels = 2 * one.num_tx, 1 << one.num_axis_bits
    depths, parts, room = (8, one.num_hidden, one.num_hidden), [], 0
    for depth, rank, rows in zip(depths, one.ranks, (*depths[1:], levels), strict=True):
        parts += [2 * rows * depth, 4 * rows]
        pairs = (rank + one.channel_rank + 1) // 2
        room = max(room, 0 if body is Body.MVE else pairs * (rows + depth + 4))
    parts += [4 * room, 2 * nodes * 8, *[2 * nodes * one.num_hidden] * 2, 4 * nodes * levels]
    work = max(sum(_up(part, 16) for part in parts), _lmmse_detector(operator, body))
    return work + _up(one.num_elements * nodes * (18 + 2 * nodes), 16)


_SCRATCH: Mapping[DeviceKind, Callable[[OperatorRecord, Body], int]] = {
    DeviceKind.CONV_2D: _convolution,
    DeviceKind.DEPTHWISE_CONV_2D: _depthwise,
    DeviceKind.FULLY_CONNECTED: _dense,
    DeviceKind.ADD: _add,
    DeviceKind.SUB: _add,
    DeviceKind.AVERAGE_POOL_2D: _pool,
    DeviceKind.SPIKING_LAYER: _spiking_layer,
    DeviceKind.LMMSE_DETECTOR: _lmmse_detector,
    DeviceKind.GNN_SIC: _gnn_sic,
    DeviceKind.LORA_UNFOLDED: _lora_unfolded,
}
