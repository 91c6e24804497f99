# SPDX-License-Identifier: Apache-2.0
"""From a trained LoraUnfolded to integers: a scale a row, and factors in the units of these.

A hidden number may have any scale, since nothing but a ReLU lies between its row and the columns
that read it: it takes the scale of its own row of int8, and hands it on. A product of factors is
worth a fixed part of its row's scale, so other factors change no other byte.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from receivers.errors import UnsuitedProblemError
from receivers.mimo.deep.lora_unfolded import LoraUnfolded, Start
from receivers.mimo.deep.real_model import levels
from receivers.mimo.deep.staged import StagedLinear, Stages
from receivers.mimo.integer.functions import FEATURE_BITS, INT16_MAX, LOGIT_BITS
from receivers.mimo.integer.image import require
from receivers.mimo.integer.lora_network import (
    ACTIVE_MAX,
    BASE_SHIFT,
    MAX_HIDDEN,
    MAX_RANK,
    MAX_STAGES,
    MERGED_LIMIT,
    MERGED_SHIFT,
    NUM_FEATURES,
    STEP_BITS,
    IntegerLayer,
    IntegerLoraUnfolded,
    Scales,
)
from receivers.mimo.integer.ranges import Range, range_of, shifts
from sim.mimo.problem import Problem

NAME = "lora-unfolded"
_INT8_MAX = 127
_MAX_FACTOR = 2**31 - 1
_UNIT = 2.0**-FEATURE_BITS
_BASE_BITS = BASE_SHIFT - MERGED_SHIFT
_HEADROOM = 1.5
"""Of merged weights, for a channel that is yet to come."""
_FLOOR = 0.5
"""Of a hidden number's usual size: this part of what inputs of size 1 would make of its row."""
_CHANNEL_RANK = 1
"""For which there is room where a network has no factors of the channel."""

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sizes:
    """What 1 of W times 1 of an input is worth in each layer, and the shifts of hidden numbers."""

    scales: Scales
    hidden_shifts: NDArray[np.uint8]


def quantize(network: LoraUnfolded, problem: Problem) -> IntegerLoraUnfolded:
    """Return a network of integers, with room for factors of the channel.

    Parameters
    ----------
    network : LoraUnfolded
        Trained.
    problem : Problem
        Elements such as it will see; some hundreds do.

    Raises
    ------
    UnsuitedProblemError
        Devices do not run such a network, or cannot detect such problems.
    """
    require(NAME, problem.shape)
    _check(network)
    return _integers(network, _sizes(network, _hidden_ranges(network, problem)))


def requantize(network: LoraUnfolded, *, like: IntegerLoraUnfolded) -> IntegerLoraUnfolded:
    """Return a network that was taught further, in the units of the one that it comes from.

    Where only factors of the channel were taught, nothing else differs. What exceeds the room that
    is left for them is clipped.

    Parameters
    ----------
    network : LoraUnfolded
    like : IntegerLoraUnfolded
        Quantized before the network was taught.

    Raises
    ------
    UnsuitedProblemError
        Devices do not run such a network, or it has other sizes.
    """
    _check(network)
    sizes = _Sizes(scales=like.scales, hidden_shifts=like.hidden_shifts)
    if _shape(network) != (like.modulation, like.num_stages, like.num_hidden):
        raise UnsuitedProblemError(
            detector=NAME, problem="it has other sizes than the one that it is to be like"
        )
    found = _integers(network, sizes)
    ranks = [[one.rank for one in each.layers] for each in (found, like)]
    rooms = [one.layers[0].channel_rank for one in (found, like)]
    if ranks[0] != ranks[1] or rooms[0] != rooms[1]:
        raise UnsuitedProblemError(
            detector=NAME, problem="its factors have other ranks than those it is to be like"
        )
    return found


def _shape(network: LoraUnfolded) -> tuple[object, int, int]:
    return (network.modulation, network.num_stages, network.num_hidden)


