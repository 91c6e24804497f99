# SPDX-License-Identifier: Apache-2.0
"""One operator of a `.tflite` model, with what it refers to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from boards.affine import same_scale
from boards.errors import GraphError
from boards.graph import Activation, Operator, OperatorKind, Padding, Tensor
from boards.options import Options
from boards.tflite_tensors import TensorTable

Read = tuple[Operator, Sequence[Tensor]]
"""An operator of a graph, and the constants that come with it."""

_SAME, _VALID = 0, 1
_ACTIVATIONS = {
    0: Activation.NONE,
    1: Activation.RELU,
    2: Activation.RELU_N1_TO_1,
    3: Activation.RELU6,
}


class FollowUpError(Exception):
    """An operator reads what could not be read: no problem of its own."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One operator of the model, with all that it refers to.

    Parameters
    ----------
    code : str
        Its kind, as in the schema's `BuiltinOperator`.
    options : object or None
        Of the schema, by kind.
    inputs, outputs : tuple of int
        Numbers of tensors; -1 = none.
    table : TensorTable
    known : mapping of str to Tensor
        What the operators before it made.
    """

    code: str
    options: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    table: TensorTable
    known: Mapping[str, Tensor]

    @cached_property
    def output(self) -> Tensor:
        """Return the one tensor that it makes."""
        if len(self.outputs) != 1:
            raise GraphError(f"{len(self.outputs)} outputs; one is supported")
        return self.table.activation(self.outputs[0])

    @property
    def name(self) -> str:
        """Return the name of the operator: that of its output."""
        return self.output.name

    def activation(self, i: int) -> Tensor:
        """Return an input that other operators make, or the network's."""
        found = self.table.activation(self._index(i))
        if found.name not in self.known:
            raise FollowUpError
        return found

    def constant(self, i: int) -> Tensor:
        """Return an input whose values stand in the model."""
        found = self.table.constant(self._index(i))
        if found is None:
            raise GraphError(f"input {i} is no constant of the model")
        return found

    def integers(self, i: int) -> tuple[int, ...]:
        """Return the values of a constant of integers."""
        return self.table.integers(self._index(i))

    def has(self, i: int) -> bool:
        """Return whether an input is there."""
        return i < len(self.inputs) and self.inputs[i] >= 0

    def operand(self, i: int, *, rank: int) -> Tensor:
        """Return an activation, or a constant that broadcasts to activations of a rank."""
        found = self.table.constant(self._index(i))
        if found is None or found.data is None:
            return self.activation(i)
        if len(found.shape) <= rank:
            return found
        if len(found.shape) != rank + 1 or found.shape[0] != 1:
            raise GraphError(f"input {i} has the shape {list(found.shape)}")
        shape = found.shape[1:]
        return Tensor(
            name=found.name,
            shape=shape,
            dtype=found.dtype,
            quantization=found.quantization,
            data=found.data.reshape(shape),
        )

    def option(self, name: str, default: Any = None) -> Any:  # noqa: ANN401
        """Return an option of the schema; the default where the model has none."""
        return getattr(self.options, name, default)

    @property
    def fused(self) -> Activation:
        """Return what is fused behind it."""
        code = int(self.option("fusedActivationFunction", 0))
        if code not in _ACTIVATIONS:
            raise GraphError(f"the fused activation {code} of the schema is not supported")
        return _ACTIVATIONS[code]

    @property
    def padding(self) -> Padding | None:
        """Return its padding; None = SAME."""
        code = self.option("padding")
        if code == _SAME:
            return None
        if code == _VALID:
            return (0, 0), (0, 0)
        raise GraphError(f"the padding {code} of the schema is not supported")

    @property
    def stride(self) -> tuple[int, int]:
        """Return its strides, height and width."""
        return int(self.option("strideH", 0)), int(self.option("strideW", 0))

    def axis(self, axis: int, *, rank: int) -> int:
        """Return an axis that may count from the end, of `rank` ones, without the batch's."""
        rank += 1
        found = axis + rank if axis < 0 else axis
        if not 1 <= found < rank:
            raise GraphError(f"axis {axis} of {rank}; the first one cannot be worked on")
        return found - 1

    def unscaled(self) -> Tensor:
        """Return the input of an operator that keeps the scale of what it moves."""
        x = self.activation(0)
        if not same_scale(x, self.output):
            raise GraphError("input and output have different types, scales or zero points")
        return x

    def _index(self, i: int) -> int:
        if not self.has(i):
            raise GraphError(f"input {i} is missing")
        return self.inputs[i]


def plain_operator(
    node: Node, kind: OperatorKind, inputs: Sequence[Tensor], *, options: Options | None = None
) -> Read:
    """Return an operator without a window; its constants are the inputs that have data."""
    operator = Operator(
        name=node.name,
        kind=kind,
        inputs=tuple(tensor.name for tensor in inputs),
        output=node.output.name,
        activation=node.fused,
        options=options,
    )
    return operator, [tensor for tensor in inputs if tensor.data is not None]
