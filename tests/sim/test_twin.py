# SPDX-License-Identifier: Apache-2.0
"""The twin is the network: equal to the integer reference, whoever runs it and however often."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import image, memory, reference
from boards.compress import int8
from boards.graph import Graph
from boards.image import Image
from boards.layout import Header, seal
from sim import twin_build
from sim.errors import SimError, TwinBuildError, TwinError
from sim.twin import Twin
from tests.boards.networks import calibration_slots, residual_network

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def graph() -> Graph:
    return int8.quantize(residual_network(num_channels=13), calibration_slots(num_slots=4))


@pytest.fixture(scope="module")
def compiled(graph: Graph) -> Image:
    return image.compile(graph, memory.plan(graph))


@pytest.fixture(scope="module")
def slots(graph: Graph) -> NDArray[np.int8]:
    shape = (20, *graph.tensors[graph.input].shape)
    return np.random.default_rng(4).integers(-128, 128, shape, dtype=np.int8)


def test_a_network_runs_as_the_integer_reference_does(
    graph: Graph, compiled: Image, slots: NDArray[np.int8]
) -> None:
    y = Twin(compiled).run(slots[0])

    np.testing.assert_array_equal(y, reference.run(graph, slots[0]))


def test_a_batch_is_its_slots_one_by_one(compiled: Image, slots: NDArray[np.int8]) -> None:
    twin = Twin(compiled)

    together = twin.run_batch(slots)

    np.testing.assert_array_equal(together, np.stack([twin.run(slot) for slot in slots]))


def test_an_empty_batch_has_no_outputs(compiled: Image, slots: NDArray[np.int8]) -> None:
    assert Twin(compiled).run_batch(slots[:0]).shape == (0, *compiled.output_shape)


def test_slots_may_lie_anywhere_in_memory(compiled: Image, slots: NDArray[np.int8]) -> None:
    twin = Twin(compiled)
    strided = np.asfortranarray(slots)[::2]

    np.testing.assert_array_equal(twin.run_batch(strided), twin.run_batch(slots)[::2])


def test_threads_share_a_twin(compiled: Image, slots: NDArray[np.int8]) -> None:
    twin = Twin(compiled)
    expected = twin.run_batch(slots)

    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(twin.run, slots))

    np.testing.assert_array_equal(np.stack(outputs), expected)


def test_a_twin_travels_to_other_processes(compiled: Image, slots: NDArray[np.int8]) -> None:
    twin = Twin(compiled)

    arrived = pickle.loads(pickle.dumps(twin))  # noqa: S301  (our own bytes)

    np.testing.assert_array_equal(arrived.run(slots[0]), twin.run(slots[0]))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_inputs_of_another_type_are_refused(compiled: Image, dtype: type) -> None:
    with pytest.raises(ValueError, match="the network takes int8"):
        Twin(compiled).run(np.zeros(compiled.input_shape, dtype))


def test_inputs_of_another_shape_are_refused(compiled: Image) -> None:
    with pytest.raises(ValueError, match=r"the network takes int8 \(6, 8, 3\)"):
        Twin(compiled).run(np.zeros((6, 8, 4), np.int8))


def test_activations_outside_their_part_of_the_arena_are_refused(compiled: Image) -> None:
    header = compiled.header
    less = replace(header, activation_bytes=header.activation_bytes - 16)

    with pytest.raises(TwinError, match="the firmware refuses it with status 3"):
        Twin(Image(seal(less.pack() + compiled.data[Header.LAYOUT.size :])))


def test_a_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)

    with pytest.raises(TwinBuildError, match="C compiler, and there is no gcc or cc; try: make"):
        twin_build.build.__wrapped__()


def test_a_compiler_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiler = tmp_path / "broken"
    compiler.write_text("#!/bin/sh\necho out of luck >&2; exit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))

    with pytest.raises(SimError, match="broken failed to build the twin: out of luck"):
        twin_build.build.__wrapped__()


def test_processes_that_build_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from sim import twin_build;"
        f"twin_build._ROOT = Path({str(tmp_path)!r}); import ctypes;"
        "print(ctypes.CDLL(str(twin_build.build())).twin_run is not None)"
    )

    processes = [
        subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120)[0] for process in processes]

    assert said == [b"True\n"] * 3
    assert len(list((tmp_path / "build" / "twin").iterdir())) == 1
