# SPDX-License-Identifier: Apache-2.0
"""Networks in integers at their time steps: the figures of a record against NumPy's integers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from boards import cost
from boards.board import Board
from boards.errors import ImageError
from boards.image import Image
from host import firmware
from host.launcher import open_device
from host.spiking.devices import Recordings, deployed, in_twin, on_board, spread
from host.spiking.experiment import Deployment
from host.spiking.record import Deployed
from snn.adaptation.adapt import adapt
from snn.adaptation.methods import Method
from snn.events import binning
from snn.integer import reference
from snn.integer.network import WeightBits
from snn.integer.quantizing import quantize
from snn.network import SpikingNetwork
from tests.host.built_firmware import built
from tests.host.spiking.small_network import small_network
from tests.snn.recordings import sweeps

RECORDINGS = Recordings(train=sweeps(24, seed=1), test=sweeps(10, seed=2))
NO_PORTS: Mapping[str, str] = {}


@pytest.fixture(scope="module")
def network() -> SpikingNetwork:
    return small_network()


def run(
    network: SpikingNetwork,
    deployment: Deployment,
    *,
    run_dt_us: Sequence[int] = (2000,),
    said: list[str] | None = None,
) -> tuple[Deployed, ...]:
    """Return what devices make of the recordings."""
    told: list[str] = []
    return deployed(
        network,
        RECORDINGS,
        deployment,
        run_dt_us=run_dt_us,
        ports=NO_PORTS,
        on_start=(told if said is None else said).append,
    )


@pytest.mark.parametrize("bits", [8, 4])
def test_the_twins_figures_are_those_of_the_integers(
    network: SpikingNetwork, bits: WeightBits
) -> None:
    (fine, own) = run(network, Deployment(weight_bits=(bits,)))

    for found, dt_us in ((fine, 2000), (own, 4000)):
        mapped = adapt(network, dt_us=dt_us, method=Method.INTEGRAL) if found is fine else network
        integers = quantize(mapped, binning.counts(RECORDINGS.train, dt_us=dt_us), weight_bits=bits)
        outcome = reference.run(integers, binning.counts(RECORDINGS.test, dt_us=dt_us))
        predicted = outcome.scores.argmax(axis=1)
        fan_out = np.array([9, 7, 2])
        synops = sum(t.events.sum() * n for t, n in zip(outcome.tallies, fan_out, strict=True))

        assert (found.dt_us, found.weight_bits) == (dt_us, bits)
        assert found.num_right == (predicted == RECORDINGS.test.labels).sum()
        assert found.synops_per_recording == synops / 10 > 0
        assert found.saturations == sum(int(t.saturations.sum()) for t in outcome.tallies)
        assert found.low <= found.share <= found.high
    assert (fine.method, own.method) == (Method.INTEGRAL, Method.NONE)


def test_a_network_runs_once_at_each_step_with_each_number_of_bits(
    network: SpikingNetwork,
) -> None:
    said: list[str] = []

    found = run(network, Deployment(weight_bits=(8, 4)), run_dt_us=(8000, 4000), said=said)

    assert [(one.dt_us, one.weight_bits) for one in found] == [
        (4000, 8),
        (4000, 4),
        (8000, 8),
        (8000, 4),
    ]
    assert found[0].image_bytes > found[1].image_bytes
    assert said == ["twin, 4 ms", "twin, 8 ms"]


def test_a_board_is_given_some_of_the_recordings(network: SpikingNetwork, native: Board) -> None:
    (found,) = run(network, Deployment(boards=("native",), num_recordings=4), run_dt_us=())

    (told,) = found.boards
    assert (told.board, told.num_recordings, told.num_unequal) == (native.name, 4, 0)
    assert told.synops > 0
    assert (told.instructions, told.latency, told.energy) == (None, None, None)
    assert told.firmware_hash == firmware.identity(native).hex()
    (twin,) = in_twin(network, RECORDINGS, Deployment(), dt_us=4000)
    assert found.image_hash == twin.image.sha256.hex()


def test_recordings_busier_than_those_of_the_training_find_room(network: SpikingNetwork) -> None:
    test = RECORDINGS.test
    busy = replace(
        test,
        times_us=np.repeat(test.times_us, 6),
        channels=np.repeat(test.channels, 6),
        starts=6 * test.starts,
    )

    (twin,) = in_twin(
        network, Recordings(train=RECORDINGS.train, test=busy), Deployment(), dt_us=4000
    )

    integers = quantize(network, binning.counts(RECORDINGS.train, dt_us=4000))
    counts = binning.counts(busy, dt_us=4000)
    assert counts.sum(axis=2).max() > integers.max_events
    expected = reference.run(integers, counts)
    for i, run in enumerate(twin.runs):
        np.testing.assert_array_equal(run.scores, expected.scores[i])


def test_a_board_that_is_too_small_is_told_before_any_board_runs(
    network: SpikingNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def too_small(image: Image, board: Board) -> None:
        if board.name == "microbit":
            raise ImageError("too large")

    monkeypatch.setattr(Image, "check_fits", too_small)
    with pytest.raises(ImageError, match="too large"):
        run(network, Deployment(boards=("native", "microbit")), said=said)

    assert said == ["twin, 2 ms", "twin, 4 ms"]


def test_recordings_that_differ_from_the_twin_are_counted(
    network: SpikingNetwork, native: Board
) -> None:
    wide, narrow = in_twin(network, RECORDINGS, Deployment(weight_bits=(8, 4)), dt_us=4000)

    of_another = replace(wide, image=narrow.image)
    with open_device(native) as device:
        told = on_board(native, device, of_another, RECORDINGS.test, shown=range(10))

    pairs = zip(wide.runs, narrow.runs, strict=True)
    assert told.num_unequal == sum(
        bool((a.scores != b.scores).any()) or a.layers != b.layers for a, b in pairs
    )
    assert told.num_unequal > 0


@pytest.mark.qemu
def test_an_emulated_board_counts_instructions_and_models_what_they_cost(
    network: SpikingNetwork,
) -> None:
    board = built("mps2-an386")

    found = run(network, Deployment(boards=(board.name,), num_recordings=3))

    fine, own = (one.boards[0] for one in found)
    assert fine.num_unequal == own.num_unequal == 0
    assert fine.instructions is not None
    assert own.instructions is not None
    assert fine.instructions > own.instructions > own.synops
    expected = cost.energy_of(board, round(own.instructions))
    assert expected is not None
    assert own.energy is not None
    assert own.energy.value == expected.value
    assert own.energy.method == expected.method


def test_indices_are_spread_evenly_over_all() -> None:
    assert spread(10, num_wanted=4) == [0, 2, 5, 7]
    assert spread(3, num_wanted=40) == [0, 1, 2]
