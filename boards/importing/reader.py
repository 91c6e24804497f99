# SPDX-License-Identifier: Apache-2.0
"""Reads the nodes of a `torch.export` program in order, and knows what each of them stands for.

PyTorch lays planes out [1, channel, height, width], a graph [height, width, channel]. So each
activation remembers which dimension of the program each of its axes is; one in another order is
only moved where an operator needs its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import getitem
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import fx
from torch.export import ExportedProgram

from boards.errors import GraphError
from boards.graph import OperatorKind
from boards.graph_builder import GraphBuilder, Layer
from boards.options import Axes

Arguments = Mapping[str, Any]
Order = tuple[int, ...]

PLANES: Order = (2, 3, 1)
"""Which dimension of a program's planes each axis of a graph's is."""
_PLANE_RANK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """An activation of the graph, and the dimension of the program that each of its axes is."""

    name: str
    order: Order


Handler = Callable[["Reader", fx.Node, Arguments], Value]


class FollowUpError(Exception):
    """A node reads what could not be read: no problem of its own."""


def natural(rank: int) -> Order:
    """Return the order in which the program has its dimensions, without the first."""
    return tuple(range(1, rank))


class Reader:
    """Reads the nodes of one program in order and keeps what each of them stands for.

    Parameters
    ----------
    program : ExportedProgram
        What is read.
    handlers : mapping of str to callable
        What reads the calls of each target.

    Attributes
    ----------
    problems : list of str
        One sentence a node that cannot be read; what only follows from it is left out.
    output : str
        The activation that is the network's output.
    """

    def __init__(self, program: ExportedProgram, handlers: Mapping[str, Handler]) -> None:
        signature = program.graph_signature
        self.builder = GraphBuilder()
        self.problems: list[str] = []
        self.output = ""
        self._handlers = handlers
        self._paths: dict[str, str] = {
            **signature.inputs_to_parameters,
            **signature.inputs_to_buffers,
            **signature.inputs_to_lifted_tensor_constants,
        }
        tensors: dict[str, Any] = {**program.constants, **program.state_dict}
        self._constants: dict[str, NDArray[np.float64]] = {
            node: tensors[path].detach().cpu().numpy().astype(np.float64)
            for node, path in self._paths.items()
        }
        self._values: dict[str, Value] = {}

    def read(self, node: fx.Node) -> None:
        """Read one node; one that cannot be read adds a problem and stands for nothing."""
        if node.target is getitem and not node.users:
            return  # a part that nobody takes
        try:
            if node.op == "output":
                self._read_output(node)
            elif node.op == "placeholder":
                self._read_placeholder(node)
            else:
                self._keep(node, self._read_call(node))
        except GraphError as error:
            self.problems.append(f"{node.name}{_place(node)}: {error}")
        except FollowUpError:
            return

    def value(self, node: object) -> Value:
        """Return the activation that a node stands for."""
        if not isinstance(node, fx.Node) or node.name in self._constants:
            raise GraphError(f"reads the constant {node} where only an activation is supported")
        if node.name not in self._values:
            raise FollowUpError
        return self._values[node.name]

    def planes(self, node: fx.Node) -> Value:
        """Return the planes that a node stands for, as [height, width, channel]."""
        if len(shape_of(node)) != _PLANE_RANK:
            raise GraphError(f"reads {list(shape_of(node))}, not [1, channel, height, width]")
        return self.ordered(self.value(node), PLANES)

    def natural(self, node: object) -> Value:
        """Return the activation that a node stands for, in the order of the program."""
        value = self.value(node)
        return self.ordered(value, tuple(sorted(value.order)))

    def ordered(self, value: Value, order: Order) -> Value:
        """Return an activation in another order; where only ones move, nothing is to be done."""
        shape = self.builder.shape(value.name)
        axes = tuple(value.order.index(dimension) for dimension in order)
        wanted = tuple(shape[axis] for axis in axes)
        moved = [axis for axis in axes if shape[axis] != 1]
        if axes == tuple(range(len(axes))):
            return value
        if moved == sorted(moved):
            return Value(name=self.reshaped(value.name, wanted), order=order)
        layer = Layer(
            kind=OperatorKind.TRANSPOSE,
            inputs=(value.name,),
            shape=wanted,
            options=Axes(axes=axes),
        )
        name = self.builder.append(f"{value.name}.transpose", layer)
        return Value(name=name, order=order)

    def reshaped(self, name: str, shape: tuple[int, ...]) -> str:
        """Return an activation with its values in the same order in another shape."""
        if self.builder.shape(name) == shape:
            return name
        layer = Layer(kind=OperatorKind.RESHAPE, inputs=(name,), shape=shape)
        return self.builder.append(f"{name}.reshape", layer)

    def is_constant(self, node: object) -> bool:
        """Return whether an argument is a number, a parameter or a buffer."""
        is_number = isinstance(node, int | float)
        return is_number or (isinstance(node, fx.Node) and node.name in self._constants)

    def constant(self, node: object) -> NDArray[np.float64] | None:
        """Return the number, parameter or buffer that an argument stands for; None stays None."""
        if node is None:
            return None
        if isinstance(node, int | float):
            return np.array(float(node))
        if not isinstance(node, fx.Node) or node.name not in self._constants:
            raise GraphError(f"takes {node} where only parameters and buffers are supported")
        return self._constants[node.name]

    def weighted_name(self, weights: fx.Node) -> str:
        """Return a name for a layer with weights: the path of the module that has them."""
        return self._paths[weights.name].removesuffix(".weight")

    def _read_placeholder(self, node: fx.Node) -> None:
        if node.name in self._constants:
            return
        shape = tuple(node.meta["val"].shape)
        is_known = all(isinstance(size, int) for size in shape)
        if len(shape) < 2 or shape[0] != 1 or not is_known:
            raise GraphError(
                f"input of shape {list(shape)}; export with [1, channel, height, width], or "
                "another shape whose first size is 1"
            )
        order = PLANES if len(shape) == _PLANE_RANK else natural(len(shape))
        name = self.builder.input(node.name, tuple(shape[dimension] for dimension in order))
        self._keep(node, Value(name=name, order=order))

    def _read_output(self, node: fx.Node) -> None:
        (outputs,) = node.args
        if not isinstance(outputs, tuple | list) or len(outputs) != 1:
            raise GraphError("the network must have exactly one output")
        value = self.value(outputs[0])
        is_planes = len(value.order) == len(PLANES)
        order = PLANES if is_planes else tuple(sorted(value.order))
        self.output = self.ordered(value, order).name

    def _read_call(self, node: fx.Node) -> Value:
        target = str(node.target)
        out_of_place = target.replace("_.", ".")
        if out_of_place not in self._handlers:
            raise GraphError(f"{target} is not supported")
        if out_of_place != target:
            self._check_overwriting(node)
        return self._handlers[out_of_place](self, node, arguments_of(node))

    def _check_overwriting(self, node: fx.Node) -> None:
        """Refuse to write over what others read, be it through a view."""
        name, written = self.value(node.args[0]).name, node.args[0]
        while isinstance(written, fx.Node):
            if len(written.users) > 1 or self.builder.is_shared(name):
                raise GraphError(
                    f"writes over {name!r}, which others read; compute it out of place"
                )
            written = written.args[0] if _is_view(written) else None

    def _keep(self, node: fx.Node, value: Value) -> None:
        self._values[node.name] = value
        if len(node.users) > 1:
            self.builder.share(value.name)


def shape_of(node: fx.Node) -> tuple[int, ...]:
    """Return the shape of what a node makes, as the program has it.

    Raises
    ------
    GraphError
        Its first size, that of the batch, is not 1.
    """
    shape = tuple(int(size) for size in node.meta["val"].shape)
    if len(shape) < 2 or shape[0] != 1:
        raise GraphError(f"gives {list(shape)}; the first dimension must stay, with one slot")
    return shape


def dimension(argument: int, *, rank: int) -> int:
    """Return a dimension that may count from the end."""
    found = argument + rank if argument < 0 else argument
    if not 1 <= found < rank:
        raise GraphError(f"works along dimension {argument} of {rank}; the first one must stay")
    return found


def name_of(node: fx.Node, *, what: str) -> str:
    """Return a name for a layer without weights: the module's path, and what it does."""
    modules = list(node.meta.get("nn_module_stack", {}).values())
    path = modules[-1][0] if modules else ""
    return f"{path}.{what}" if path else what


def pair(values: int | list[int] | tuple[int, ...]) -> tuple[int, int]:
    """Return (height, width) of an argument that may hold one number for both."""
    first, *rest = (values,) if isinstance(values, int) else values
    return first, rest[0] if rest else first


def arguments_of(node: fx.Node) -> Arguments:
    """Return the arguments of a call by the names of its schema, defaults included."""
    schema: Any = getattr(node.target, "_schema", None)
    if schema is None:
        return {}
    names = [argument.name for argument in schema.arguments]
    defaults = {a.name: a.default_value for a in schema.arguments if a.has_default_value()}
    return {**defaults, **dict(zip(names, node.args, strict=False)), **node.kwargs}


def _is_view(node: fx.Node) -> bool:
    """Return whether what a node makes lies in the memory of its first argument."""
    returned: Any = getattr(getattr(node.target, "_schema", None), "returns", ())
    return any(one.alias_info is not None for one in returned)


def _place(node: fx.Node) -> str:
    modules = list(node.meta.get("nn_module_stack", {}).values())
    path = modules[-1][0] if modules else ""
    return f" in {path}" if path else ""
