# SPDX-License-Identifier: Apache-2.0
"""Which body of a kernel a core runs, as `firmware/kernels/simd.h` decides it."""

from enum import StrEnum


class Body(StrEnum):
    """Bodies compute the same integers, in different time and with different working memory."""

    PORTABLE = "portable"
    SCALAR = "scalar"
    DSP = "dsp"
    MVE = "mve"
