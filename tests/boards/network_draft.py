# SPDX-License-Identifier: Apache-2.0
"""A random int8 `.tflite` network while it is drawn: its activations, and what reads them.

Scales of outputs follow a guess of how loud the real numbers are, so that deep networks neither
saturate nor fall silent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.boards.tflite_builder import Model

VERSIONS: Mapping[str, int] = {
    "CONV_2D": 6,
    "DEPTHWISE_CONV_2D": 6,
    "FULLY_CONNECTED": 5,
    "RESHAPE": 1,
    "SQUEEZE": 1,
    "EXPAND_DIMS": 1,
}
_VERSION = 2
_MOST_ELEMENTS = 1_000
_SHARE_OF_ODD_ZERO_POINTS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantized:
    """An int8 activation.

    Parameters
    ----------
    index : int
        Its number in the model.
    shape : tuple of int
        With the batch dimension, 1.
    scale : float
    zero_point : int
    loudness : float
        A guess of the root mean square of the real numbers.
    """

    index: int
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    loudness: float

    def __str__(self) -> str:
        return f"t{self.index}{list(self.shape[1:])}"


class Draft:
    """Collects layers; every method that makes an activation returns it.

    Attributes
    ----------
    rng : numpy.random.Generator
    is_real : bool
        Whether the file will hold float32 throughout: what the integers stand for.
    model : Model
    values : list of Quantized
        In the order in which they are made.
    lines : list of str
        What was made, one line an operator.
    has_room : bool
        Whether a layer may be made of several operators, or leave more than it reads unread.
    """

    def __init__(self, rng: np.random.Generator, *, is_real: bool = False) -> None:
        self.rng = rng
        self.is_real = is_real
        self.model = Model()
        self.values: list[Quantized] = []
        self.lines: list[str] = []
        self.has_room = True
        self._read: set[int] = set()
        self._source = -1

    @property
    def num_operators(self) -> int:
        """Return how many operators there are."""
        return len(self.lines)

    @property
    def unread(self) -> list[Quantized]:
        """Return the activations that nobody reads yet."""
        return [value for value in self.values if value.index not in self._read]

    def source(self, *, has_real_border: bool) -> Quantized:
        """Add the input: integers, or real numbers that are quantized at once."""
        height, width, num_channels = (int(n) for n in self.rng.integers(3, 10, 3))
        shape = (1, height, width, num_channels)
        real = self.model.tensor(shape, dtype="float32") if has_real_border else None
        x = self.fresh(shape, 2.0 ** self.rng.uniform(-4, 3))
        self._source = x.index if real is None else real
        if real is not None:
            self.model.operator("QUANTIZE", [real], x.index, version=1)
            self.lines.append(f"QUANTIZE -> {x}")
        self.values.append(x)
        return x

    def fresh(
        self, shape: Sequence[int], loudness: float, *, is_rectified: bool = False
    ) -> Quantized:
        """Return a new activation with a scale that suits what is expected in it."""
        scale = float(np.float32(loudness / self.rng.uniform(25.0, 80.0)))
        anywhere, in_between = self.rng.integers(-128, 128), self.rng.integers(-60, 61)
        zero_point = int(anywhere if self.rng.random() < _SHARE_OF_ODD_ZERO_POINTS else in_between)
        zero_point = min(zero_point, -zero_point) - 40 if is_rectified else zero_point
        zero_point = max(zero_point, -128)
        return self.tensor(shape, scale=scale, zero_point=zero_point, loudness=loudness)

    def tensor(
        self, shape: Sequence[int], *, scale: float, zero_point: int, loudness: float
    ) -> Quantized:
        """Return a new activation."""
        index = self.model.tensor(tuple(shape), scale=scale, zero_point=zero_point)
        loudness = min(loudness, 200.0 * scale)
        return Quantized(
            index=index,
            shape=tuple(shape),
            scale=scale,
            zero_point=zero_point,
            loudness=loudness,
        )

    def like(self, x: Quantized, shape: Sequence[int]) -> Quantized:
        """Return a new activation whose integers mean what those of another mean."""
        return self.tensor(shape, scale=x.scale, zero_point=x.zero_point, loudness=x.loudness)

    def integers(self, values: Any) -> int:
        """Add a constant of 32-bit integers; return its number."""
        data = np.array(values, np.int32)
        return self.model.tensor(data.shape, dtype="int32", data=data)

    def constant(self, shape: tuple[int, ...], like: Quantized | None = None) -> Quantized:
        """Add random int8 values, perhaps with the scale of an activation."""
        data: NDArray[np.int8] = self.rng.integers(-128, 128, shape).astype(np.int8)
        scale = float(np.float32(2.0 ** self.rng.uniform(-7, -2))) if like is None else like.scale
        zero_point = int(self.rng.integers(-128, 128)) if like is None else like.zero_point
        index = self.model.tensor(shape, scale=scale, zero_point=zero_point, data=data)
        return Quantized(
            index=index,
            shape=shape,
            scale=scale,
            zero_point=zero_point,
            loudness=scale * float(np.hypot(74.0, zero_point)),
        )

    def apply(
        self, name: str, inputs: Sequence[Quantized | int], y: Quantized, **options: Any
    ) -> Quantized:
        """Append an operator that makes `y` of activations and constants."""
        read = [one for one in inputs if isinstance(one, Quantized)]
        numbers = [one if isinstance(one, int) else one.index for one in inputs]
        version = VERSIONS.get(name, _VERSION)
        self.model.operator(name, numbers, y.index, version=version, **options)
        told = {key: value for key, value in options.items() if value}
        self.lines.append(f"{name} {', '.join(map(str, read))} -> {y} {told}")
        self._read |= {one.index for one in read}
        self.values.append(y)
        return y

    def is_too_large(self, shape: Sequence[int]) -> bool:
        """Return whether an activation would make the network slow."""
        return int(np.prod(shape)) > _MOST_ELEMENTS

    def finish(self, last: Quantized, *, has_real_border: bool) -> bytes:
        """Return the file of the network whose output is `last`."""
        target = last.index
        if has_real_border:
            target = self.model.tensor(last.shape, dtype="float32")
            self.model.operator("DEQUANTIZE", [last.index], target, version=2)
            self.lines.append(f"DEQUANTIZE {last}")
        if self.is_real:
            self.model.make_real()
        return self.model.content(source=self._source, target=target)
