# SPDX-License-Identifier: Apache-2.0
"""Detectors as images of devices: one operator, elements in, LLRs out."""

from boards.compiler import seal_operators
from boards.errors import ImageError
from boards.image import Image
from boards.layout import OperatorRecord, TensorRecord, aligned
from boards.lowering.lowered import Lowered
from boards.parameters import Detection, DeviceKind
from receivers.errors import UnsuitedProblemError
from receivers.mimo.integer import elements
from receivers.mimo.integer.levels import axis_levels
from sim.mimo.problem import Shape
from sim.modulation import Modulation

LLR_BITS = 3
"""Behind the point of an LLR: steps of 1/8 up to 15.9, beyond which a bit is as good as known."""
MAX_RX_ANT, MAX_TX = 64, 8
_MAX_ELEMENTS = 2**16 - 1
_COMPLEX_MACS = 4


def obstacle(shape: Shape) -> str:
    """Return why devices cannot detect problems of a shape, in one clause; empty when they can."""
    if shape.modulation is Modulation.BPSK:
        return "devices detect QPSK and square QAM, not BPSK, which is real"
    if shape.num_rx_ant > MAX_RX_ANT or shape.num_tx > MAX_TX:
        return f"devices take up to {MAX_RX_ANT} antennas and {MAX_TX} users"
    return ""


def require(name: str, shape: Shape, *, trained: Modulation | None = None) -> None:
    """Raise UnsuitedProblemError if devices cannot detect problems of a shape.

    `trained` is the modulation that a network is for; None where it is none, or not at stake.
    """
    problem = obstacle(shape)
    if not problem and trained is not None and shape.modulation is not trained:
        problem = f"it was trained for {trained}, not for {shape.modulation}"
    if problem:
        raise UnsuitedProblemError(detector=name, problem=problem)


def compile_lmmse(shape: Shape, *, num_elements: int, llr_bits: int = LLR_BITS) -> Image:
    """Return the image of a linear MMSE detector; equal arguments give equal bytes.

    Parameters
    ----------
    shape : Shape
    num_elements : int
        Of a run.
    llr_bits : int
        Behind the point of an LLR, 0 .. 7.

    Raises
    ------
    UnsuitedProblemError
        Devices cannot detect such problems.
    """
    require("lmmse", shape)
    parameters = detection(shape, num_elements=num_elements, llr_bits=llr_bits)
    products = shape.num_rx_ant * shape.num_tx * (shape.num_tx + 3) // 2
    macs = num_elements * _COMPLEX_MACS * products
    return sealed(
        Lowered(
            record=record(DeviceKind.LMMSE_DETECTOR, parameters, macs=macs),
            weights=axis_levels(shape.modulation).tobytes(),
        ),
        parameters,
        name=f"lmmse-{shape.num_tx}x{shape.num_rx_ant}",
    )


def detection(shape: Shape, *, num_elements: int, llr_bits: int) -> Detection:
    """Return what every detector is told.

    Raises
    ------
    ImageError
        No image has so many elements.
    """
    if not 1 <= num_elements <= _MAX_ELEMENTS:
        raise ImageError(
            f"{num_elements} elements a run: an image takes 1 to {_MAX_ELEMENTS}, and longer "
            "blocks run by run"
        )
    return Detection(
        num_elements=num_elements,
        num_rx_ant=shape.num_rx_ant,
        num_tx=shape.num_tx,
        num_axis_bits=shape.modulation.num_bits_per_symbol // 2,
        llr_bits=llr_bits,
    )


def record(kind: DeviceKind, parameters: Detection, *, macs: int) -> OperatorRecord:
    """Return the operator, with its LLRs behind its elements."""
    shape_bytes = input_bytes(parameters)
    return OperatorRecord(
        kind=kind,
        inputs=(0, 0),
        output=aligned(parameters.num_elements * shape_bytes),
        weight_bits=0 if kind is DeviceKind.LMMSE_DETECTOR else 8,
        macs=macs,
        parameters=parameters,
    )


def input_bytes(parameters: Detection) -> int:
    """Return the bytes of an element."""
    shape = Shape(
        num_rx_ant=parameters.num_rx_ant, num_tx=parameters.num_tx, modulation=Modulation.QPSK
    )
    return elements.num_bytes(shape)


def sealed(lowered: Lowered, parameters: Detection, *, name: str) -> Image:
    """Return the image of a detector."""
    one = lowered.record
    num_llrs = parameters.num_tx * 2 * parameters.num_axis_bits
    ends = (
        TensorRecord(0, 1, parameters.num_elements, input_bytes(parameters), 0, 0.0),
        TensorRecord(
            one.output, 1, parameters.num_elements, num_llrs, 0, 2.0**-parameters.llr_bits
        ),
    )
    data = seal_operators(
        [lowered],
        name=name,
        activation_bytes=one.output + aligned(parameters.num_elements * num_llrs),
        ends=ends,
        loads={},
    )
    return Image(data, f"image of {name!r}")
