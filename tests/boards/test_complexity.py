# SPDX-License-Identifier: Apache-2.0
"""MACs and parameters against counts by hand (closed form)."""

from boards.complexity import count_constant_bytes, count_macs, count_parameters
from boards.compress.int8 import quantize
from tests.boards.networks import calibration_slots, residual_network

GRAPH = residual_network(num_channels=8)
NUM_POSITIONS = 6 * 8


def test_macs_are_positions_times_weights_and_products() -> None:
    assert count_macs(GRAPH) == {
        "first": NUM_POSITIONS * 9 * 3 * 8,
        "depthwise": NUM_POSITIONS * 9 * 8,
        "pointwise": NUM_POSITIONS * 8 * 8,
        "mul": NUM_POSITIONS * 8,
        "add": 0,
        "last": NUM_POSITIONS * 8 * 2,
    }


def test_parameters_are_weights_and_biases() -> None:
    assert count_parameters(GRAPH) == {
        "first": 9 * 3 * 8 + 8,
        "depthwise": 9 * 8 + 8,
        "pointwise": 8 * 8 + 8,
        "mul": 0,
        "add": 0,
        "last": 8 * 2 + 2,
    }


def test_quantized_weights_take_one_byte_and_biases_four() -> None:
    num_weights, num_biases = 9 * 3 * 8 + 9 * 8 + 8 * 8 + 8 * 2, 8 + 8 + 8 + 2

    quantized = quantize(GRAPH, calibration_slots(num_slots=2))

    assert count_constant_bytes(GRAPH) == 4 * (num_weights + num_biases)
    assert count_constant_bytes(quantized) == num_weights + 4 * num_biases
    assert count_macs(quantized) == count_macs(GRAPH)
