# SPDX-License-Identifier: Apache-2.0
"""Operators that look values up: each by itself, or as powers of a SOFTMAX."""

import numpy as np

from boards.errors import ImageError
from boards.kernels.lookup import table_of
from boards.kernels.softmax import powers_of
from boards.layout import OperatorRecord
from boards.lowering.lowered import Lowered, Site
from boards.parameters import DeviceKind, Rows

_MOST_SUMMED = 4096  # SOFTMAX_S8_MAX_VALUES of firmware/kernels/softmax_s8.h


def lower_lookup(site: Site) -> list[Lowered]:
    """Return a table of 256 int8, for -128, -127, ..., 127."""
    record = OperatorRecord(
        kind=DeviceKind.LOOKUP,
        inputs=(site.place(), 0),
        output=site.output_offset,
        parameters=Rows(num_rows=1, num_values=site.output.num_elements),
    )
    return [Lowered(record=record, weights=table_of(site.graph, site.operator).tobytes())]


def lower_softmax(site: Site) -> list[Lowered]:
    """Return a table of 256 int32: what is summed of an input that is 0, 1, ... below the most."""
    num_values = site.output.shape[-1]
    if num_values > _MOST_SUMMED:
        raise ImageError(f"rows of {num_values} values, they sum {_MOST_SUMMED} at most")
    record = OperatorRecord(
        kind=DeviceKind.SOFTMAX,
        inputs=(site.place(), 0),
        output=site.output_offset,
        parameters=Rows(num_rows=site.output.num_elements // num_values, num_values=num_values),
    )
    powers = powers_of(site.graph, site.operator).astype(np.dtype("<i4"))
    return [Lowered(record=record, weights=powers.tobytes())]
