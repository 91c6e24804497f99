# SPDX-License-Identifier: Apache-2.0
"""Random `.tflite` models of one operator: shapes, strides, scales, zero points and options."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.boards.tflite_builder import Model

Rng = np.random.Generator


def _scale(rng: Rng) -> float:
    return float(np.float32(2.0 ** rng.uniform(-7, -2)))


def _zero(rng: Rng) -> int:
    return int(rng.integers(-128, 128))


def sizes_of(rng: Rng, number: int, *, low: int = 1, high: int = 9) -> tuple[int, ...]:
    return tuple(int(size) for size in rng.integers(low, high, number))


def window(
    rng: Rng, size: tuple[int, ...], kernel: tuple[int, ...], dilation: tuple[int, ...] = (1, 1)
) -> Any:
    """Draw padding and strides; return them as options, and the size of the output."""
    stride = sizes_of(rng, 2, high=4)
    reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    is_same = bool(rng.integers(2)) or any(r > n for r, n in zip(reach, size, strict=True))
    pairs = list(zip(size, stride, reach, strict=True))
    out = tuple(-(-n // s) if is_same else (n - r) // s + 1 for n, s, r in pairs)
    options = {"padding": 0 if is_same else 1, "strideH": stride[0], "strideW": stride[1]}
    return options, out


def filters(
    rng: Rng,
    model: Model,
    shape: tuple[int, ...],
    scale: float,
    axis: int,
    *,
    may_lack_bias: bool = False,
) -> Any:
    """Draw weights, per channel or not, and their bias; return both and the scales of sums."""
    num_out = shape[axis]
    several = bool(rng.integers(2)) and num_out > 1
    scales = (2.0 ** rng.uniform(-8, -6, num_out if several else 1)).astype(np.float32)
    data = rng.integers(-127, 128, shape).astype(np.int8)
    bias = rng.integers(-3000, 3000, num_out).astype(np.int32)
    weights = model.tensor(shape, scale=scales, axis=axis, data=data)
    sums = np.float32(scale) * scales
    inputs = [weights]
    if not may_lack_bias or rng.integers(4):
        inputs.append(model.tensor((num_out,), dtype="int32", scale=sums, data=bias))
    elif rng.integers(2):
        inputs.append(-1)
    return inputs, float(np.median(sums))


def convolution(rng: Rng, name: str) -> bytes:
    """Draw a convolution: strides, dilation, padding, groups or a multiplier."""
    model, scale = Model(), _scale(rng)
    height, width, num_in = sizes_of(rng, 3, low=3)
    kernel, dilation = sizes_of(rng, 2, high=4), sizes_of(rng, 2, high=3)
    options, out = window(rng, (height, width), kernel, dilation)
    x = model.tensor((1, height, width, num_in), scale=scale, zero_point=_zero(rng))
    if name == "CONV_2D":
        groups = int(rng.choice([g for g in (1, 1, 2, 3) if num_in % g == 0]))
        num_out = groups * int(rng.integers(1, 6))
        shape, axis, terms = (num_out, *kernel, num_in // groups), 0, num_in // groups
    else:
        multiplier = int(rng.integers(1, 4))
        num_out, axis, terms = num_in * multiplier, 3, 1
        shape, options = (1, *kernel, num_out), options | {"depthMultiplier": multiplier}
    inputs, sums = filters(rng, model, shape, scale, axis)
    wide = 5500.0 * np.sqrt(terms * kernel[0] * kernel[1]) * sums / 50 * rng.uniform(0.5, 2.0)
    y = model.tensor((1, *out, num_out), scale=wide, zero_point=_zero(rng))
    options |= {"dilationHFactor": dilation[0], "dilationWFactor": dilation[1]}
    fused = int(rng.choice([0, 1, 3]))
    model.operator(name, [x, *inputs], y, version=6, fusedActivationFunction=fused, **options)
    return model.content(source=x, target=y)


def connection(rng: Rng, name: str) -> bytes:
    """Draw a FULLY_CONNECTED on a vector or a plane."""
    model, scale = Model(), _scale(rng)
    shape = sizes_of(rng, int(rng.integers(1, 4)))
    num_in, num_out = int(np.prod(shape)), int(rng.integers(1, 20))
    x = model.tensor((1, *shape), scale=scale, zero_point=_zero(rng))
    inputs, sums = filters(rng, model, (num_out, num_in), scale, 0, may_lack_bias=True)
    wide = 5500.0 * np.sqrt(num_in) * sums / 50 * rng.uniform(0.5, 2.0)
    y = model.tensor((1, num_out), scale=wide, zero_point=_zero(rng))
    fused = int(rng.choice([0, 1, 3]))
    model.operator(name, [x, *inputs], y, version=5, fusedActivationFunction=fused)
    return model.content(source=x, target=y)


def elementwise(rng: Rng, name: str) -> bytes:
    """Draw a sum, difference or product with a constant that broadcasts, on either side."""
    model = Model()
    shape = sizes_of(rng, 3)
    other = tuple(size if rng.integers(2) else 1 for size in shape)
    other = (1, *other) if rng.integers(2) else other[int(rng.integers(3)) :]
    scales = _scale(rng), _scale(rng)
    x = model.tensor((1, *shape), scale=scales[0], zero_point=_zero(rng))
    data = rng.integers(-128, 128, other).astype(np.int8)
    constant = model.tensor(other, scale=scales[1], zero_point=_zero(rng), data=data)
    wide = scales[0] * scales[1] * 2.0 ** rng.uniform(3, 9) if name == "MUL" else _scale(rng)
    y = model.tensor((1, *shape), scale=wide, zero_point=_zero(rng))
    inputs = [x, constant] if rng.integers(2) else [constant, x]
    fused = int(rng.choice([0, 1, 2, 3]))
    model.operator(name, inputs, y, version=2, fusedActivationFunction=fused)
    return model.content(source=x, target=y)


def pool(rng: Rng, name: str) -> bytes:
    """Draw a pool."""
    model, scale, zero_point = Model(), _scale(rng), _zero(rng)
    height, width, num_channels = sizes_of(rng, 3)
    kernel = sizes_of(rng, 2, high=5)
    options, out = window(rng, (height, width), kernel)
    x = model.tensor((1, height, width, num_channels), scale=scale, zero_point=zero_point)
    y = model.tensor((1, *out, num_channels), scale=scale, zero_point=zero_point)
    options |= {"filterHeight": kernel[0], "filterWidth": kernel[1]}
    fused = int(rng.choice([0, 1, 3]))
    model.operator(name, [x], y, version=2, fusedActivationFunction=fused, **options)
    return model.content(source=x, target=y)


def mean(rng: Rng, name: str) -> bytes:
    """Draw a mean over some axes, kept or not."""
    model, scale = Model(), _scale(rng)
    shape = (1, *sizes_of(rng, 3))
    axes = sorted(rng.permutation([1, 2, 3])[: int(rng.integers(1, 4))].tolist())
    keeps = bool(rng.integers(2)) or len(axes) == 3
    told = [axis - 4 if rng.integers(2) else axis for axis in axes]
    kept = [1 if i in axes else n for i, n in enumerate(shape)]
    out = tuple(kept if keeps else [n for i, n in enumerate(shape) if i not in axes])
    x = model.tensor(shape, scale=scale, zero_point=_zero(rng))
    which = model.tensor((len(told),), dtype="int32", data=np.array(told, np.int32))
    wide = float(np.float32(scale * rng.uniform(0.3, 1.5)))
    y = model.tensor(out, scale=wide, zero_point=_zero(rng))
    model.operator(name, [x, which], y, version=2, keepDims=keeps)
    return model.content(source=x, target=y)


def softmax(rng: Rng, name: str) -> bytes:
    """Draw a softmax over the last axis of a vector or a plane."""
    model = Model()
    shape = (1, *sizes_of(rng, int(rng.integers(1, 4)), high=14))
    scale = float(np.float32(10.0 ** rng.uniform(-3, 2.5)))
    x = model.tensor(shape, scale=scale, zero_point=_zero(rng))
    y = model.tensor(shape, scale=1 / 256, zero_point=-128)
    model.operator(name, [x], y, version=2, beta=float(rng.choice([0.5, 1.0, 2.0])))
    return model.content(source=x, target=y)


def lookup(rng: Rng, name: str) -> bytes:
    """Draw an operator that maps each value by itself."""
    model, shape = Model(), (1, *sizes_of(rng, 3), 40)[:4]
    x = model.tensor(shape, scale=_scale(rng), zero_point=_zero(rng))
    fixed = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}
    scale, zero_point = fixed.get(name, (_scale(rng), _zero(rng)))
    y = model.tensor(shape, scale=scale, zero_point=zero_point)
    options = {"alpha": float(rng.uniform(-0.5, 1.5))} if name == "LEAKY_RELU" else {}
    model.operator(name, [x], y, version=2, **options)
    return model.content(source=x, target=y)


def movement(rng: Rng, name: str) -> bytes:
    """Draw an operator that moves values."""
    model = Model()
    quantization: dict[str, Any] = {"scale": _scale(rng), "zero_point": _zero(rng)}
    shape = (1, *sizes_of(rng, 3))
    x = model.tensor(shape, **quantization)
    out, constants, options = MOVES[name](rng, shape)
    numbers = [
        model.tensor(np.shape(one), dtype="int32", data=np.array(one, np.int32))
        for one in constants
    ]
    y = model.tensor(out, **quantization)
    inputs = [x, *numbers]
    if name == "CONCATENATION":
        data = rng.integers(-128, 128, shape).astype(np.int8)
        inputs = [x, model.tensor(shape, data=data, **quantization) if rng.integers(2) else x]
        inputs = inputs[:: int(rng.choice([-1, 1]))]
    model.operator(name, inputs, y, version=2 if name != "RESHAPE" else 1, **options)
    return model.content(source=x, target=y)


Move = tuple[tuple[int, ...], list[Any], dict[str, Any]]


def _reshaped(rng: Rng, shape: tuple[int, ...]) -> Move:
    sizes = shape[1:]
    cut = int(rng.integers(1, 3))
    out = (1, int(np.prod(sizes[:cut])), int(np.prod(sizes[cut:])))
    return out, [list(out)], {"newShape": list(out)}


def _transposed(rng: Rng, shape: tuple[int, ...]) -> Move:
    order = [0, *(rng.permutation(3) + 1).tolist()]
    return tuple(shape[axis] for axis in order), [order], {}


def _concatenated(rng: Rng, shape: tuple[int, ...]) -> Move:
    axis = int(rng.integers(1, 4))
    out = tuple(2 * n if i == axis else n for i, n in enumerate(shape))
    return out, [], {"axis": axis - 4 if rng.integers(2) else axis, "fusedActivationFunction": 0}


def _tiled(rng: Rng, shape: tuple[int, ...]) -> Move:
    repeats = [1] * len(shape)
    repeats[int(rng.integers(1, len(shape)))] = int(rng.integers(1, 4))
    return tuple(n * r for n, r in zip(shape, repeats, strict=True)), [repeats], {}


def _padded(rng: Rng, shape: tuple[int, ...]) -> Move:
    margins = [[0, 0], *rng.integers(0, 4, (3, 2)).tolist()]
    return tuple(n + sum(m) for n, m in zip(shape, margins, strict=True)), [margins], {}


def _sliced(rng: Rng, shape: tuple[int, ...]) -> Move:
    begin = [0, *(int(rng.integers(0, n)) for n in shape[1:])]
    size = [
        1,
        *(int(rng.integers(1, n - b + 1)) for n, b in zip(shape[1:], begin[1:], strict=True)),
    ]
    told = [-1 if b + s == n else s for b, s, n in zip(begin, size, shape, strict=True)]
    return tuple(size), [begin, told], {}


def _strided(rng: Rng, shape: tuple[int, ...]) -> Move:
    begin = [0, *(int(rng.integers(0, n)) for n in shape[1:])]
    end = [1, *(int(rng.integers(b + 1, n + 1)) for n, b in zip(shape[1:], begin[1:], strict=True))]
    step = [1, *(int(rng.integers(1, 3)) for _ in range(3))]
    masks = {name: int(rng.integers(16)) for name in ("beginMask", "endMask")}
    shrunk = int(rng.choice([0, 0, 2, 4, 8]))
    out: list[int] = []
    for i, size in enumerate(shape):
        first = 0 if masks["beginMask"] >> i & 1 else begin[i]
        last = size if masks["endMask"] >> i & 1 else end[i]
        if not shrunk >> i & 1:
            out.append(len(range(first, last, step[i])))
    told = [b - n if rng.integers(2) else b for b, n in zip(begin, shape, strict=True)]
    return tuple(out), [told, end, step], {**masks, "shrinkAxisMask": shrunk}


def _resized(rng: Rng, shape: tuple[int, ...]) -> Move:
    size = list(sizes_of(rng, 2, high=14))
    align = bool(rng.integers(2))
    options = {"alignCorners": align, "halfPixelCenters": not align and bool(rng.integers(2))}
    return (1, *size, shape[3]), [size], options


MOVES: Mapping[str, Callable[[Rng, tuple[int, ...]], Move]] = {
    "RESHAPE": _reshaped,
    "TRANSPOSE": _transposed,
    "CONCATENATION": _concatenated,
    "TILE": _tiled,
    "PAD": _padded,
    "SLICE": _sliced,
    "STRIDED_SLICE": _strided,
    "RESIZE_NEAREST_NEIGHBOR": _resized,
}
MODELS: Mapping[str, Callable[[Rng, str], bytes]] = {
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": convolution,
    "FULLY_CONNECTED": connection,
    "ADD": elementwise,
    "SUB": elementwise,
    "MUL": elementwise,
    "AVERAGE_POOL_2D": pool,
    "MAX_POOL_2D": pool,
    "MEAN": mean,
    "SOFTMAX": softmax,
    "LOGISTIC": lookup,
    "TANH": lookup,
    "RELU": lookup,
    "RELU6": lookup,
    "LEAKY_RELU": lookup,
    "QUANTIZE": lookup,
    **dict.fromkeys(MOVES, movement),
}
