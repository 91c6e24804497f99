# SPDX-License-Identifier: Apache-2.0
"""The image of a spiking network against its description, byte for byte."""

import re
from pathlib import Path

import numpy as np
import pytest

from boards.body import Body
from boards.parameters import DeviceKind, Spiking
from snn.integer import network as limits
from snn.integer.image import compile_network
from tests.snn.integer.spiking_cases import CASES, Case, drawn


def test_equal_networks_give_equal_bytes() -> None:
    assert compile_network(drawn(CASES[0])).data == compile_network(drawn(CASES[0])).data


def test_layers_feed_each_other_and_the_read_out_comes_last() -> None:
    network = drawn(CASES[0])

    image = compile_network(network)

    first, second, readout = image.operators
    layer, last = first.parameters, readout.parameters
    assert isinstance(layer, Spiking)
    assert isinstance(last, Spiking)
    assert [one.kind for one in image.operators] == [
        DeviceKind.SPIKING_LAYER, DeviceKind.SPIKING_LAYER, DeviceKind.SPIKE_READOUT,
    ]  # fmt: skip
    assert (second.inputs[0], readout.inputs[0]) == (first.output, second.output)
    assert image.input.offset == first.inputs[0]
    assert image.input_shape == (1, 1 + network.max_events, 2)
    assert image.output_shape == (1, 7, 4)
    assert (layer.num_in, layer.num_out, layer.threshold) == (30, 45, 1 << 22)
    assert last.max_steps == 65_535


@pytest.mark.parametrize("bits", [8, 4])
def test_weights_are_raised_and_lie_as_the_kernels_header_says(bits: int) -> None:
    network = drawn(Case(name="", bits=8 if bits == 8 else 4, sizes=(3, 20)))
    image = compile_network(network)

    record, weights = image.operators[0], network.layers[0].weights
    row_bytes = 24 if bits == 8 else 16
    start = record.weights_offset + 20 * 32
    data = np.frombuffer(image.data, np.uint8, 3 * row_bytes, start).reshape(3, row_bytes)

    if bits == 8:
        np.testing.assert_array_equal(data[:, :20].astype(int) - 128, weights)
        return
    for j in range(20):  # the low nibbles of a word are four neurons, the high ones the next four
        byte = data[:, j // 8 * 4 + j % 4].astype(int)
        np.testing.assert_array_equal((byte >> (4 if j % 8 >= 4 else 0) & 15) - 8, weights[:, j])


def test_four_bits_take_half_the_flash_for_their_weights() -> None:
    sizes = (256, 256, 256)
    wide, narrow = (
        compile_network(drawn(Case(name="", bits=bits, sizes=sizes))) for bits in (8, 4)
    )

    assert len(wide.data) - len(narrow.data) == 2 * 256 * 256 // 2


def test_the_arena_has_room_for_states_lists_and_sums() -> None:
    image = compile_network(drawn(CASES[0]))

    tallies, states, lists = 3 * 16, 8 * (45 + 21), 2 * (46 + 22)
    scores, inputs, sums = 2 * 4 * 7, 2 * (1 + 68), 4 * 48
    least = tallies + states + lists + scores + inputs + sums
    assert least <= image.arena_bytes(Body.DSP) <= least + 16 * 8


def test_limits_are_those_that_the_firmware_proves() -> None:
    folder = Path(__file__).parents[3] / "firmware" / "kernels"
    text = "".join(
        (folder / f"{name}.h").read_text()
        for name in ("spiking", "spiking_neurons", "spike_readout")
    )
    found = re.findall(
        r"^#define SPIK\w+?_(\w+) \(?(?:INT\d+_C\()?([\d]+)u?\)?(?: << (\d+))?", text, re.MULTILINE
    )

    assert {name: int(value) << int(shift or 0) for name, value, shift in found} == {
        "MAX_EVENTS": limits.MAX_EVENTS,
        "CARRIED_BITS": limits.CARRIED_BITS,
        "STATE_LIMIT": limits.STATE_LIMIT,
        "MAX_LEAK_SHIFT": limits.MAX_LEAK_SHIFT,
        "MAX_LEAK": limits.MAX_LEAK,
        "MAX_LEAK_SUM": limits.MAX_LEAK_SUM,
        "MAX_DRIVE": limits.MAX_DRIVE,
        "MAX_OFFSET": limits.MAX_OFFSET,
        "MAX_SUM_SHIFT": limits.MAX_SUM_SHIFT,
        "READOUT_BIAS_BITS": limits.READOUT_BIAS_BITS,
    }
