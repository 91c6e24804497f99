/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rescaling of four sums at a time with Helium.
 */
#ifndef AIRLOOP_KERNELS_MVE_H
#define AIRLOOP_KERNELS_MVE_H

#include "kernels/simd.h"

#if AIRLOOP_MVE

#include <arm_mve.h>

/** Saturate to int8; of each int32 only the lowest byte counts. */
static inline int32x4_t mve_saturate(int32x4_t y)
{
    const int16x8_t half = vqmovnbq_s32(vreinterpretq_s16_s32(y), y);
    return vreinterpretq_s32_s8(vqmovnbq_s16(vreinterpretq_s8_s16(half), half));
}

/** The rescaling of kernels/fast_rescale.h, with n negative: int8 in the lowest byte of int32. */
static inline int32x4_t mve_rescale(int32x4_t sums, int32x4_t bias, int32x4_t factor,
                                    int32x4_t offset, int32x4_t minus_n)
{
    const int32x4_t twice = vaddq_s32(vshlq_n_s32(sums, 1), bias);
    const int32x4_t high = vaddq_s32(vrmulhq_s32(twice, factor), offset);
    const int32x4_t y = vshlq_s32(vaddq_s32(high, vshrq_n_s32(twice, 31)), minus_n);
    return mve_saturate(y);
}

/** The same where some are shifted to the left, with shift + 1. */
static inline int32x4_t mve_rescale_any(int32x4_t sums, int32x4_t bias, int32x4_t factor,
                                        int32x4_t offset, int32x4_t shift_and_1)
{
    const int32x4_t left = vmaxq_s32(shift_and_1, vdupq_n_s32(1));
    const int32x4_t minus_n = vsubq_s32(shift_and_1, left);
    const int32x4_t a = vaddq_s32(vshlq_s32(sums, left), bias);
    const int32x4_t is_below = vandq_s32(vshrq_n_s32(a, 31), vshrq_n_s32(minus_n, 31));
    const int32x4_t high = vaddq_s32(vrmulhq_s32(a, factor), offset);
    const int32x4_t y = vshlq_s32(vaddq_s32(high, is_below), minus_n);
    return mve_saturate(y);
}

#endif

#endif