def _check(network: LoraUnfolded) -> None:
    """Raise UnsuitedProblemError if a device does not run such a network."""
    if network.start is not Start.LMMSE:
        raise UnsuitedProblemError(
            detector=NAME, problem="its first stage begins without LMMSE; devices begin with it"
        )
    if network.stages is Stages.INDEPENDENT:
        raise UnsuitedProblemError(
            detector=NAME, problem="its stages share nothing; devices merge factors of shared ones"
        )
    ranks = [max(_rank(one.up), _rank(one.channel_up)) for one in _layers(network)]
    sizes = (
        ("stages", network.num_stages, MAX_STAGES),
        ("hidden numbers", network.num_hidden, MAX_HIDDEN),
        ("ranks of its factors", max(ranks), MAX_RANK),
    )
    for name, size, most in sizes:
        if size > most:
            raise UnsuitedProblemError(
                detector=NAME, problem=f"it has {size} {name}, devices take up to {most}"
            )


def _rank(factor: Tensor | None) -> int:
    return 0 if factor is None else factor.shape[-1]


def _layers(network: LoraUnfolded) -> list[StagedLinear]:
    return [one for one in network.layers if isinstance(one, StagedLinear)]


def _hidden_ranges(network: LoraUnfolded, problem: Problem) -> list[Range]:
    """Return the ranges of the numbers of both hidden layers, of all stages and elements."""
    seen: list[list[Tensor]] = [[], []]

    def keeps(found: list[Tensor]) -> object:
        def keep(_: nn.Module, __: object, output: Tensor) -> None:
            found.append(torch.relu(output).flatten(0, -2))

        return keep

    hooks = [
        layer.register_forward_hook(keeps(found))  # type: ignore[arg-type]  # of any such module
        for layer, found in zip(_layers(network)[:2], seen, strict=True)
    ]
    try:
        with torch.no_grad():
            network(problem)
    finally:
        for hook in hooks:
            hook.remove()
    return [range_of(torch.cat(found)) for found in seen]


def _sizes(network: LoraUnfolded, ranges: list[Range]) -> _Sizes:
    columns, rows, of_hidden = [np.full(NUM_FEATURES + 1, _UNIT)], [], []
    for index, layer in enumerate(_layers(network)):
        rows.append(_row_scales(layer, columns[-1], network.num_stages))
        if index < len(ranges):
            unit = rows[-1] * 2.0**-_BASE_BITS
            seen = _floored(ranges[index], layer, columns[-1], network.num_stages)
            found = shifts(seen, unit=unit, most=ACTIVE_MAX)
            of_hidden.append(found)
            columns.append(np.append(unit * 2.0**found, _UNIT))
    return _Sizes(
        scales=Scales(columns=tuple(columns), rows=tuple(rows)),
        hidden_shifts=np.stack(of_hidden).astype(np.uint8),
    )


def _floored(found: Range, layer: StagedLinear, columns: _Floats, num_stages: int) -> Range:
    """Return a range for what other elements, or another channel, may make of hidden numbers."""
    inputs = columns / _UNIT  # as large as features
    stages = [_array(layer.merged(stage)) * inputs for stage in range(num_stages)]
    least = _FLOOR * np.sqrt(np.square(stages).sum(axis=2)).max(axis=0)
    return Range(usual=found.usual.maximum(torch.from_numpy(least)), largest=found.largest)


def _row_scales(layer: StagedLinear, columns: _Floats, num_stages: int) -> _Floats:
    """Return scales at which W and factors fit int8, and what is merged 12 bits with headroom."""
    base = np.abs(_array(layer.weight[0]) * columns).max(axis=1) / _INT8_MAX
    stages = [np.abs(_array(layer.merged(stage)) * columns) for stage in range(num_stages)]
    merged = np.max(stages, axis=(0, 2)) * _HEADROOM * 2.0**_BASE_BITS / MERGED_LIMIT
    scales = np.max([base, merged, _factor_scales(layer, columns)], axis=0)
    found: _Floats = np.maximum(scales, np.finfo(np.float32).tiny)
    return found


