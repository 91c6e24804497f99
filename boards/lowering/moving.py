# SPDX-License-Identifier: Apache-2.0
"""Operators that move values: copies of runs of bytes, and fillings."""

import math
from collections.abc import Sequence

import numpy as np

from boards.errors import GraphError, ImageError
from boards.kernels.movement import nearest
from boards.layout import OperatorRecord
from boards.lowering.lowered import Lowered, Site
from boards.options import Axes, Margins, Nearest, Section
from boards.parameters import Copy, DeviceKind, Four, Rows
from boards.requantization import quantization_of
from boards.windows import MAX_SIZE, plane, window_of

_MOST_SIZES = 4


def lower_reshape(_: Site) -> list[Lowered]:
    """Return nothing: the memory plan gives both shapes one place."""
    return []


def lower_transpose(site: Site) -> list[Lowered]:
    """Return a copy of the input with its axes in another order."""
    options = site.operator.options
    if not isinstance(options, Axes):
        raise GraphError(f"operator {site.operator.name!r} has no order")
    steps = _steps(site.input().shape)
    copied = copy_of(
        site.output.shape, [steps[axis] for axis in options.axes], _steps(site.output.shape)
    )
    return [_copy(site, copied)]


def lower_slice(site: Site) -> list[Lowered]:
    """Return a copy of a part of the input; nothing if the memory plan has the part there."""
    section = site.operator.options
    if not isinstance(section, Section):
        raise GraphError(f"operator {site.operator.name!r} has no section")
    steps = _steps(site.input().shape)
    ends = zip(section.begin, section.end, section.step, strict=True)
    sizes = [len(range(*one)) for one in ends]
    from_steps = [step * by for step, by in zip(steps, section.step, strict=True)]
    first = sum(step * begin for step, begin in zip(steps, section.begin, strict=True))
    if site.is_placed(at=site.output_offset - first):
        return []
    return [_copy(site, copy_of(sizes, from_steps, _steps(sizes)), source=first)]


def lower_concatenation(site: Site) -> list[Lowered]:
    """Return a copy of each input into its part of the output, unless it was made there."""
    options = site.operator.options
    if not isinstance(options, Axes):
        raise GraphError(f"operator {site.operator.name!r} has no axis")
    (axis,) = options.axes
    to_steps = _steps(site.output.shape)
    lowered: list[Lowered] = []
    at = 0
    for i in range(len(site.operator.inputs)):
        shape = site.input(i).shape
        target = at * to_steps[axis]
        at += shape[axis]
        if not site.is_placed(i, at=site.output_offset + target):
            copied = copy_of(shape, _steps(shape), to_steps)
            lowered.append(_copy(site, copied, i_input=i, target=target))
    return lowered


def lower_pad(site: Site) -> list[Lowered]:
    """Return a filling of the whole output, and a copy of the input into its middle."""
    margins = site.operator.options
    if not isinstance(margins, Margins):
        raise GraphError(f"operator {site.operator.name!r} has no margins")
    filling = OperatorRecord(
        kind=DeviceKind.FILL,
        inputs=(0, 0),
        output=site.output_offset,
        output_zero_point=quantization_of(site.output).zero_point,
        parameters=Rows(num_rows=1, num_values=site.output.num_elements),
    )
    to_steps = _steps(site.output.shape)
    first = sum(step * n for step, n in zip(to_steps, margins.before, strict=True))
    shape = site.input().shape
    copied = copy_of(shape, _steps(shape), to_steps)
    return [Lowered(record=filling), _copy(site, copied, target=first)]


def lower_resize(site: Site) -> list[Lowered]:
    """Return which row and which column each of the output's is, uint16 each."""
    options = site.operator.options
    if not isinstance(options, Nearest):
        raise GraphError(f"operator {site.operator.name!r} has no grid")
    window = window_of(site.graph, site.operator, (1, 1), num_groups=plane(site.input())[2])
    record = OperatorRecord(
        kind=DeviceKind.GATHER,
        inputs=(site.place(), 0),
        output=site.output_offset,
        parameters=window,
    )
    rows = nearest(size=window.height, num_out=window.out_height, options=options)
    columns = nearest(size=window.width, num_out=window.out_width, options=options)
    table = np.concatenate([rows, columns]).astype(np.dtype("<u2"))
    return [Lowered(record=record, weights=table.tobytes())]


def copy_of(sizes: Sequence[int], from_steps: Sequence[int], to_steps: Sequence[int]) -> Copy:
    """Return the copy of a box of values, in runs as long and loops as few as possible.

    Raises
    ------
    ImageError
        It takes more than four nested loops, or a loop too long for an image.
    """
    loops: list[tuple[int, int, int]] = []  # innermost first: size and both steps
    for size, source, target in reversed(list(zip(sizes, from_steps, to_steps, strict=True))):
        if size == 1:
            continue
        if loops and (source, target) == (loops[-1][0] * loops[-1][1], loops[-1][0] * loops[-1][2]):
            loops[-1] = (loops[-1][0] * size, *loops[-1][1:])
        else:
            loops.append((size, source, target))
    run_bytes = 1
    if loops and loops[0][1:] == (1, 1):
        run_bytes, loops = loops[0][0], loops[1:]
    if len(loops) > _MOST_SIZES or any(size > MAX_SIZE for size, _, _ in loops):
        raise ImageError(f"a copy of {list(sizes)} values takes too many loops, or too long ones")
    loops = [*loops, *[(1, 0, 0)] * (_MOST_SIZES - len(loops))][::-1]
    columns = [_four([loop[i] for loop in loops]) for i in range(3)]
    return Copy(sizes=columns[0], run_bytes=run_bytes, from_steps=columns[1], to_steps=columns[2])


def _copy(
    site: Site, copied: Copy, *, i_input: int = 0, source: int = 0, target: int = 0
) -> Lowered:
    record = OperatorRecord(
        kind=DeviceKind.COPY,
        inputs=(site.place(i_input) + source, 0),
        output=site.output_offset + target,
        parameters=copied,
    )
    return Lowered(record=record, constants=(site.constant_bytes(i_input), None))


def _steps(shape: Sequence[int]) -> list[int]:
    """Return the bytes from one element to the next along each axis."""
    return [math.prod(shape[i + 1 :]) for i in range(len(shape))]


def _four(values: Sequence[int]) -> Four:
    a, b, c, d = values
    return a, b, c, d
