# SPDX-License-Identifier: Apache-2.0
"""ADD, SUB and MUL of two inputs that broadcast, one of which may be a constant."""

import math
from collections.abc import Sequence

from boards.errors import ImageError
from boards.graph import OperatorKind
from boards.layout import OperatorRecord, RescaleRecord
from boards.lowering.lowered import Lowered, Site
from boards.parameters import DeviceKind, Four, Join
from boards.requantization import (
    AdditionConstants,
    MultiplicationConstants,
    addition_constants,
    multiplication_constants,
)

_MOST_SIZES = 4


def lower_sum(site: Site) -> list[Lowered]:
    """Return a sum or a difference."""
    constants = addition_constants(site.graph, site.operator)
    factors = (*constants.inputs, constants.output)
    rescales = tuple(RescaleRecord(0, factor.multiplier, factor.shift) for factor in factors)
    kind = DeviceKind.SUB if site.operator.kind is OperatorKind.SUB else DeviceKind.ADD
    return [_joined(site, kind, constants, rescales)]


def lower_product(site: Site) -> list[Lowered]:
    """Return a product."""
    constants = multiplication_constants(site.graph, site.operator)
    factor = constants.output
    rescales = (RescaleRecord(0, factor.multiplier, factor.shift),)
    return [_joined(site, DeviceKind.MUL, constants, rescales)]


def _joined(
    site: Site,
    kind: DeviceKind,
    constants: AdditionConstants | MultiplicationConstants,
    rescales: tuple[RescaleRecord, ...],
) -> Lowered:
    record = OperatorRecord(
        kind=kind,
        inputs=(site.place(0), site.place(1)),
        output=site.output_offset,
        input_zero_points=constants.input_zero_points,
        output_zero_point=constants.output_zero_point,
        activation_min=constants.minimum,
        activation_max=constants.maximum,
        macs=site.output.num_elements if kind is DeviceKind.MUL else 0,
        parameters=join(site.output.shape, site.input(0).shape, site.input(1).shape),
    )
    held = (site.constant_bytes(0), site.constant_bytes(1))
    return Lowered(record=record, rescales=rescales, constants=held)


def join(shape: Sequence[int], one: Sequence[int], other: Sequence[int]) -> Join:
    """Return how two inputs lie under an output, in as few nested loops as possible.

    Raises
    ------
    ImageError
        It takes more than four.
    """
    rank = len(shape)
    padded = [(1,) * (rank - len(s)) + tuple(s) for s in (one, other)]
    sizes: list[int] = []
    repeats: list[tuple[bool, bool]] = []
    for size, first, second in zip(shape, *padded, strict=True):
        repeated = (first != size, second != size)
        if size == 1:
            continue
        if repeats and repeats[-1] == repeated:
            sizes[-1] *= size
        else:
            sizes.append(size)
            repeats.append(repeated)
    if len(sizes) > _MOST_SIZES:
        raise ImageError(f"shapes {list(one)} and {list(other)} interleave too often")
    missing = _MOST_SIZES - len(sizes)
    sizes = [1] * missing + sizes
    repeats = [(True, True)] * missing + repeats
    steps = tuple(_steps(sizes, [pair[i] for pair in repeats]) for i in range(2))
    return Join(sizes=_four(sizes), steps=(steps[0], steps[1]))


def _steps(sizes: Sequence[int], repeated: Sequence[bool]) -> Four:
    own = [1 if again else size for size, again in zip(sizes, repeated, strict=True)]
    inner = [math.prod(own[i + 1 :]) for i in range(len(own))]
    return _four([0 if again else step for step, again in zip(inner, repeated, strict=True)])


def _four(values: Sequence[int]) -> Four:
    a, b, c, d = values
    return a, b, c, d
