# SPDX-License-Identifier: Apache-2.0
"""The layers of random networks: each draws itself behind an activation, or declines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tests.boards.network_draft import Draft, Quantized
from tests.boards.tflite_models import MOVES, filters, sizes_of, window

VIEWS = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
"""What devices do nothing for; a network of these alone is none."""
_PLANES, _ANY = (4,), (2, 3, 4)
_LONGEST_SOFTMAX = 511
"""LiteRT's reference kernel ends the process where a sum of powers reaches 512."""
_LIVELY = {2: (0.3, 4.0), 3: (0.7, 25.0)}
"""How loud a layer is that RELU_N1_TO_1 or RELU6 behind it neither cuts all off nor leaves all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """How a layer is drawn.

    Parameters
    ----------
    append : callable
        Takes the draft, the operator's name and the activation behind which it comes.
    weight : float
        How often, beside others.
    ranks : tuple of int
        Of activations that it fits, with the batch dimension.
    """

    append: Callable[[Draft, str, Quantized], object]
    weight: float = 1.0
    ranks: tuple[int, ...] = _ANY


def requantized(draft: Draft, x: Quantized, *, like: Quantized) -> Quantized:
    """Append a QUANTIZE to the scale of another activation, if there are scales."""
    if draft.is_real:
        return x
    return draft.apply("QUANTIZE", [x], draft.like(like, x.shape))


def reshaped(draft: Draft, x: Quantized, shape: tuple[int, ...]) -> Quantized:
    """Append a RESHAPE."""
    inputs: list[Quantized | int] = [x, draft.integers(shape)]
    return draft.apply("RESHAPE", inputs, draft.like(x, shape), newShape=list(shape))


def concatenated(draft: Draft, parts: list[Quantized], *, axis: int) -> Quantized:
    """Append a CONCATENATION of activations of one scale."""
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    return draft.apply("CONCATENATION", parts, draft.like(parts[0], shape), axis=axis)


def _convolution(draft: Draft, name: str, x: Quantized) -> None:
    rng, num_in = draft.rng, x.shape[3]
    kernel, dilation = sizes_of(rng, 2, high=4), sizes_of(rng, 2, high=3)
    options, out = window(rng, x.shape[1:3], kernel, dilation)
    if name == "CONV_2D":
        groups = int(rng.choice([n for n in (1, 1, 2, 3, 4) if num_in % n == 0]))
        num_out = groups * int(rng.integers(1, 9 if groups == 1 else 4))
        shape, axis, terms = (num_out, *kernel, num_in // groups), 0, num_in // groups
    else:
        multiplier = int(rng.choice([1, 1, 2, 3]))
        num_out, axis, terms = num_in * multiplier, 3, 1
        shape, options = (1, *kernel, num_out), options | {"depthMultiplier": multiplier}
    if draft.is_too_large((*out, num_out)):
        return
    weights, sums = filters(rng, draft.model, shape, x.scale, axis)
    loudness = _weighted_loudness(x, sums, terms * kernel[0] * kernel[1])
    fused = _fused(draft, loudness)
    y = draft.fresh((1, *out, num_out), loudness, is_rectified=bool(fused))
    options |= {"dilationHFactor": dilation[0], "dilationWFactor": dilation[1]}
    draft.apply(name, [x, *weights], y, fusedActivationFunction=fused, **options)


def _fused(draft: Draft, loudness: float) -> int:
    """Draw a fused activation, as the schema counts them, for values so loud."""
    drawn = int(draft.rng.choice([0, 0, 0, 0, 0, 1, 1, 2, 3]))
    low, high = _LIVELY.get(drawn, (0.0, np.inf))
    return drawn if low < loudness < high else 0


def _connection(draft: Draft, name: str, x: Quantized) -> None:
    rng = draft.rng
    by_rows = len(x.shape) > 2 and bool(rng.integers(2))
    num_in = int(np.prod(x.shape[-1:] if by_rows else x.shape))
    num_out = int(rng.integers(1, 17))
    shape = (*x.shape[:-1], num_out) if by_rows else (1, num_out)
    if draft.is_too_large(shape):
        return
    weights, sums = filters(rng, draft.model, (num_out, num_in), x.scale, 0, may_lack_bias=True)
    loudness = _weighted_loudness(x, sums, num_in)
    fused = _fused(draft, loudness)
    y = draft.fresh(shape, loudness, is_rectified=bool(fused))
    draft.apply(name, [x, *weights], y, fusedActivationFunction=fused, keepNumDims=by_rows)


def _weighted_loudness(x: Quantized, sums: float, num_terms: int) -> float:
    """Return a guess for sums of products with weights of -127..127 and a bias up to 3000."""
    products = 73.0 * sums * x.loudness / x.scale * np.sqrt(num_terms)
    return float(np.hypot(products, 1700.0 * sums))


def _elementwise(draft: Draft, name: str, x: Quantized) -> None:
    rng = draft.rng
    others = [one for one in draft.values if _broadcasts(x, one) and one.index != x.index]
    if others and rng.random() < 0.75:
        other = others[int(rng.integers(len(others)))]
    elif name != "SUB" and rng.random() < 0.2:
        other = x
    else:
        repeated = tuple(n if rng.integers(2) else 1 for n in x.shape)
        other = draft.constant(repeated[int(rng.integers(len(repeated))) :])
    rank = max(len(x.shape), len(other.shape))
    padded = [(1,) * (rank - len(one.shape)) + one.shape for one in (x, other)]
    shape = tuple(max(a, b) for a, b in zip(*padded, strict=True))
    loud = x.loudness * other.loudness if name == "MUL" else np.hypot(x.loudness, other.loudness)
    fused = _fused(draft, float(loud))
    y = draft.fresh(shape, float(loud), is_rectified=fused in (1, 3))
    inputs = [x, other] if rng.integers(2) else [other, x]
    draft.apply(name, inputs, y, fusedActivationFunction=fused)


def _broadcasts(x: Quantized, other: Quantized) -> bool:
    pairs = zip(reversed(x.shape), reversed(other.shape), strict=False)
    return all(1 in (a, b) or a == b for a, b in pairs)


def _pool(draft: Draft, name: str, x: Quantized) -> None:
    rng = draft.rng
    is_global = rng.random() < 0.2
    kernel = x.shape[1:3] if is_global else sizes_of(rng, 2, high=4)
    options, out = window(rng, x.shape[1:3], kernel)
    options |= {"filterHeight": kernel[0], "filterWidth": kernel[1]}
    fused = _fused(draft, x.loudness)
    y = draft.like(x, (1, *out, x.shape[3]))
    draft.apply(name, [x], y, fusedActivationFunction=fused, **options)


def _mean(draft: Draft, name: str, x: Quantized) -> None:
    rng, rank = draft.rng, len(x.shape)
    every = list(range(1, rank))
    axes = sorted(rng.permutation(every)[: int(rng.integers(1, rank))].tolist())
    keeps = bool(rng.integers(2)) or len(axes) == rank - 1
    kept = [1 if i in axes else n for i, n in enumerate(x.shape)]
    shape = kept if keeps else [n for i, n in enumerate(x.shape) if i not in axes]
    told = [axis - rank if rng.integers(2) else axis for axis in axes]
    count = int(np.prod([x.shape[axis] for axis in axes]))
    y = draft.fresh(shape, x.loudness * count ** -float(rng.uniform(0.0, 0.5)))
    draft.apply(name, [x, draft.integers(told)], y, keepDims=keeps)


def _softmax(draft: Draft, name: str, x: Quantized) -> None:
    if x.shape[-1] > _LONGEST_SOFTMAX:
        return
    y = draft.tensor(x.shape, scale=1 / 256, zero_point=-128, loudness=0.4)
    draft.apply(name, [x], y, beta=float(draft.rng.choice([0.5, 1.0, 2.0])))


def _lookup(draft: Draft, name: str, x: Quantized) -> None:
    low, high = _LIVELY[3] if name == "RELU6" else (0.0, np.inf)
    if not low < x.loudness < high:
        return
    fixed = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}
    options = {"alpha": float(draft.rng.uniform(-0.5, 1.5))} if name == "LEAKY_RELU" else {}
    if name in fixed:
        scale, zero_point = fixed[name]
        y = draft.tensor(x.shape, scale=scale, zero_point=zero_point, loudness=0.6)
    else:
        y = draft.fresh(x.shape, x.loudness, is_rectified=name in ("RELU", "RELU6"))
    draft.apply(name, [x], y, **options)


def _movement(draft: Draft, name: str, x: Quantized) -> None:
    shape, constants, options = MOVES[name](draft.rng, x.shape)
    if draft.is_too_large(shape) or len(shape) < 2:
        return
    inputs: list[Quantized | int] = [x, *(draft.integers(one) for one in constants)]
    draft.apply(name, inputs, draft.like(x, shape), **options)


def _any_reshape(draft: Draft, _: str, x: Quantized) -> None:
    total = int(np.prod(x.shape))
    rank = int(draft.rng.integers(1, 4))
    sizes = [1] * rank
    for i in range(rank - 1):
        divisors = [n for n in range(1, total + 1) if total % n == 0]
        sizes[i] = int(draft.rng.choice(divisors))
        total //= sizes[i]
    sizes[-1] = total
    reshaped(draft, x, (1, *(int(n) for n in draft.rng.permutation(sizes))))


def _squeeze(draft: Draft, name: str, x: Quantized) -> None:
    ones = [i for i, n in enumerate(x.shape) if i and n == 1]
    if not ones or len(x.shape) < 3:
        return
    axis = int(draft.rng.choice(ones))
    shape = (*x.shape[:axis], *x.shape[axis + 1 :])
    draft.apply(name, [x], draft.like(x, shape), squeezeDims=[axis])


def _expansion(draft: Draft, name: str, x: Quantized) -> None:
    axis = int(draft.rng.integers(1, len(x.shape) + 1))
    shape = (*x.shape[:axis], 1, *x.shape[axis:])
    draft.apply(name, [x, draft.integers([axis])], draft.like(x, shape))


def _concatenation(draft: Draft, _: str, x: Quantized) -> None:
    rng, axis = draft.rng, int(draft.rng.integers(1, len(x.shape)))
    others = [one for one in draft.values if _stacks(x, one, axis)]
    other = others[int(rng.integers(len(others)))]
    size = int(rng.integers(1, 4))
    if draft.is_too_large(x.shape) or draft.is_too_large(other.shape):
        return
    if rng.random() < 0.2 or not draft.has_room:
        other = draft.constant((*x.shape[:axis], size, *x.shape[axis + 1 :]), like=x)
    elif (other.scale, other.zero_point) != (x.scale, x.zero_point):
        other = requantized(draft, other, like=x)
    parts = [x, other] if rng.integers(2) else [other, x]
    concatenated(draft, parts, axis=axis)


def _stacks(x: Quantized, other: Quantized, axis: int) -> bool:
    pairs = enumerate(zip(x.shape, other.shape, strict=False))
    return len(x.shape) == len(other.shape) and all(a == b or i == axis for i, (a, b) in pairs)


LAYERS: Mapping[str, Layer] = {
    "CONV_2D": Layer(append=_convolution, weight=3.0, ranks=_PLANES),
    "DEPTHWISE_CONV_2D": Layer(append=_convolution, weight=2.0, ranks=_PLANES),
    "FULLY_CONNECTED": Layer(append=_connection),
    "ADD": Layer(append=_elementwise, weight=2.0),
    "SUB": Layer(append=_elementwise, weight=1.5),
    "MUL": Layer(append=_elementwise, weight=1.5),
    "AVERAGE_POOL_2D": Layer(append=_pool, ranks=_PLANES),
    "MAX_POOL_2D": Layer(append=_pool, ranks=_PLANES),
    "MEAN": Layer(append=_mean, weight=0.4),
    "SOFTMAX": Layer(append=_softmax, weight=0.5),
    **dict.fromkeys(("LOGISTIC", "TANH", "RELU", "RELU6"), Layer(append=_lookup, weight=0.6)),
    "LEAKY_RELU": Layer(append=_lookup),
    "QUANTIZE": Layer(append=_lookup),
    "RESHAPE": Layer(append=_any_reshape),
    "TILE": Layer(append=_movement, weight=0.3),
    "SQUEEZE": Layer(append=_squeeze, weight=0.5),
    "EXPAND_DIMS": Layer(append=_expansion, weight=0.5, ranks=(2, 3)),
    "CONCATENATION": Layer(append=_concatenation, weight=2.0),
    **dict.fromkeys(("SLICE", "STRIDED_SLICE"), Layer(append=_movement, weight=0.4, ranks=_PLANES)),
    **dict.fromkeys(
        ("TRANSPOSE", "PAD", "RESIZE_NEAREST_NEIGHBOR"),
        Layer(append=_movement, weight=0.8, ranks=_PLANES),
    ),
}
