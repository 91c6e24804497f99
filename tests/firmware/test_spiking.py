# SPDX-License-Identifier: Apache-2.0
"""Spiking networks in C against the integers that are their definition, on every kind of core."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest

from host.device import Device
from host.launcher import open_device
from host.windows import DeviceWindows, TwinWindows, WindowRun, windows_on
from sim.errors import TwinError
from sim.spiking_twin import SpikingTwin
from sim.twin import Twin
from snn.events.packing import pack
from snn.integer import reference
from snn.integer.image import compile_network
from tests.host.built_firmware import built, emulated_boards
from tests.snn.integer.spiking_cases import CASES, Case, drawn, events

SEEDS = 4


def assert_equal(found: WindowRun, outcome: reference.Outcome, i: int) -> None:
    """Check scores and tallies of a recording."""
    np.testing.assert_array_equal(found.scores, outcome.scores[i])
    for layer, tally in zip(found.layers, outcome.tallies, strict=True):
        expected = (int(tally.events[i]), int(tally.spikes[i]), int(tally.saturations[i]))
        assert (layer.events, layer.spikes, layer.saturations) == expected


def assert_runs(windows: DeviceWindows | TwinWindows, case: Case, *, seed: int) -> None:
    """Run every recording of a case, and check that something happens in it."""
    counts = events(case, seed=seed)
    outcome = reference.run(drawn(case, seed=seed), counts)
    for i in range(counts.shape[1]):
        assert_equal(windows.run(counts[:, i]), outcome, i)
    assert int(outcome.tallies[0].spikes.sum()) > 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_twin_computes_the_same_integers(case: Case, seed: int) -> None:
    assert_runs(TwinWindows(compile_network(drawn(case, seed=seed))), case, seed=seed)


def test_the_cases_clip_sums_and_states() -> None:
    """Else their bits would say nothing about saturation."""
    tight = next(case for case in CASES if case.name == "sums at their limit")

    found = reference.run(drawn(tight), events(tight)).tallies[0].saturations

    assert int(found.sum()) > 1000


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=120.0) as device:
        yield device


@pytest.mark.qemu
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_core_computes_the_same_integers(board: Device, case: Case) -> None:
    image = compile_network(drawn(case))
    windows = windows_on(board, image)

    assert_runs(windows, case, seed=0)
    assert board.info.arena_bytes == image.arena_bytes(built(board.board).body)


def test_a_window_in_pieces_is_the_window_in_one() -> None:
    case = CASES[4]
    twin = SpikingTwin(compile_network(drawn(case)))
    steps = pack(events(case)[:, 0])
    twin.run(b"".join(steps), num_steps=len(steps))
    whole = twin.result()

    for first in range(0, len(steps), 7):
        piece = steps[first : first + 7]
        twin.run(b"".join(piece), num_steps=len(piece), first_step=first)

    np.testing.assert_array_equal(twin.result().scores, whole.scores)
    np.testing.assert_array_equal(twin.result().tallies, whole.tallies)


@pytest.mark.parametrize("bits", [4, 8])
def test_what_lay_in_the_arena_before_changes_nothing_and_overflows_nothing(
    bits: Literal[4, 8],
) -> None:
    """Under the sanitizers: sums behind the last neuron of a block of 16 begin anew as well."""
    case = Case(name="half a block", sizes=(70, 24, 8), rate=1.5, bits=bits)
    image, counts = compile_network(drawn(case)), events(case)[:, 0]
    results = []

    for filling in (0, 0x7FFFFFFF, 0x80000000):
        twin = SpikingTwin(image, filling=filling)
        twin.run(b"".join(pack(counts)), num_steps=len(counts))
        results.append(twin.result())

    for one in results[1:]:
        np.testing.assert_array_equal(one.scores, results[0].scores)
        np.testing.assert_array_equal(one.tallies, results[0].tallies)


def test_every_window_begins_at_rest() -> None:
    case = CASES[0]
    twin = SpikingTwin(compile_network(drawn(case)))
    first, second = (b"".join(pack(events(case)[:, i])) for i in (0, 1))
    twin.run(second, num_steps=40)
    expected = twin.result().scores

    twin.run(first, num_steps=40)
    twin.run(second, num_steps=40)

    np.testing.assert_array_equal(twin.result().scores, expected)


def test_a_spiking_network_is_no_network_of_slots() -> None:
    image = compile_network(drawn(CASES[0]))

    with pytest.raises(TwinError, match="status 2"):
        Twin(image).run(np.zeros(image.input_shape, np.int8))
