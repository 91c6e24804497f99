# SPDX-License-Identifier: Apache-2.0
"""From a `torch.export` program to a float32 graph: layout, folding and fusion.

Batch normalisation is folded into the convolution before it, ReLU is fused into what is before
it, dropout and identities vanish, and [1, channel, height, width] becomes [height, width, channel].
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import fx
from torch.export import ExportedProgram

from boards.errors import GraphError
from boards.graph import Graph, OperatorKind
from boards.graph_builder import GraphBuilder

_Arguments = Mapping[str, Any]

_SUPPORTED = ("conv2d", "batch_norm", "relu", "add", "mul", "dropout", "clone", "detach")


def from_exported_program(program: ExportedProgram, *, name: str) -> Graph:
    """Turn a program exported from a module in eval mode into a float32 graph.

    Parameters
    ----------
    program : torch.export.ExportedProgram
        From `torch.export.export(module.eval(), (x,))` with x float32 [1, num_in, height, width].
        It may hold conv2d (stride 1, SAME padding, any dilation, dense or depthwise), batch_norm
        behind a convolution, relu behind any of the others, add and mul of two activations of one
        shape, dropout and identities.
    name : str
        Name of the network.

    Returns
    -------
    Graph
        float32, channels last; operators are named after the modules they come from.

    Raises
    ------
    GraphError
        If anything in the program is not supported; the message names every such node.
    """
    reader = _Reader(program)
    for node in program.graph.nodes:
        reader.read(node)
    if reader.problems:
        raise GraphError(
            f"cannot import network {name!r}: {'; '.join(reader.problems)}. "
            f"Supported are {', '.join(_SUPPORTED)}"
        )
    return reader.builder.graph(name, output=reader.output)


class _FollowUp(Exception):
    """A node reads what could not be read: no problem of its own."""


class _Reader:
    """Reads the nodes of one program in order and keeps what each of them stands for.

    Parameters
    ----------
    program : ExportedProgram
        What is read.

    Attributes
    ----------
    problems : list of str
        One sentence a node that cannot be read; what only follows from it is left out.
    output : str
        The activation that is the network's output.
    """

    def __init__(self, program: ExportedProgram) -> None:
        signature = program.graph_signature
        self.builder = GraphBuilder()
        self.problems: list[str] = []
        self.output = ""
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
        self._activations: dict[str, str] = {}

    def read(self, node: fx.Node) -> None:
        """Read one node; one that cannot be read adds a problem and stands for nothing."""
        try:
            if node.op == "output":
                self._read_output(node)
            elif node.op == "placeholder":
                self._read_placeholder(node)
            else:
                self._keep(node, self._read_call(node))
        except GraphError as error:
            self.problems.append(f"{node.name}: {error}")
        except _FollowUp:
            return

    def activation(self, node: object) -> str:
        """Return the name of the activation that a node stands for."""
        if not isinstance(node, fx.Node) or node.name in self._constants:
            raise GraphError(f"reads the constant {node}; only activations may be joined")
        if node.name not in self._activations:
            raise _FollowUp
        return self._activations[node.name]

    def constant(self, node: object) -> NDArray[np.float64] | None:
        """Return the parameter or buffer that a node stands for; None stays None."""
        if node is None:
            return None
        if not isinstance(node, fx.Node) or node.name not in self._constants:
            raise GraphError(f"takes {node} where only parameters and buffers are supported")
        return self._constants[node.name]

    def layer_name(self, node: fx.Node, *, what: str) -> str:
        """Return a name for a layer without weights: the module's path, and what it does."""
        modules = list(node.meta.get("nn_module_stack", {}).values())
        path = modules[-1][0] if modules else ""
        return f"{path}.{what}" if path else what

    def weighted_name(self, weights: fx.Node) -> str:
        """Return a name for a layer with weights: the path of the module that has them."""
        return self._paths[weights.name].removesuffix(".weight")

    def _read_placeholder(self, node: fx.Node) -> None:
        if node.name in self._constants:
            return
        shape = tuple(node.meta["val"].shape)
        if len(shape) != 4 or shape[0] != 1 or not all(isinstance(size, int) for size in shape):
            raise GraphError(
                f"input of shape {list(shape)}; export with [1, channel, height, width]"
            )
        _, num_channels, height, width = shape
        self._keep(node, self.builder.input(node.name, (height, width, num_channels)))

    def _read_output(self, node: fx.Node) -> None:
        (outputs,) = node.args
        if not isinstance(outputs, tuple | list) or len(outputs) != 1:
            raise GraphError("the network must have exactly one output")
        self.output = self.activation(outputs[0])

    def _read_call(self, node: fx.Node) -> str:
        target = str(node.target)
        if target not in _HANDLERS:
            raise GraphError(f"{target} is not supported")
        return _HANDLERS[target](self, node, _arguments(node))

    def _keep(self, node: fx.Node, activation: str) -> None:
        self._activations[node.name] = activation
        if len(node.users) > 1:
            self.builder.share(activation)


def _arguments(node: fx.Node) -> _Arguments:
    """Return the arguments of a call by the names of its schema, defaults included."""
    schema: Any = node.target
    names = [argument.name for argument in schema._schema.arguments]
    defaults = {a.name: a.default_value for a in schema._schema.arguments if a.has_default_value()}
    return {**defaults, **dict(zip(names, node.args, strict=False)), **node.kwargs}


