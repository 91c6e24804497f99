# SPDX-License-Identifier: Apache-2.0
"""A graph as a .tflite file, so that LiteRT itself can say what its kernels compute."""

from typing import Any

import flatbuffers  # type: ignore[import-untyped]  # publishes no types
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from boards.graph import Activation, Graph, Operator, OperatorKind, Tensor

_TYPES = {
    "int8": schema.TensorType.INT8,
    "int32": schema.TensorType.INT32,
    "float32": schema.TensorType.FLOAT32,
}
_ACTIVATIONS = {
    Activation.NONE: schema.ActivationFunctionType.NONE,
    Activation.RELU: schema.ActivationFunctionType.RELU,
}
_CODES = {
    OperatorKind.CONV_2D: (schema.BuiltinOperator.CONV_2D, 3),
    OperatorKind.DEPTHWISE_CONV_2D: (schema.BuiltinOperator.DEPTHWISE_CONV_2D, 3),
    OperatorKind.ADD: (schema.BuiltinOperator.ADD, 1),
    OperatorKind.MUL: (schema.BuiltinOperator.MUL, 2),
}


def run_litert(
    graph: Graph,
    x: NDArray[Any],
    *,
    resolver: OpResolverType = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
) -> dict[str, NDArray[Any]]:
    """Return every activation that LiteRT computes from one input [h, w, c], by tensor name."""
    interpreter = Interpreter(
        model_content=to_tflite(graph),
        num_threads=1,
        experimental_op_resolver_type=resolver,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x[np.newaxis])
    interpreter.invoke()
    return {
        name: interpreter.get_tensor(index)[0]
        for index, name in enumerate(graph.tensors)
        if graph.tensors[name].data is None
    }


def to_tflite(graph: Graph) -> bytes:
    """Serialize a graph as a LiteRT model with one subgraph and batch size 1."""
    names = list(graph.tensors)
    model = schema.ModelT()
    model.version = 3
    model.description = graph.name
    model.buffers = [schema.BufferT(), *(_buffer(graph.tensors[name]) for name in names)]
    model.operatorCodes = [_operator_code(kind) for kind in _CODES]
    subgraph = schema.SubGraphT()
    subgraph.tensors = [_tensor(graph.tensors[name], i + 1) for i, name in enumerate(names)]
    subgraph.inputs, subgraph.outputs = [names.index(graph.input)], [names.index(graph.output)]
    subgraph.operators = [_operator(operator, names) for operator in graph.operators]
    model.subgraphs = [subgraph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _buffer(tensor: Tensor) -> schema.BufferT:
    buffer = schema.BufferT()
    if tensor.data is not None:
        buffer.data = list(tensor.data.tobytes())
    return buffer


def _tensor(tensor: Tensor, buffer: int) -> schema.TensorT:
    result = schema.TensorT()
    result.name = tensor.name
    result.type = _TYPES[tensor.dtype]
    result.shape = list(tensor.shape) if tensor.data is not None else [1, *tensor.shape]
    result.buffer = buffer
    if tensor.quantization is not None:
        parameters = schema.QuantizationParametersT()
        scales: list[float] = tensor.quantization.scale.tolist()
        parameters.scale = scales
        parameters.zeroPoint = [tensor.quantization.zero_point] * len(scales)
        parameters.quantizedDimension = tensor.quantization.axis or 0
        result.quantization = parameters
    return result


def _operator_code(kind: OperatorKind) -> schema.OperatorCodeT:
    code = schema.OperatorCodeT()
    code.builtinCode, code.version = _CODES[kind]
    code.deprecatedBuiltinCode = code.builtinCode
    return code


def _operator(operator: Operator, names: list[str]) -> schema.OperatorT:
    result = schema.OperatorT()
    result.opcodeIndex = list(_CODES).index(operator.kind)
    result.inputs = [names.index(name) for name in operator.inputs]
    result.outputs = [names.index(operator.output)]
    result.builtinOptionsType, result.builtinOptions = _options(operator)
    return result


def _options(operator: Operator) -> tuple[int, Any]:
    if operator.kind is OperatorKind.ADD:
        addition = schema.AddOptionsT()
        addition.fusedActivationFunction = _ACTIVATIONS[operator.activation]
        return schema.BuiltinOptions.AddOptions, addition
    if operator.kind is OperatorKind.MUL:
        product = schema.MulOptionsT()
        product.fusedActivationFunction = _ACTIVATIONS[operator.activation]
        return schema.BuiltinOptions.MulOptions, product
    options: Any
    if operator.kind is OperatorKind.DEPTHWISE_CONV_2D:
        options, kind = (
            schema.DepthwiseConv2DOptionsT(),
            schema.BuiltinOptions.DepthwiseConv2DOptions,
        )
        options.depthMultiplier = 1
    else:
        options, kind = schema.Conv2DOptionsT(), schema.BuiltinOptions.Conv2DOptions
    options.padding = schema.Padding.SAME
    options.strideH = options.strideW = 1
    options.dilationHFactor, options.dilationWFactor = operator.dilation
    options.fusedActivationFunction = _ACTIVATIONS[operator.activation]
    return kind, options
