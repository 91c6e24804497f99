# SPDX-License-Identifier: Apache-2.0
"""Writes `.tflite` models with LiteRT's own schema, and runs them in LiteRT."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import flatbuffers  # type: ignore[import-untyped]  # publishes no types
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

_TYPES = {
    "int8": schema.TensorType.INT8,
    "int32": schema.TensorType.INT32,
    "float32": schema.TensorType.FLOAT32,
}


@dataclass(kw_only=True)
class Model:
    """A model of one subgraph as it is put together."""

    tensors: list[Any] = field(default_factory=list)
    buffers: list[Any] = field(default_factory=lambda: [schema.BufferT()])
    codes: list[Any] = field(default_factory=list)
    operators: list[Any] = field(default_factory=list)

    def tensor(
        self,
        shape: tuple[int, ...],
        *,
        dtype: str = "int8",
        scale: "float | NDArray[np.float32] | None" = None,
        zero_point: int = 0,
        axis: int = 0,
        data: "NDArray[Any] | None" = None,
    ) -> int:
        """Add a tensor; return its number."""
        made, buffer = schema.TensorT(), schema.BufferT()
        made.name, made.type, made.shape = f"t{len(self.tensors)}", _TYPES[dtype], list(shape)
        if data is not None:
            buffer.data = list(np.ascontiguousarray(data).tobytes())
        self.buffers.append(buffer)
        made.buffer = len(self.buffers) - 1
        if scale is not None:
            quantization = schema.QuantizationParametersT()
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            quantization.scale = [float(one) for one in scales]
            quantization.zeroPoint = [zero_point] * len(scales)
            quantization.quantizedDimension = axis
            made.quantization = quantization
        self.tensors.append(made)
        return len(self.tensors) - 1

    def operator(
        self, name: str, inputs: list[int], output: int, *, version: int, **options: Any
    ) -> None:
        """Add an operator; its options are those of the schema's `<Name>OptionsT`."""
        code, made = schema.OperatorCodeT(), schema.OperatorT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), version
        self.codes.append(code)
        made.opcodeIndex, made.inputs, made.outputs = len(self.codes) - 1, inputs, [output]
        kind = OPTIONS.get(name)
        if kind:
            made.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
            made.builtinOptions = getattr(schema, f"{kind}T")()
            for key, value in options.items():
                assert hasattr(made.builtinOptions, key), key
                setattr(made.builtinOptions, key, value)
        self.operators.append(made)

    def make_real(self) -> None:
        """Turn every tensor of integers that has a scale into the real numbers it stands for."""
        for tensor in self.tensors:
            quantization = tensor.quantization
            if quantization is None:
                continue
            integers = np.int32 if tensor.type == schema.TensorType.INT32 else np.int8
            buffer = self.buffers[tensor.buffer]
            if buffer.data is not None:
                data = np.array(buffer.data, np.uint8).view(integers).reshape(tensor.shape)
                along = [1] * data.ndim
                if len(quantization.scale) > 1:
                    along[quantization.quantizedDimension] = -1
                scale = np.array(quantization.scale).reshape(along)
                real = ((data - np.float64(quantization.zeroPoint[0])) * scale).astype(np.float32)
                buffer.data = list(real.tobytes())
            tensor.type, tensor.quantization = schema.TensorType.FLOAT32, None

    def content(self, *, source: int, target: int) -> bytes:
        """Return the file."""
        model, subgraph = schema.ModelT(), schema.SubGraphT()
        model.version, model.operatorCodes, model.buffers = 3, self.codes, self.buffers
        subgraph.tensors, subgraph.operators = self.tensors, self.operators
        subgraph.inputs, subgraph.outputs = [source], [target]
        model.subgraphs = [subgraph]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


OPTIONS: Mapping[str, str] = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "ADD": "AddOptions",
    "SUB": "SubOptions",
    "MUL": "MulOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "SOFTMAX": "SoftmaxOptions",
    "LEAKY_RELU": "LeakyReluOptions",
    "QUANTIZE": "QuantizeOptions",
    "RESHAPE": "ReshapeOptions",
    "SQUEEZE": "SqueezeOptions",
    "EXPAND_DIMS": "ExpandDimsOptions",
    "TRANSPOSE": "TransposeOptions",
    "CONCATENATION": "ConcatenationOptions",
    "TILE": "TileOptions",
    "PAD": "PadOptions",
    "SLICE": "SliceOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
}


class LiteRt:
    """LiteRT's reference kernels with a model loaded.

    Every tensor has memory of its own: in shared memory LiteRT 2.3 writes a sum over what was
    reshaped, though a later operator still reads the first shape.
    """

    def __init__(self, content: bytes) -> None:
        self._interpreter = Interpreter(
            model_content=content,
            num_threads=1,
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
        )
        self._interpreter.allocate_tensors()
        self._source = self._interpreter.get_input_details()[0]["index"]
        self._target = self._interpreter.get_output_details()[0]["index"]

    def quantizations(self) -> tuple[tuple[float, int], tuple[float, int]]:
        """Return scale and zero point of the input and of the output."""
        source: Any = self._interpreter.get_input_details()[0]["quantization"]
        target: Any = self._interpreter.get_output_details()[0]["quantization"]
        return source, target

    def run(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return what they make of an input without its batch dimension."""
        self._interpreter.set_tensor(self._source, x[np.newaxis])
        self._interpreter.invoke()
        output: NDArray[Any] = self._interpreter.get_tensor(self._target)[0]
        return output


def run_litert(content: bytes, x: NDArray[Any]) -> NDArray[Any]:
    """Return what LiteRT's reference kernels make of an input without its batch dimension."""
    return LiteRt(content).run(x)
