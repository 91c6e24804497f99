# SPDX-License-Identifier: Apache-2.0
"""A float32 graph while it is read: layers are appended, and what follows is fused into them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from boards.errors import GraphError
from boards.graph import Activation, Graph, Operator, OperatorKind, Padding, Tensor
from boards.options import Options

_WEIGHTED = (
    OperatorKind.CONV_2D,
    OperatorKind.DEPTHWISE_CONV_2D,
    OperatorKind.FULLY_CONNECTED,
)
_FUSING = (
    *_WEIGHTED,
    OperatorKind.ADD,
    OperatorKind.SUB,
    OperatorKind.MUL,
    OperatorKind.AVERAGE_POOL_2D,
    OperatorKind.MAX_POOL_2D,
)
_ALONE = {Activation.RELU: OperatorKind.RELU, Activation.RELU6: OperatorKind.RELU6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How a convolution or a pool goes over a plane, as `boards.graph.Operator` says it."""

    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: Padding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One operator with its constants.

    Parameters
    ----------
    kind : OperatorKind
    inputs : tuple of str
        Activations.
    shape : tuple of int
        Of the output.
    constants : tuple of float64 arrays
        Weights and bias, laid out as in `boards.graph`, or one operand of a sum or product.
    has_constant_first : bool
        Whether constants stand before the activations.
    activation : Activation
    window : Window
    options : Options or None
    """

    kind: OperatorKind
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    constants: tuple[NDArray[np.float64], ...] = ()
    has_constant_first: bool = False
    activation: Activation = Activation.NONE
    window: Window = Window()
    options: Options | None = None


class GraphBuilder:
    """Collects the layers of a network in the order of execution.

    Every method that makes or changes an activation returns its name. What is fused must be the
    only reader of what it is fused into; `share` says that an activation has more than one.
    """

    def __init__(self) -> None:
        self._inputs: list[str] = []
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._layers: dict[str, Layer] = {}
        self._shared: set[str] = set()

    def input(self, name: str, shape: tuple[int, ...]) -> str:
        """Set the network's input; planes are [height, width, num_channels]."""
        if self._inputs:
            raise GraphError(f"a second input beside {self._inputs[0]!r}; a network has one")
        self._inputs.append(name)
        self._shapes[name] = shape
        return name

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an activation."""
        return self._shapes[name]

    def append(self, name: str, layer: Layer) -> str:
        """Append a layer under a name, or under one like it if that is taken."""
        unique, i_copy = name, 1
        while unique in self._shapes:
            unique, i_copy = f"{name}_{i_copy}", i_copy + 1
        self._layers[unique] = layer
        self._shapes[unique] = layer.shape
        return unique

    def convolution(
        self,
        *,
        name: str,
        source: str,
        weights: NDArray[np.float64],
        bias: NDArray[np.float64],
        depthwise: bool,
        dilation: tuple[int, int],
    ) -> str:
        """Append a SAME convolution of stride 1; constants are laid out as in `boards.graph`."""
        kind = OperatorKind.DEPTHWISE_CONV_2D if depthwise else OperatorKind.CONV_2D
        layer = Layer(
            kind=kind,
            inputs=(source,),
            shape=(*self._shapes[source][:2], bias.size),
            constants=(weights, bias),
            window=Window(dilation=dilation),
        )
        return self.append(name, layer)

    def elementwise(self, kind: OperatorKind, *, name: str, one: str, other: str) -> str:
        """Append an ADD, SUB or MUL of two activations of one shape."""
        return self.append(name, Layer(kind=kind, inputs=(one, other), shape=self._shapes[one]))

    def rectify(self, source: str) -> str:
        """Put a RELU behind an activation, fused if that can be."""
        return self.activate(source, Activation.RELU, name=f"{source}.relu")

    def can_scale(self, source: str) -> bool:
        """Return whether a factor a channel can go into the weights that make an activation."""
        layer = self._sole_producer(source)
        return layer is not None and layer.kind in _WEIGHTED and not _is_active(layer)

    def scale_channels(
        self, source: str, *, gain: NDArray[np.float64], offset: NDArray[np.float64]
    ) -> str:
        """Fold y = gain * x + offset, one pair a channel, into the weights that make x."""
        layer = self._layers[source]
        weights, bias = layer.constants
        is_depthwise = layer.kind is OperatorKind.DEPTHWISE_CONV_2D
        along = gain if is_depthwise else gain.reshape(-1, *[1] * (weights.ndim - 1))
        constants = (weights * along, bias * gain + offset)
        self._layers[source] = replace(layer, constants=constants)
        return source

    def activate(self, source: str, activation: Activation, *, name: str) -> str:
        """Fuse RELU and the like into the layer that makes its input, or else append it.

        Raises
        ------
        GraphError
            It can do neither.
        """
        layer = self._sole_producer(source)
        if layer is not None and layer.kind in _FUSING and not _is_active(layer):
            self._layers[source] = replace(layer, activation=activation)
            return source
        if activation not in _ALONE:
            raise GraphError(f"{activation} must be the only reader of one of {', '.join(_FUSING)}")
        alone = Layer(kind=_ALONE[activation], inputs=(source,), shape=self._shapes[source])
        return self.append(name, alone)

    def share(self, name: str) -> None:
        """Note that an activation has more than one reader."""
        self._shared.add(name)

    def is_shared(self, name: str) -> bool:
        """Return whether an activation has more than one reader."""
        return name in self._shared

    def graph(self, name: str, *, output: str) -> Graph:
        """Return the network as far as it was read."""
        if not self._layers or output not in self._layers:
            raise GraphError(f"network {name!r} has no operator that makes its output")
        source = self._inputs[0]
        tensors = {source: _activation(source, self._shapes[source])}
        operators: list[Operator] = []
        for layer_name, layer in self._layers.items():
            constants = _constants(layer_name, layer)
            tensors |= {tensor.name: tensor for tensor in constants}
            tensors[layer_name] = _activation(layer_name, layer.shape)
            operators.append(_operator(layer_name, layer, [tensor.name for tensor in constants]))
        return Graph(
            name=name,
            tensors=tensors,
            operators=tuple(operators),
            input=source,
            output=output,
        )

    def _sole_producer(self, source: str) -> Layer | None:
        """Return the layer that makes an activation with one reader."""
        return None if source in self._shared else self._layers.get(source)


def _is_active(layer: Layer) -> bool:
    return layer.activation is not Activation.NONE


def _activation(name: str, shape: tuple[int, ...]) -> Tensor:
    return Tensor(name=name, shape=shape, dtype="float32")


def _operator(name: str, layer: Layer, constants: list[str]) -> Operator:
    parts = (constants, layer.inputs) if layer.has_constant_first else (layer.inputs, constants)
    return Operator(
        name=name,
        kind=layer.kind,
        inputs=(*parts[0], *parts[1]),
        output=name,
        activation=layer.activation,
        dilation=layer.window.dilation,
        stride=layer.window.stride,
        padding=layer.window.padding,
        options=layer.options,
    )


def _constants(layer_name: str, layer: Layer) -> tuple[Tensor, ...]:
    """Return the constants of a layer as named float32 tensors."""
    parts = ("weight", "bias") if layer.kind in _WEIGHTED else ("constant",)
    return tuple(
        Tensor(
            name=f"{layer_name}.{part}",
            shape=data.shape,
            dtype="float32",
            data=np.ascontiguousarray(data, dtype=np.float32).reshape(data.shape),
        )
        for part, data in zip(parts, layer.constants, strict=False)
    )
