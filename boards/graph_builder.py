# SPDX-License-Identifier: Apache-2.0
"""A float32 graph while it is read: layers are appended, and what follows is fused into them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from boards.errors import GraphError
from boards.graph import Activation, Graph, Operator, OperatorKind, Tensor

_CONVOLUTIONS = (OperatorKind.CONV_2D, OperatorKind.DEPTHWISE_CONV_2D)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """One operator with its constants; weights are laid out as in `boards.graph`."""

    kind: OperatorKind
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    constants: tuple[NDArray[np.float64], ...] = ()
    activation: Activation = Activation.NONE
    dilation: tuple[int, int] = (1, 1)


class GraphBuilder:
    """Collects the layers of a network in the order of execution.

    Every method that makes or changes an activation returns its name. What is fused must be the
    only reader of what it is fused into; `share` says that an activation has more than one.
    """

    def __init__(self) -> None:
        self._inputs: list[str] = []
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._layers: dict[str, _Layer] = {}
        self._shared: set[str] = set()

    def input(self, name: str, shape: tuple[int, ...]) -> str:
        """Set the network's input, [height, width, num_channels]."""
        if self._inputs:
            raise GraphError(f"a second input beside {self._inputs[0]!r}; a network has one")
        self._inputs.append(name)
        self._shapes[name] = shape
        return name

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
        """Append a convolution with weights and bias laid out as in `boards.graph`."""
        kind = OperatorKind.DEPTHWISE_CONV_2D if depthwise else OperatorKind.CONV_2D
        return self._append(
            name,
            _Layer(
                kind=kind,
                inputs=(source,),
                shape=(*self._shapes[source][:2], bias.size),
                constants=(weights, bias),
                dilation=dilation,
            ),
        )

    def elementwise(self, kind: OperatorKind, *, name: str, one: str, other: str) -> str:
        """Append an ADD or a MUL of two activations of one shape."""
        shapes = self._shapes[one], self._shapes[other]
        if shapes[0] != shapes[1]:
            raise GraphError(
                f"{kind} of shapes {list(shapes[0])} and {list(shapes[1])}; make them equal"
            )
        return self._append(name, _Layer(kind=kind, inputs=(one, other), shape=shapes[0]))

    def scale_channels(
        self, source: str, *, gain: NDArray[np.float64], offset: NDArray[np.float64]
    ) -> str:
        """Fold y = gain * x + offset, one pair a channel, into the convolution that makes x."""
        layer = self._sole_producer(source, what="batch_norm", kinds=_CONVOLUTIONS)
        if layer.activation is not Activation.NONE:
            raise GraphError("batch_norm behind relu cannot be folded; put it before the relu")
        weights, bias = layer.constants
        per_channel = gain.reshape(_gain_shape(layer.kind))
        constants = (weights * per_channel, bias * gain + offset)
        self._layers[source] = replace(layer, constants=constants)
        return source

    def rectify(self, source: str) -> str:
        """Fuse a ReLU into the layer that makes its input."""
        layer = self._sole_producer(source, what="relu", kinds=tuple(OperatorKind))
        self._layers[source] = replace(layer, activation=Activation.RELU)
        return source

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
            operators.append(
                Operator(
                    name=layer_name,
                    kind=layer.kind,
                    inputs=(*layer.inputs, *(tensor.name for tensor in constants)),
                    output=layer_name,
                    activation=layer.activation,
                    dilation=layer.dilation,
                )
            )
        return Graph(
            name=name,
            tensors=tensors,
            operators=tuple(operators),
            input=source,
            output=output,
        )

    def _append(self, name: str, layer: _Layer) -> str:
        unique, i_copy = name, 1
        while unique in self._shapes:
            unique, i_copy = f"{name}_{i_copy}", i_copy + 1
        self._layers[unique] = layer
        self._shapes[unique] = layer.shape
        return unique

    def _sole_producer(self, source: str, *, what: str, kinds: tuple[OperatorKind, ...]) -> _Layer:
        """Return the layer that makes an activation, if `what` may be fused into it."""
        layer = self._layers.get(source)
        legal = " or ".join(kinds)
        if layer is None or layer.kind not in kinds:
            found = layer.kind if layer else "the network's input"
            raise GraphError(f"{what} behind {found} cannot be fused; it must follow {legal}")
        if source in self._shared:
            raise GraphError(f"{what} cannot be fused into {source!r}, which others read too")
        return layer


def _activation(name: str, shape: tuple[int, ...]) -> Tensor:
    return Tensor(name=name, shape=shape, dtype="float32")


def _constants(layer_name: str, layer: _Layer) -> tuple[Tensor, ...]:
    """Return the weights and the bias of a layer as named float32 tensors."""
    return tuple(
        Tensor(
            name=f"{layer_name}.{part}",
            shape=data.shape,
            dtype="float32",
            data=np.ascontiguousarray(data, dtype=np.float32),
        )
        for part, data in zip(("weight", "bias"), layer.constants, strict=False)
    )


def _gain_shape(kind: OperatorKind) -> tuple[int, ...]:
    return (-1,) if kind is OperatorKind.DEPTHWISE_CONV_2D else (-1, 1, 1, 1)
