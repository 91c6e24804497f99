/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rescaling of four sums at a time with Helium.
 */
#ifndef AIRLOOP_KERNELS_MVE_H
#define AIRLOOP_KERNELS_MVE_H

#include "kernels/rescale.h"
#include "kernels/simd.h"

#include <stddef.h>

#if AIRLOOP_MVE

#include <arm_mve.h>

/** Saturate to int8; of each int32 only the lowest byte counts. */
static inline int32x4_t mve_saturate(int32x4_t y)
{
    const int16x8_t half = vqmovnbq_s32(vreinterpretq_s16_s32(y), y);
    return vreinterpretq_s32_s8(vqmovnbq_s16(vreinterpretq_s8_s16(half), half));
}

/**
 * Constants of four channels of a group that has a way of kernels/fast_rescale.h, whose algebra
 * takes another form here: one instruction doubles, multiplies and rounds, one shifts and rounds.
 *
 *     v = floor((2 a * M + 2^31) / 2^32) - (a < 0 and n > 0), a = 2^left * accumulator
 *     y = saturate8(floor((v + (2^n >> 1)) / 2^n) + zero_point)
 */
typedef struct {
    int32_t bias[4]; /**< before the shift to the left */
    int32_t factor[4];
    int32_t minus_n[4];
    int32_t left[4]; /**< 0 in all with WAY_RIGHT */
} mve_four_t;

/** Write the constants of one of the four. */
static inline void mve_prepare(const rescale_t *r, size_t i, mve_four_t *four)
{
    four->bias[i] = r->bias;
    four->factor[i] = r->multiplier;
    four->minus_n[i] = r->multiplier == 0 ? -1 : r->shift < 0 ? r->shift : 0;
    four->left[i] = r->multiplier != 0 && r->shift > 0 ? r->shift : 0;
}

/** The constants of four channels, in registers. */
typedef struct {
    int32x4_t bias, factor, minus_n, left;
} mve_constants_t;

static inline mve_constants_t mve_load(const mve_four_t *four)
{
    return (mve_constants_t){vld1q_s32(four->bias), vld1q_s32(four->factor),
                             vld1q_s32(four->minus_n), vld1q_s32(four->left)};
}

/** Rescale four sums: int8 in the lowest byte of int32. @param is_any  whether there is WAY_ANY */
static inline int32x4_t mve_rescale(int32x4_t sums, mve_constants_t k, int32_t zero_point,
                                    bool is_any)
{
    const int32x4_t biased = vaddq_s32(sums, k.bias);
    const int32x4_t a = is_any ? vshlq_s32(biased, k.left) : biased;
    const int32x4_t sign = vshrq_n_s32(a, 31);
    const int32x4_t is_below = is_any ? vandq_s32(sign, vshrq_n_s32(k.minus_n, 31)) : sign;
    const int32x4_t v = vaddq_s32(vqrdmulhq_s32(a, k.factor), is_below);
    return mve_saturate(vaddq_n_s32(vrshlq_s32(v, k.minus_n), zero_point));
}

#endif

#endif
