# SPDX-License-Identifier: Apache-2.0
"""The integer kernels on a published network: MLPerf Tiny's keyword spotting, inside LiteRT.

Every convolution reads what LiteRT fed it, strides included, and must give what LiteRT gave.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from boards.compress.fixed_point import quantize_multipliers
from boards.convolution import convolve, convolve_depthwise
from boards.reference import requantize
from boards.requantization import ConvolutionConstants

litert = pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

RESOLVERS = ["BUILTIN_REF", "BUILTIN_WITHOUT_DEFAULT_DELEGATES"]
CONVOLUTIONS = {"CONV_2D": convolve, "DEPTHWISE_CONV_2D": convolve_depthwise}
MODEL = "mlperf-tiny/kws_ref_model.tflite"


@pytest.fixture(params=RESOLVERS)
def interpreter(request: pytest.FixtureRequest) -> Any:
    """LiteRT with the network loaded and run on one random input."""
    if "AIRLOOP_DATA" not in os.environ:
        pytest.skip(f"AIRLOOP_DATA is not set: it names the folder that holds {MODEL}")
    path = Path(os.environ["AIRLOOP_DATA"]) / MODEL
    if not path.exists():
        pytest.skip(f"{path} does not exist")
    loaded = litert.Interpreter(
        model_path=str(path),
        num_threads=1,
        experimental_op_resolver_type=litert.OpResolverType[request.param],
        experimental_preserve_all_tensors=True,
    )
    loaded.allocate_tensors()
    x = np.random.default_rng(1).integers(-128, 128, size=(1, 49, 10, 1)).astype(np.int8)
    loaded.set_tensor(loaded.get_input_details()[0]["index"], x)
    loaded.invoke()
    return loaded


def run_convolution(interpreter: Any, operator: dict[str, Any]) -> NDArray[np.int8]:
    """Compute one convolution of the network from the tensors LiteRT gave it; all fuse RELU."""
    details = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    activation, weights, _ = (details[index] for index in operator["inputs"])
    output = details[operator["outputs"][0]]
    x, filters, bias = (interpreter.get_tensor(index) for index in operator["inputs"])
    input_scale, input_zero_point = activation["quantization"]
    output_scale, output_zero_point = output["quantization"]
    weight_scales = weights["quantization_parameters"]["scales"].astype(np.float64)
    multipliers, shifts = quantize_multipliers(input_scale * weight_scales / output_scale)
    stride = round(x.shape[1] / output["shape"][1])
    sums = CONVOLUTIONS[operator["op_name"]](
        x[0].astype(np.float64) - input_zero_point,
        filters.astype(np.float64),
        stride=(stride, stride),
    )
    constants = ConvolutionConstants(
        multipliers=multipliers,
        shifts=shifts,
        input_zero_point=input_zero_point,
        output_zero_point=output_zero_point,
        minimum=output_zero_point,
        maximum=127,
    )
    return requantize(sums, bias, constants)


def test_every_convolution_equals_litert(interpreter: Any) -> None:
    operators = [one for one in interpreter._get_ops_details() if one["op_name"] in CONVOLUTIONS]

    outputs = [run_convolution(interpreter, operator) for operator in operators]

    assert len(outputs) == 9
    for operator, output in zip(operators, outputs, strict=True):
        expected = interpreter.get_tensor(operator["outputs"][0])[0]
        np.testing.assert_array_equal(output, expected)
        assert len(np.unique(expected)) > 50
