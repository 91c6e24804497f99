# SPDX-License-Identifier: Apache-2.0
"""Weights of 6, 4 and 2 bits: which layers take them, what becomes of the network."""

from dataclasses import replace

import numpy as np
import pytest

from boards import reference
from boards.affine import to_float, to_int8
from boards.compress.int8 import quantize, requantize
from boards.compress.widths import Widths, layers_of, narrowed, widths_of
from boards.errors import GraphError, ImageError
from boards.graph import Graph
from boards.narrow import WIDTHS, WeightBits, fewest_bits, weight_limit
from boards.requantization import quantization_of
from sim.twin import Twin
from tests.boards.networks import calibration_slots, residual_network
from tests.firmware.operators import compiled

SLOTS = calibration_slots(num_slots=8)
FLOAT = residual_network()
LAYERS = [one.name for one in layers_of(FLOAT)]


def quantized(widths: Widths) -> Graph:
    return quantize(FLOAT, SLOTS, weight_bits=widths)


def error_of(graph: Graph) -> float:
    """Return the mean square of the output's error over that of the output."""
    source, result = (quantization_of(graph.tensors[name]) for name in (graph.input, graph.output))
    errors, powers = 0.0, 0.0
    for slot in SLOTS:
        expected = reference.run(FLOAT, slot)
        y = to_float(reference.run(graph, to_int8(slot, source)), result)
        errors += float(np.square(y - expected).sum())
        powers += float(np.square(expected).sum())
    return errors / powers


@pytest.mark.parametrize("bits", WIDTHS)
def test_weights_take_the_symmetric_range_of_their_bits(bits: WeightBits) -> None:
    graph = quantized(Widths(every=bits))

    for operator in layers_of(graph):
        data = graph.tensors[operator.inputs[1]].data
        assert data is not None
        assert np.abs(data.astype(int)).max() == weight_limit(bits)
    assert set(widths_of(graph).values()) == {bits}


def test_more_bits_err_less() -> None:
    errors = [error_of(quantized(Widths(every=bits))) for bits in WIDTHS]

    assert errors == sorted(errors)
    assert errors[1] < 0.01
    assert errors[2] < 0.1


def test_one_layer_may_take_other_bits_than_the_rest() -> None:
    graph = quantized(Widths(every=4, layers={LAYERS[0]: 8, LAYERS[-1]: 6}))

    expected = {**dict.fromkeys(LAYERS, 4), LAYERS[0]: 8, LAYERS[-1]: 6}
    assert widths_of(graph) == expected


def test_layers_that_are_not_mentioned_take_eight_bits() -> None:
    graph = quantized(Widths(layers={LAYERS[1]: 2}))

    assert widths_of(graph) == {**dict.fromkeys(LAYERS, 8), LAYERS[1]: 2}


def test_a_name_that_a_converter_joined_goes_by_its_first_part() -> None:
    operators = tuple(replace(one, name=f"{one.name};of;others") for one in FLOAT.operators)

    found = Widths(layers={LAYERS[0]: 4}).of(replace(FLOAT, operators=operators))

    assert found == {f"{LAYERS[0]};of;others": 4}


def test_an_unknown_layer_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(GraphError, match=rf"no weights in 'nothing'; its layers are {LAYERS[0]}, "):
        quantized(Widths(layers={"nothing": 4}))


@pytest.mark.parametrize("bits", WIDTHS)
def test_the_twin_runs_what_was_quantized(bits: WeightBits) -> None:
    graph = quantized(Widths(every=bits))
    x = to_int8(SLOTS[0], quantization_of(graph.tensors[graph.input]))

    y = Twin(compiled(graph)).run(x)

    np.testing.assert_array_equal(y, reference.run(graph, x))


def test_fewer_bits_make_the_image_smaller() -> None:
    sizes = [sum(one.weights_bytes for one in compiled(quantized(Widths(every=bits))).operators)
             for bits in WIDTHS]  # fmt: skip

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < 0.6 * sizes[0]


def test_integers_that_fit_fewer_bits_stay_as_they_are() -> None:
    wide = quantized(Widths(every=4))
    unmarked = {
        name: replace(tensor, quantization=replace(quantization_of(tensor), bits=8))
        for name, tensor in wide.tensors.items()
    }

    graph, changes = narrowed(replace(wide, tensors=unmarked), Widths())

    assert widths_of(graph) == widths_of(wide)
    assert [one.error for one in changes] == [0.0] * len(LAYERS)
    x = to_int8(SLOTS[0], quantization_of(graph.tensors[graph.input]))
    np.testing.assert_array_equal(reference.run(graph, x), reference.run(wide, x))


def test_integers_that_do_not_fit_are_rounded_and_the_change_is_told() -> None:
    wide = quantized(Widths(every=8))

    graph, changes = narrowed(wide, Widths(every=4, layers={LAYERS[0]: 8}))

    assert [one.layer for one in changes] == LAYERS[1:]
    assert all(0.0 < one.error < 0.05 for one in changes)
    for operator in layers_of(graph):
        data = graph.tensors[operator.inputs[1]].data
        assert data is not None
        assert fewest_bits(data) == (8 if operator.name == LAYERS[0] else 4)
    assert error_of(graph) < 0.1


def test_a_wide_network_stays_as_it_is() -> None:
    wide = quantized(Widths(every=8))

    graph, changes = narrowed(wide, Widths())

    assert changes == ()
    assert compiled(graph).data == compiled(wide).data


def test_what_learns_keeps_the_bits_of_its_weights() -> None:
    before = quantized(Widths(every=4))

    after = requantize(FLOAT, before)

    assert widths_of(after) == widths_of(before)
    assert compiled(after).data == compiled(before).data


def test_weights_that_need_more_bits_than_they_say_are_not_compiled() -> None:
    graph = quantized(Widths(every=8))
    name = layers_of(graph)[0].inputs[1]
    weights = graph.tensors[name]
    lying = replace(weights, quantization=replace(quantization_of(weights), bits=4))

    with pytest.raises(ImageError, match="weights of 4 bits, some of which need 8"):
        compiled(replace(graph, tensors={**graph.tensors, name: lying}))
