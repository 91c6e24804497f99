# SPDX-License-Identifier: Apache-2.0
"""Random PyTorch networks of every operator, against PyTorch in float32, and as integers."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from boards import image, memory, reference
from boards.affine import to_int8
from boards.compress.pipeline import quantize_model
from boards.graph import Graph, OperatorKind
from boards.importer import from_exported_program
from boards.requantization import quantization_of
from boards.shapes import output_shape
from sim.twin import Twin
from tests.boards.torch_networks import Network

SEEDS = range(60)


def drawn(seed: int) -> tuple[Network, Graph]:
    """Return a random network of one to eight steps, and what it is imported as."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Network(rng, num_steps=int(rng.integers(1, 9))).eval()
    program = torch.export.export(network, (network.example,))
    return network, from_exported_program(program, name=f"network {seed}")


def laid_out(x: torch.Tensor) -> NDArray[np.float32]:
    """Return an activation as a graph has it: planes with channels last, no batch."""
    array: NDArray[np.float32] = x.detach().numpy()[0]
    return np.ascontiguousarray(array.transpose(1, 2, 0) if array.ndim == 3 else array)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.slow
def test_random_networks_compute_what_pytorch_does_and_run_as_integers() -> None:
    kinds: set[OperatorKind] = set()
    errors: list[float] = []
    for seed in SEEDS:
        network, graph = drawn(seed)

        y = reference.run(graph, laid_out(network.example))

        expected = laid_out(network(network.example))
        tolerance = 1e-5 * float(np.abs(expected).max()) + 1e-6
        told = f"{seed}: {network.kinds}"
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=tolerance, err_msg=told)
        for operator in graph.operators:
            assert output_shape(graph, operator) == graph.tensors[operator.output].shape, told
        kinds |= {operator.kind for operator in graph.operators}
        errors.append(error_of_integers(graph, seed))
    assert kinds == set(OperatorKind) - {OperatorKind.QUANTIZE, OperatorKind.DEQUANTIZE}
    assert float(np.median(errors)) < 3e-4
    assert max(errors) < 0.02


def error_of_integers(graph: Graph, seed: int) -> float:
    """Quantize a network, hold the twin against the integer reference, and return the error."""
    shape = graph.tensors[graph.input].shape
    samples = np.random.default_rng(seed).standard_normal((8, *shape)).astype(np.float32)
    quantized = quantize_model(graph, samples)
    compiled = image.compile(quantized.graph, memory.plan(quantized.graph))
    x = to_int8(samples, quantization_of(quantized.graph.tensors[graph.input]))
    y = Twin(compiled).run_batch(x.reshape(-1, *compiled.input_shape))
    expected = reference.run(quantized.graph, x)
    np.testing.assert_array_equal(y.reshape(expected.shape), expected)
    return quantized.error
