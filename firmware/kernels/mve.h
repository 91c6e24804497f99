/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rescaling of four sums at a time with Helium.
 */
#ifndef AIRLOOP_KERNELS_MVE_H
#define AIRLOOP_KERNELS_MVE_H

#include "kernels/simd.h"

#if AIRLOOP_MVE

#include <arm_mve.h>

/** The rescaling of kernels/fast_rescale.h, with n negative: int8 as int32. */
static inline int32x4_t mve_rescale(int32x4_t sums, int32x4_t bias, int32x4_t factor,
                                    int32x4_t offset, int32x4_t minus_n)
{
    const int32x4_t twice = vaddq_s32(vshlq_n_s32(sums, 1), bias);
    const int32x4_t high = vaddq_s32(vrmulhq_s32(twice, factor), offset);
    const int32x4_t y = vshlq_s32(vaddq_s32(high, vshrq_n_s32(twice, 31)), minus_n);
    return vmaxq_s32(vminq_s32(y, vdupq_n_s32(INT8_MAX)), vdupq_n_s32(INT8_MIN));
}

#endif

#endif
