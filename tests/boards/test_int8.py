# SPDX-License-Identifier: Apache-2.0
"""Post-training quantization keeps LiteRT's scheme and stays close to the float network."""

from dataclasses import replace

import numpy as np
import pytest

from boards import reference
from boards.affine import to_float, to_int8
from boards.compress.equalization import equalize
from boards.compress.int8 import quantize, relative_square_error
from boards.compress.ranges import Histogram, RangeMethod, choose_range, square_error
from boards.errors import GraphError
from boards.graph import ELEMENTWISE, Activation, Graph, OperatorKind
from boards.requantization import quantization_of
from tests.boards.networks import calibration_slots, residual_network

FLOAT = residual_network()
QUANTIZED = quantize(FLOAT, calibration_slots())


def error_on_fresh_slots(graph: Graph, quantized: Graph) -> float:
    """Return the relative error of the int8 output on slots that calibration has not seen."""
    x = np.stack(calibration_slots(seed=99))
    source = quantization_of(quantized.tensors[quantized.input])
    result = quantization_of(quantized.tensors[quantized.output])
    y = to_float(reference.run(quantized, to_int8(x, source)), result)
    return relative_square_error(reference.run(graph, x), y)


def test_int8_output_stays_30_db_above_its_error_on_fresh_data() -> None:
    assert error_on_fresh_slots(FLOAT, QUANTIZED) < 1e-3


def test_weights_are_symmetric_per_channel_and_reach_127() -> None:
    for operator in QUANTIZED.operators:
        if operator.kind in ELEMENTWISE:
            continue
        weights = QUANTIZED.tensors[operator.inputs[1]]
        quantization = quantization_of(weights)
        axis = 3 if operator.kind is OperatorKind.DEPTHWISE_CONV_2D else 0

        largest = np.abs(np.moveaxis(np.asarray(weights.data), axis, 0)).reshape(
            weights.shape[axis], -1
        )

        assert (quantization.axis, quantization.zero_point) == (axis, 0)
        assert weights.dtype == "int8"
        assert (largest.max(axis=1) == 127).all()


def test_bias_has_the_scale_of_the_products() -> None:
    operator = QUANTIZED.operators[0]
    x, weights, bias = (QUANTIZED.tensors[name] for name in operator.inputs)

    expected = quantization_of(x).scale * quantization_of(weights).scale

    assert bias.dtype == "int32"
    np.testing.assert_array_equal(quantization_of(bias).scale, expected)


def test_relu_outputs_have_zero_point_minus_128() -> None:
    rectified = [one for one in QUANTIZED.operators if one.activation is Activation.RELU]

    zero_points = {quantization_of(QUANTIZED.tensors[one.output]).zero_point for one in rectified}

    assert len(rectified) == 3
    assert zero_points == {-128}


def test_scales_are_what_a_file_of_float32_holds() -> None:
    for tensor in QUANTIZED.tensors.values():
        scale = quantization_of(tensor).scale

        if tensor.dtype == "int8":
            np.testing.assert_array_equal(scale, scale.astype(np.float32))


def test_metadata_names_rounding_and_calibration() -> None:
    assert QUANTIZED.metadata["rounding"] == "double"
    assert QUANTIZED.metadata["calibration"].startswith("64 slots, ranges by ")
    assert all(method in QUANTIZED.metadata["calibration_error"] for method in RangeMethod)


def test_the_best_range_method_is_kept() -> None:
    def error_of(graph: Graph) -> float:
        return min(
            float(part.rsplit(" ", 1)[1])
            for part in graph.metadata["calibration_error"].split(", ")
        )

    alone = [quantize(FLOAT, calibration_slots(), method=method) for method in RangeMethod]

    assert error_of(QUANTIZED) == min(error_of(graph) for graph in alone)


def heavy_tailed_histogram() -> Histogram:
    """Return the histogram of Laplacian values and one outlier."""
    values = [*np.random.default_rng(4).laplace(size=100_000).clip(-20.0, 20.0), 100.0]
    counts, _ = np.histogram(values, bins=2048, range=(-20.0, 100.0))
    return Histogram(counts=counts, low=-20.0, high=100.0)


def test_percentile_cuts_an_outlier_off() -> None:
    low, high = choose_range(heavy_tailed_histogram(), RangeMethod.PERCENTILE)

    expected = float(-np.log(2 * 1e-4))
    assert (low, high) == pytest.approx((-expected, expected), rel=0.1)


def test_least_square_error_is_the_least_of_all_methods() -> None:
    histogram = heavy_tailed_histogram()

    errors = {
        method: square_error(histogram, choose_range(histogram, method)) for method in RangeMethod
    }

    assert errors[RangeMethod.MSE] == min(errors.values())
    assert errors[RangeMethod.MSE] < 0.9 * errors[RangeMethod.MIN_MAX]


def test_given_ranges_win_over_calibration() -> None:
    graph = quantize(FLOAT, calibration_slots(), ranges={"x": (-4.0, 4.0)})

    assert quantization_of(graph.tensors["x"]).scale[0] == pytest.approx(8.0 / 255)


def test_channel_of_tiny_weights_keeps_its_bias() -> None:
    weights, bias = FLOAT.tensors["last.weight"], FLOAT.tensors["last.bias"]
    tiny = np.asarray(weights.data) * np.array([1.0, 1e-9])[:, None, None, None]
    tensors = {
        **FLOAT.tensors,
        "last.weight": replace(weights, data=tiny.astype(np.float32)),
        "last.bias": replace(bias, data=np.array([0.0, 1.0], dtype=np.float32)),
    }
    graph = replace(FLOAT, tensors=tensors)

    quantized = quantize(graph, calibration_slots())

    x = to_int8(calibration_slots()[0], quantization_of(quantized.tensors["x"]))
    y = to_float(reference.run(quantized, x), quantization_of(quantized.tensors["last"]))
    np.testing.assert_allclose(y[..., 1], 1.0, atol=0.02)


def test_equalization_changes_nothing_in_float() -> None:
    graph = residual_network(unevenness=1.5)
    x = calibration_slots(seed=5)[0]

    y = reference.run(equalize(graph, calibration_slots()), x)

    np.testing.assert_allclose(y, reference.run(graph, x), rtol=1e-4, atol=1e-5)


def test_equalization_lowers_the_error_of_uneven_channels() -> None:
    graph = residual_network(unevenness=2.0)

    plain = quantize(graph, calibration_slots())
    evened = quantize(equalize(graph, calibration_slots()), calibration_slots())

    assert error_on_fresh_slots(graph, evened) < 0.5 * error_on_fresh_slots(graph, plain)


def test_missing_calibration_is_refused() -> None:
    with pytest.raises(GraphError, match="no calibration data"):
        quantize(FLOAT, [])


def test_a_quantized_graph_is_refused() -> None:
    with pytest.raises(GraphError, match="quantize it once"):
        quantize(QUANTIZED, calibration_slots())


def test_calibration_of_another_shape_is_refused() -> None:
    with pytest.raises(GraphError, match=r"reads float32 \[6, 8, 3\]"):
        quantize(FLOAT, [np.zeros((6, 8, 4), dtype=np.float32)])
