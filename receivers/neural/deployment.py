# SPDX-License-Identifier: Apache-2.0
"""From trained weights to the int8 network of a device, and the receiver around it."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from boards import importer
from boards.compress import int8
from boards.compress.equalization import balance, equalize, rescale
from boards.compress.widths import EVERY_WIDE, Widths
from boards.graph import Graph, Quantization
from channels.scenario import Scenario
from receivers.neural.planes import data_llrs, planes
from receivers.neural.weights import Weights
from sim.link import Link
from sim.slot import Observation

CALIBRATION_SEED = 0xCA11  # far from the seeds that trials use
CALIBRATION_SLOTS = 64


class Executor(Protocol):
    """Whatever runs a compiled network: the twin, or a device behind a link."""

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return int8 [height, width, num_out] for int8 [height, width, num_in]."""
        ...


class QuantizedReceiver:
    """The neural receiver in int8; satisfies `Receiver`.

    The host only scales planes to int8 and LLRs back; the network itself runs on the executor.

    Parameters
    ----------
    graph : Graph
        The quantized network; tells the scales of input and output.
    executor : Executor
        Runs its image.
    """

    def __init__(self, graph: Graph, executor: Executor) -> None:
        self._input = _quantization(graph, graph.input)
        self._output = _quantization(graph, graph.output)
        self._executor = executor

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        x = quantize_planes(planes(observation), self._input)
        y = np.stack([self._executor.run(slot) for slot in x])
        llr = (y.astype(np.float32) - self._output.zero_point) * np.float32(self._output.scale[0])
        return data_llrs(torch.from_numpy(llr).permute(0, 3, 1, 2), observation)


def quantize_planes(seen: Tensor, quantization: Quantization) -> NDArray[np.int8]:
    """Return int8 [num_slots, num_symbols, num_subcarriers, num_planes] of float32 planes."""
    scaled = seen.permute(0, 2, 3, 1).numpy() / quantization.scale[0] + quantization.zero_point
    integers: NDArray[np.int8] = np.clip(np.rint(scaled), -128, 127).astype(np.int8)
    return integers


class Requantizer:
    """Turns changed weights of a network into int8 graphs that differ in little but the weights.

    Parameters
    ----------
    weights : Weights
        Before any change; not kept.
    scenario : Scenario
        Gives the grid, and the slots that the quantizer looks at, once.
    """

    def __init__(self, weights: Weights, scenario: Scenario) -> None:
        self._program, self._name = _export(weights, scenario), f"neural-{weights.size}"
        graph = importer.from_exported_program(self._program, name=self._name)
        slots = list(calibration(scenario))
        self._factors = balance(graph, slots)
        self._first = int8.quantize(rescale(graph, self._factors), slots)

    @property
    def graph(self) -> Graph:
        """Return the int8 network before any change."""
        return self._first

    def requantized(self, network: nn.Module) -> Graph:
        """Return the int8 network with the weights of `network`, and the scales it had before."""
        self._program.state_dict.update(network.state_dict())
        graph = importer.from_exported_program(self._program, name=self._name)
        return int8.requantize(rescale(graph, self._factors), self._first)


def float_graph(weights: Weights, scenario: Scenario) -> Graph:
    """Return the network as a float graph for the scenario's grid."""
    return importer.from_exported_program(_export(weights, scenario), name=f"neural-{weights.size}")


def _export(weights: Weights, scenario: Scenario) -> torch.export.ExportedProgram:
    grid = scenario.grid
    planes_in = weights.network.stem.in_channels
    example = torch.zeros(1, planes_in, grid.num_symbols, grid.num_subcarriers)
    return torch.export.export(weights.network, (example,))


def int8_graph(weights: Weights, scenario: Scenario, *, weight_bits: Widths = EVERY_WIDE) -> Graph:
    """Return the network, its channels evened out, quantized on slots of the scenario itself.

    Layers that `weight_bits` does not mention take 8 bits; raises GraphError if it names one that
    the network does not have.
    """
    slots = list(calibration(scenario))
    evened = equalize(float_graph(weights, scenario), slots)
    return int8.quantize(evened, slots, weight_bits=weight_bits)


def calibration(scenario: Scenario) -> Iterator[NDArray[np.float32]]:
    """Yield the input planes of slots spread over the scenario's SNR grid.

    Each is float32 [num_symbols, num_subcarriers, num_planes].
    """
    link = Link(scenario, seed=CALIBRATION_SEED)
    values = scenario.snr.values
    snr_db = np.array([values[i % len(values)] for i in range(CALIBRATION_SLOTS)])
    seen = planes(link.slots(0, CALIBRATION_SLOTS, snr_db=snr_db).observation)
    yield from seen.permute(0, 2, 3, 1).contiguous().numpy()


def _quantization(graph: Graph, name: str) -> Quantization:
    quantization = graph.tensors[name].quantization
    if quantization is None:
        raise ValueError(
            f"tensor {name} of {graph.name} is not quantized; quantize the graph first"
        )
    return quantization