def _factor_scales(layer: StagedLinear, columns: _Floats) -> _Floats:
    """Return scales at which products of factors of int8 reach as far as those of the stages."""
    if layer.up is None or layer.down is None:
        return np.zeros(len(layer.weight[0]))
    right = np.abs(_array(layer.down) * columns).max(axis=2)  # [num_stages, rank]
    found: _Floats = (np.abs(_array(layer.up)) * right[:, None]).max(axis=(0, 2))
    return found * 2.0**BASE_SHIFT / _INT8_MAX**2


def _integers(network: LoraUnfolded, sizes: _Sizes) -> IntegerLoraUnfolded:
    scales = sizes.scales
    layers = tuple(
        _layer(layer, columns=columns, rows=rows, num_stages=network.num_stages)
        for layer, columns, rows in zip(_layers(network), scales.columns, scales.rows, strict=True)
    )
    steps = np.broadcast_to(_array(network.step), (network.num_stages,))
    factors = np.rint(scales.rows[-1] * 2.0 ** (LOGIT_BITS + 32 - _BASE_BITS))
    return IntegerLoraUnfolded(
        modulation=network.modulation,
        levels=np.rint(levels(network.modulation).numpy() / _UNIT).astype(np.int16),
        steps=np.clip(np.rint(steps * 2.0**STEP_BITS), -INT16_MAX, INT16_MAX).astype(np.int16),
        layers=layers,
        hidden_shifts=sizes.hidden_shifts,
        output_factors=np.minimum(factors, _MAX_FACTOR).astype(np.int32),
        scales=scales,
    )


def _layer(
    layer: StagedLinear, *, columns: _Floats, rows: _Floats, num_stages: int
) -> IntegerLayer:
    num_outputs, num_columns = len(rows), len(columns)
    up = np.zeros((num_stages, num_outputs, _rank(layer.up)), np.int8)
    down = np.zeros((num_stages, _rank(layer.up), num_columns), np.int8)
    if layer.up is not None and layer.down is not None:
        for stage in range(num_stages):
            of_stage = (_array(layer.up[stage]), _array(layer.down[stage]))
            up[stage], down[stage] = _factors(*of_stage, columns=columns, rows=rows)
    of_channel = (np.zeros((num_outputs, _CHANNEL_RANK)), np.zeros((_CHANNEL_RANK, num_columns)))
    if layer.channel_up is not None and layer.channel_down is not None:
        of_channel = (_array(layer.channel_up), _array(layer.channel_down))
    channel_up, channel_down = _factors(*of_channel, columns=columns, rows=rows)
    return IntegerLayer(
        weight=_int8(_array(layer.weight[0]) * columns / rows[:, None]),
        up=up,
        down=down,
        channel_up=channel_up,
        channel_down=channel_down,
    )


def _factors(
    up: _Floats, down: _Floats, *, columns: _Floats, rows: _Floats
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return factors whose product is in units of 2^-7 of a row's, both of about the same size."""
    left = up * 2.0**BASE_SHIFT / rows[:, None]
    right = down * columns
    tiny = np.finfo(np.float32).tiny
    largest = (
        np.maximum(np.abs(left).max(axis=0), tiny),
        np.maximum(np.abs(right).max(axis=1), tiny),
    )
    balance = np.minimum(np.sqrt(largest[0] / largest[1]), _INT8_MAX / largest[1])
    return _int8(left / balance), _int8(right * balance[:, None])


def _int8(values: _Floats) -> NDArray[np.int8]:
    return np.clip(np.rint(values), -_INT8_MAX, _INT8_MAX).astype(np.int8)


def _array(weights: Tensor) -> _Floats:
    found: _Floats = weights.detach().double().numpy()
    return found
