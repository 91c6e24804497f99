# SPDX-License-Identifier: Apache-2.0
"""A float32 network and samples of its input in, the int8 network of least error out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from boards.compress.equalization import equalize
from boards.compress.int8 import quantize
from boards.compress.ranges import RangeMethod
from boards.compress.widths import EVERY_WIDE, Widths
from boards.errors import GraphError
from boards.graph import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantized:
    """An int8 network, and what that costs on the samples that it was calibrated with.

    Parameters
    ----------
    graph : Graph
        int8; its metadata tells how it was calibrated.
    num_samples : int
    plain_error, error : float
        Mean square of int8 less float32 over that of float32, at the output: with ranges from the
        least to the greatest value, and as it is, with ranges chosen and channels evened out.
    """

    graph: Graph
    num_samples: int
    plain_error: float
    error: float


def is_float(graph: Graph) -> bool:
    """Return whether a network holds nothing but float32."""
    return all(tensor.dtype == "float32" for tensor in graph.tensors.values())


def quantize_model(
    graph: Graph, samples: NDArray[np.float32], *, weight_bits: Widths = EVERY_WIDE
) -> Quantized:
    """Quantize a float32 network, with evened channels and without, and keep what errs less.

    Parameters
    ----------
    graph : Graph
        A float32 network.
    samples : float32 [num_samples, ...]
        Inputs as the network will meet them, of the shape that it reads; some dozens are enough.
    weight_bits : Widths
        What weights take; layers that it does not mention take 8 bits.

    Raises
    ------
    GraphError
        The network cannot be quantized, or the samples or the layers do not fit it.
    """
    as_it_is = quantize(graph, samples, weight_bits=weight_bits)
    evened = quantize(equalize(graph, samples), samples, weight_bits=weight_bits)
    errors = _errors(as_it_is)
    best = min((as_it_is, evened), key=lambda one: min(_errors(one).values()))
    return Quantized(
        graph=best,
        num_samples=len(samples),
        plain_error=errors[RangeMethod.MIN_MAX],
        error=min(_errors(best).values()),
    )


def shape_of_samples(graph: Graph) -> str:
    """Say of what shape samples for a network are."""
    return str(["num_samples", *graph.tensors[graph.input].shape]).replace("'", "")


def load_samples(path: Path, graph: Graph) -> NDArray[np.float32]:
    """Read the inputs of a network from an `.npy` file, float32 [num_samples, ...].

    Raises
    ------
    GraphError
        The file cannot be read, or does not hold such an array.
    """
    wanted = graph.tensors[graph.input].shape
    try:
        samples = np.load(path, allow_pickle=False)
    except OSError as error:
        raise GraphError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (ValueError, EOFError) as error:
        raise GraphError(f"{path}: no .npy file of numbers ({error})") from None
    if not isinstance(samples, np.ndarray):
        raise GraphError(f"{path}: several arrays; save one with numpy.save")
    if samples.dtype != np.float32 or samples.shape[1:] != wanted or len(samples) == 0:
        raise GraphError(
            f"{path}: {samples.dtype} {list(samples.shape)}; network {graph.name!r} is calibrated "
            f"with float32 {shape_of_samples(graph)}"
        )
    if not np.isfinite(samples).all():
        raise GraphError(f"{path}: holds what is infinite or no number")
    return samples


def _errors(graph: Graph) -> dict[str, float]:
    """Return the error reached by each way of choosing ranges, as the quantizer tells it."""
    told = (part.rsplit(" ", 1) for part in graph.metadata["calibration_error"].split(", "))
    return {method: float(error) for method, error in told}