def _read_convolution(reader: _Reader, _: fx.Node, arguments: _Arguments) -> str:
    weights = reader.constant(arguments["weight"])
    bias = reader.constant(arguments["bias"])
    if weights is None:
        raise GraphError("has no weights")
    num_out, num_in = weights.shape[0], weights.shape[1] * arguments["groups"]
    _check_convolution(arguments, kernel=weights.shape[2:], num_out=num_out, num_in=num_in)
    depthwise = arguments["groups"] > 1
    return reader.builder.convolution(
        name=reader.weighted_name(arguments["weight"]),
        source=reader.activation(arguments["input"]),
        weights=weights.transpose((1, 2, 3, 0) if depthwise else (0, 2, 3, 1)),
        bias=np.zeros(num_out) if bias is None else bias,
        depthwise=depthwise,
        dilation=_pair(arguments["dilation"]),
    )


def _check_convolution(
    arguments: _Arguments, *, kernel: tuple[int, ...], num_out: int, num_in: int
) -> None:
    stride, dilation, groups = (arguments[key] for key in ("stride", "dilation", "groups"))
    if _pair(stride) != (1, 1):
        raise GraphError(f"stride {_pair(stride)} is not supported; only (1, 1) is")
    if groups > 1 and not groups == num_in == num_out:
        raise GraphError(
            f"{groups} groups over {num_in} -> {num_out} channels are not supported; "
            "only 1 group or one a channel are"
        )
    padding = arguments["padding"]
    if padding == "same":
        return
    same = tuple(step * (taps - 1) / 2 for step, taps in zip(_pair(dilation), kernel, strict=True))
    given = (0, 0) if padding == "valid" else _pair(padding)
    if given != same:
        raise GraphError(f"padding {given} of a {kernel} kernel is not SAME; use padding='same'")


def _read_batch_norm(reader: _Reader, _: fx.Node, arguments: _Arguments) -> str:
    if arguments["training"]:
        raise GraphError("batch_norm in training mode; call module.eval() before the export")
    mean, variance = (reader.constant(arguments[key]) for key in ("running_mean", "running_var"))
    if mean is None or variance is None:
        raise GraphError("batch_norm without running statistics is not supported")
    gain = 1.0 / np.sqrt(variance + arguments["eps"])
    weight, bias = (reader.constant(arguments[key]) for key in ("weight", "bias"))
    gain = gain if weight is None else gain * weight
    offset = -mean * gain if bias is None else bias - mean * gain
    return reader.builder.scale_channels(
        reader.activation(arguments["input"]), gain=gain, offset=offset
    )


def _read_relu(reader: _Reader, _: fx.Node, arguments: _Arguments) -> str:
    return reader.builder.rectify(reader.activation(arguments["self"]))


def _read_addition(reader: _Reader, node: fx.Node, arguments: _Arguments) -> str:
    if arguments["alpha"] != 1:
        raise GraphError(f"add with alpha = {arguments['alpha']} is not supported; only 1 is")
    return _read_elementwise(OperatorKind.ADD, reader, node, arguments)


def _read_addition_in_place(reader: _Reader, node: fx.Node, arguments: _Arguments) -> str:
    target = reader.activation(arguments["self"])
    if reader.builder.is_shared(target):
        raise GraphError(f"writes over {target!r}, which others read; use an addition out of place")
    return _read_addition(reader, node, arguments)


def _read_product(reader: _Reader, node: fx.Node, arguments: _Arguments) -> str:
    return _read_elementwise(OperatorKind.MUL, reader, node, arguments)


def _read_elementwise(
    kind: OperatorKind, reader: _Reader, node: fx.Node, arguments: _Arguments
) -> str:
    one, other = (reader.activation(arguments[key]) for key in ("self", "other"))
    name = reader.layer_name(node, what=kind.lower())
    return reader.builder.elementwise(kind, name=name, one=one, other=other)


def _read_dropout(reader: _Reader, _: fx.Node, arguments: _Arguments) -> str:
    if arguments["train"]:
        raise GraphError("dropout in training mode; call module.eval() before the export")
    return reader.activation(arguments["input"])


def _read_identity(reader: _Reader, _: fx.Node, arguments: _Arguments) -> str:
    return reader.activation(arguments["self"])


def _pair(values: int | Sequence[int]) -> tuple[int, int]:
    """Return (height, width) of an argument that may hold one number for both."""
    first, *rest = (values,) if isinstance(values, int) else values
    return first, rest[0] if rest else first


_HANDLERS: Mapping[str, Callable[[_Reader, fx.Node, _Arguments], str]] = {
    "aten.conv2d.default": _read_convolution,
    "aten.conv2d.padding": _read_convolution,
    "aten.batch_norm.default": _read_batch_norm,
    "aten.relu.default": _read_relu,
    "aten.relu_.default": _read_relu,
    "aten.add.Tensor": _read_addition,
    "aten.add_.Tensor": _read_addition_in_place,
    "aten.mul.Tensor": _read_product,
    "aten.dropout.default": _read_dropout,
    "aten.clone.default": _read_identity,
    "aten.detach.default": _read_identity,
    "aten.contiguous.default": _read_identity,
    "aten.alias.default": _read_identity,
}
