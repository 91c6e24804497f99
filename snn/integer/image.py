# SPDX-License-Identifier: Apache-2.0
"""From a spiking network in integers to the bytes of an image.

Layout and order of everything are described in `firmware/image/image.h` and in the headers of
`firmware/kernels/spiking_*.h`.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from boards.compiler import seal_operators
from boards.image import Image
from boards.layout import OperatorRecord, TensorRecord, aligned
from boards.lowering.lowered import Lowered
from boards.parameters import DeviceKind, Spiking
from snn.integer.network import IntegerLayer, IntegerNetwork, IntegerReadout

_TALLY_BYTES = 16
_READOUT_BITS = 8
_ROW_BITS = 64


def compile_network(network: IntegerNetwork) -> Image:
    """Return the image of a network; equal networks give equal bytes."""
    places = _places(network)
    start = next(places)
    lowered: list[Lowered] = []
    place, room = start, network.max_events
    for layer in network.layers:
        one = _layer(layer, room, place, next(places), next(places))
        lowered.append(one)
        place, room = one.record.output, layer.num_neurons
    lowered.append(_readout(network.readout, place, next(places), next(places)))
    data = seal_operators(
        lowered,
        name=network.name,
        activation_bytes=next(places),
        ends=(
            _bytes_at(start, 1 + network.max_events, 2),
            _bytes_at(lowered[-1].record.output, network.readout.num_classes, 4),
        ),
        loads={},
    )
    return Image(data, f"image of {network.name!r}")


def _places(network: IntegerNetwork) -> Iterator[int]:
    """Yield where the list of inputs lies, then states and output of each operator, and the end."""
    sizes = [_list_bytes(network.max_events)]
    for layer in network.layers:
        sizes += [
            _TALLY_BYTES + 4 * layer.num_states * layer.num_neurons,
            _list_bytes(layer.num_neurons),
        ]
    sizes += [_TALLY_BYTES + 4 * network.readout.num_classes, 4 * network.readout.num_classes]
    place = 0
    for size in sizes:
        yield place
        place += aligned(size)
    yield place


def _list_bytes(room: int) -> int:
    return 2 * (1 + room)


def _bytes_at(offset: int, width: int, num_bytes: int) -> TensorRecord:
    """Return a tensor that says no more than where bytes lie and how many."""
    return TensorRecord(offset, 1, width, num_bytes, 0, 0.0)


def _layer(layer: IntegerLayer, room: int, place: int, states: int, output: int) -> Lowered:
    rows = [layer.weights] if layer.recurrent is None else [layer.weights, layer.recurrent]
    parts = [_neurons(layer), *(_rows(one, bits=layer.weight_bits) for one in rows)]
    parameters = Spiking(
        max_events=room,
        num_in=layer.num_inputs,
        num_out=layer.num_neurons,
        num_states=layer.num_states,
        is_recurrent=int(layer.recurrent is not None),
        weights_shift=layer.weights_shift,
        recurrent_shift=layer.recurrent_shift,
        leak_shift=layer.leak_shift,
        threshold=layer.threshold,
        sum_limit=layer.sum_limit,
    )
    record = OperatorRecord(
        kind=DeviceKind.SPIKING_LAYER,
        inputs=(place, states),
        output=output,
        weight_bits=layer.weight_bits,
        macs=sum(one.size for one in rows),
        parameters=parameters,
    )
    return Lowered(record=record, weights=_joined(parts))


def _readout(readout: IntegerReadout, place: int, sums: int, output: int) -> Lowered:
    num_in = len(readout.weights)
    record = OperatorRecord(
        kind=DeviceKind.SPIKE_READOUT,
        inputs=(place, sums),
        output=output,
        weight_bits=_READOUT_BITS,
        macs=readout.weights.size,
        parameters=Spiking(
            max_events=num_in,
            num_in=num_in,
            num_out=readout.num_classes,
            max_steps=readout.max_steps,
        ),
    )
    parts = [readout.bias.astype("<i4").tobytes(), readout.weights.tobytes()]
    return Lowered(record=record, weights=_joined(parts))


def _joined(parts: Sequence[bytes]) -> bytes:
    return b"".join(part.ljust(aligned(len(part)), b"\0") for part in parts)


def _neurons(layer: IntegerLayer) -> bytes:
    """Return what `spiking_neuron1_t` or `spiking_neuron2_t` holds, neuron by neuron."""
    leak = layer.leak.transpose(2, 0, 1).reshape(layer.num_neurons, -1)
    if layer.num_states == 1:
        leak = np.pad(leak, ((0, 0), (0, 1)))
    fields = [np.ascontiguousarray(leak, dtype="<i2").view("<i4")]
    fields += [one.T.astype("<i4") for one in (layer.gain, layer.bias, layer.reset)]
    return np.concatenate(fields, axis=1).tobytes()


def _rows(weights: NDArray[np.int8], *, bits: int) -> bytes:
    """Return rows of raised weights, each rounded up to whole pairs of words."""
    missing = -weights.shape[1] % (_ROW_BITS // bits)
    raised = np.pad(weights.astype(np.int16), ((0, 0), (0, missing))) + (1 << (bits - 1))
    if bits == 4:
        eights = raised.reshape(len(raised), -1, 2, 4)
        raised = eights[:, :, 0] | eights[:, :, 1] << 4
    return raised.astype(np.uint8).tobytes()
