# SPDX-License-Identifier: Apache-2.0
"""The harness for CMSIS-NN, on a stand-in with the published names and arguments.

What it proves is that every argument reaches its place: the stand-in computes by them what LiteRT's
specification says. It is not CMSIS-NN, and its instruction counts mean nothing.
"""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import cmsis_nn
from benchmarks.cmsis_nn import CheckoutError, open_checkout
from benchmarks.cmsis_nn_source import network_source
from boards import catalog, reference
from boards.errors import GraphError
from tests.boards.networks import residual_network
from tests.firmware.published import AD01, KWS01, network
from tests.host.pointwise import pointwise_graph

STAND_IN = Path(__file__).with_name("stand_in")


@pytest.mark.qemu
@pytest.mark.parametrize("board", ["mps2-an385", "mps2-an386", "mps2-an500", "mps3-an547"])
@pytest.mark.parametrize(("name", "most"), [(AD01, 0), (KWS01, 1)], ids=[AD01, KWS01])
def test_a_network_reaches_the_kernels_whole(board: str, name: str, most: int) -> None:
    """Exactly, but for the softmax of kws01, which the stand-in computes in floating point."""
    _, graph, _ = network(name)
    shape = graph.tensors[graph.input].shape
    x = np.random.default_rng(1).integers(-128, 128, shape).astype(np.int8)

    counted = cmsis_nn.count(open_checkout(STAND_IN), catalog.load(board), graph, x)

    expected = reference.run(graph, x).reshape(-1).astype(np.int64)
    assert np.abs(counted.output - expected).max() <= most
    assert len(np.unique(counted.output)) > 2
    assert counted.instructions > sum(one.num_elements for one in graph.tensors.values())


@pytest.mark.qemu
def test_a_convolution_alone_is_exact() -> None:
    graph = pointwise_graph(num_in=5, num_out=3, height=4, width=6)
    x = np.random.default_rng(2).integers(-128, 128, (4, 6, 5)).astype(np.int8)

    counted = cmsis_nn.count(open_checkout(STAND_IN), catalog.load("mps2-an386"), graph, x)

    np.testing.assert_array_equal(counted.output, reference.run(graph, x).reshape(-1))


def changed(folder: Path, old: str, new: str) -> Path:
    """Return a copy of the stand-in with other text in its headers."""
    (folder / "Include").mkdir()
    for header in (STAND_IN / "Include").glob("*.h"):
        (folder / "Include" / header.name).write_text(header.read_text().replace(old, new))
    return folder


def test_a_folder_that_is_no_checkout_says_which_file_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(CheckoutError, match=r"no checkout of CMSIS-NN: Include/arm_nnfunctions.h"):
        open_checkout(tmp_path)


def test_functions_of_other_arguments_are_refused(tmp_path: Path) -> None:
    folder = changed(
        tmp_path,
        "arm_convolve_wrapper_s8(const cmsis_nn_context *ctx,",
        "arm_convolve_wrapper_s8(const cmsis_nn_context *ctx, const cmsis_nn_context *sums,",
    )

    with pytest.raises(CheckoutError, match="arm_convolve_wrapper_s8 takes 12 arguments"):
        open_checkout(folder)


def test_the_arguments_of_sums_are_counted_as_they_are_declared(tmp_path: Path) -> None:
    folder = changed(
        tmp_path,
        "const int32_t lhs_offset,",
        "const int32_t lhs_offset, const int32_t rhs_offset,",
    )

    assert open_checkout(STAND_IN).num_sum_arguments == 6
    assert open_checkout(folder).num_sum_arguments == 7


def test_sums_are_called_with_as_many_arguments_as_they_take() -> None:
    _, graph, _ = network(AD01)
    x = np.zeros(graph.tensors[graph.input].shape, np.int8)

    texts = {n: network_source(graph, x, num_sum_arguments=n) for n in (4, 6, 7)}

    assert "arm_vector_sum_s8(sums_0, 640, 128, weights_0);" in texts[4]
    assert "weights_0, params_0.input_offset, biases_0);" in texts[6]
    assert "weights_0, params_0.input_offset, 0, biases_0);" in texts[7]


def test_operators_without_a_call_are_named() -> None:
    graph = residual_network()

    with pytest.raises(GraphError, match=r"the harness has no call of CMSIS-NN for .*ADD"):
        network_source(graph, np.zeros(1, np.int8), num_sum_arguments=6)
