# SPDX-License-Identifier: Apache-2.0
"""Windows of events through a device: the same integers, and mistakes told in words."""

from collections.abc import Iterator

import numpy as np
import pytest

from boards.board import Board
from host.device import Device
from host.errors import DeviceStatusError
from host.launcher import open_device
from host.windows import TwinWindows, windows_on
from snn.errors import SpikingError
from snn.events.packing import Piece
from snn.integer import reference
from snn.integer.image import compile_network
from snn.integer.quantizing import quantize
from tests.firmware.operators import Case as Layer
from tests.firmware.operators import compiled, convolution_graph
from tests.host.built_firmware import built
from tests.snn.integer.spiking_cases import CASES, drawn, events, float_events, float_network

CASE = CASES[4]
IMAGE = compile_network(drawn(CASE))
COUNTS = events(CASE)
OUTCOME = reference.run(drawn(CASE), COUNTS)


@pytest.fixture
def device(native: Board) -> Iterator[Device]:
    with open_device(native) as opened:
        yield opened


@pytest.mark.parametrize("max_bytes", [None, 60], ids=["long frames", "short frames"])
def test_a_window_gives_the_scores_of_the_integers(device: Device, max_bytes: int | None) -> None:
    windows = windows_on(device, IMAGE)

    for i in range(COUNTS.shape[1]):
        found = windows.run(COUNTS[:, i], max_bytes=max_bytes)
        np.testing.assert_array_equal(found.scores, OUTCOME.scores[i])


def test_device_and_twin_count_the_same_work(device: Device) -> None:
    found = windows_on(device, IMAGE).run(COUNTS[:, 0])

    expected = TwinWindows(IMAGE).run(COUNTS[:, 0])

    assert found.layers == expected.layers
    first = found.layers[0]
    assert first.synops == first.events * 45
    assert found.synops == sum(layer.synops for layer in found.layers)
    assert (expected.ticks, expected.instructions) == (None, None)


def test_a_lossy_link_changes_no_score(native: Board) -> None:
    with open_device(native, retry_after_s=0.005) as device:
        windows = windows_on(device, IMAGE)
        device.inject_faults(drop_per_million=50_000, flip_per_million=50_000, seed=3)

        for _ in range(3):
            found = windows.run(COUNTS[:, 1], max_bytes=150)
            np.testing.assert_array_equal(found.scores, OUTCOME.scores[1])

        assert device.statistics.num_retries > 0


def test_a_piece_out_of_order_is_refused(device: Device) -> None:
    windows = windows_on(device, IMAGE)

    with pytest.raises(DeviceStatusError, match="EVENTS"):
        windows.send(Piece(first_step=3, num_steps=1, data=b"\0"))


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (np.zeros((4, 29), np.uint8), r"takes \[num_steps, 30\]"),
        (np.zeros((0, 30), np.uint8), "a window of 0 steps"),
        (np.zeros((65_536, 30), np.uint8), "takes 1 to 65535"),
        (np.full((2, 30), 9, np.uint8), "step 0 has 270 events, the image has room for 68"),
    ],
    ids=["channels", "no step", "too long", "too busy"],
)
def test_events_that_no_device_takes_are_told_in_words(
    counts: np.ndarray[tuple[int, int], np.dtype[np.uint8]], words: str
) -> None:
    with pytest.raises(SpikingError, match=words):
        TwinWindows(IMAGE).run(counts)


def test_a_network_without_neurons_is_told_in_words(device: Device) -> None:
    with pytest.raises(SpikingError, match="has no spiking neurons"):
        windows_on(device, compiled(convolution_graph(Layer(name=""))))


def test_only_a_profiled_window_tells_its_operators(device: Device) -> None:
    windows = windows_on(device, IMAGE)

    plain, profiled = windows.run(COUNTS[:, 0]), windows.run(COUNTS[:, 0], profile=True)

    assert plain.operators == ()
    assert len(profiled.operators) == len(IMAGE.operators)
    assert [one.kind for one in profiled.operators] == [one.kind for one in IMAGE.operators]
    np.testing.assert_array_equal(profiled.scores, plain.scores)


@pytest.mark.qemu
def test_operators_are_profiled_over_all_pieces_of_a_window() -> None:
    with open_device(built("mps2-an386"), timeout_s=60.0) as device:
        windows = windows_on(device, IMAGE)
        whole = windows.run(COUNTS[:, 0], profile=True)
        pieces = windows.run(COUNTS[:, 0], profile=True, max_bytes=60)

    told = [[one.instructions or 0 for one in run.operators] for run in (whole, pieces)]
    np.testing.assert_allclose(told[1], told[0], rtol=0.01)
    assert whole.instructions is not None
    assert 0.5 < sum(told[0]) / whole.instructions < 1.0


@pytest.mark.qemu
@pytest.mark.parametrize("name", ["mps2-an386", "microbit"])
def test_an_emulated_board_runs_a_quantized_network_and_counts_instructions(name: str) -> None:
    counts = float_events()
    network = quantize(float_network(is_recurrent=True), counts, weight_bits=4)
    image = compile_network(network)
    outcome = reference.run(network, counts)

    with open_device(built(name), timeout_s=60.0) as device:
        windows = windows_on(device, image)
        found = [windows.run(counts[:, i]) for i in range(counts.shape[1])]

    for i, one in enumerate(found):
        np.testing.assert_array_equal(one.scores, outcome.scores[i])
        assert one.instructions is not None
        assert 1.0 < one.instructions / one.synops < 100.0
