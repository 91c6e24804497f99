# SPDX-License-Identifier: Apache-2.0
"""How long operators compute, roughly: enough to plan by, and replaced by what a board measures.

Instructions, counted on the emulated boards for the networks of MLPerf Tiny and the receivers
(`pytest benchmarks/test_bench_published.py`), rounded; a cycle is taken for an instruction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from boards.body import Body
from boards.layout import OperatorRecord
from boards.parameters import (
    Copy,
    Dense,
    Detection,
    DeviceKind,
    Join,
    Reduction,
    Rows,
    Spiking,
    Window,
)

_START = 300
_PER_VALUE = 12
_PER_OUTPUT = 15


@dataclass(frozen=True, slots=True)
class _Rates:
    """Instructions a multiply-accumulate."""

    convolution: float
    depthwise: float
    dense: float


_RATES: Mapping[Body, _Rates] = {
    Body.PORTABLE: _Rates(3.0, 4.0, 3.0),
    Body.SCALAR: _Rates(2.4, 4.0, 2.4),
    Body.DSP: _Rates(0.95, 2.5, 1.2),
    Body.MVE: _Rates(0.35, 1.9, 0.35),
}


def estimate(record: OperatorRecord, body: Body) -> int:
    """Return roughly the cycles that an operator takes on a kind of core."""
    rates, parameters = _RATES[body], record.parameters
    if isinstance(parameters, Dense):
        outputs = parameters.num_rows * parameters.num_out
        return round(_START + rates.dense * record.macs + _PER_OUTPUT * outputs)
    if not isinstance(parameters, Window):
        return _START + _PER_VALUE * _num_values(record)
    outputs = parameters.out_height * parameters.out_width * parameters.num_out
    is_depthwise = record.kind is DeviceKind.DEPTHWISE_CONV_2D
    rate = rates.depthwise if is_depthwise else rates.convolution
    return round(_START + rate * record.macs + _PER_OUTPUT * outputs)


def _num_values(record: OperatorRecord) -> int:
    """Return how many values an operator without a window looks at."""
    match record.parameters:
        case Join(sizes=sizes):
            return prod(sizes)
        case Reduction(kept=kept, summed=summed):
            return prod((*kept, *summed))
        case Rows(num_rows=num_rows, num_values=num_values):
            return num_rows * num_values
        case Copy(sizes=sizes, run_bytes=run_bytes):
            return prod(sizes) * run_bytes
        case Window() | Dense() | Spiking() | Detection():
            return 0
