/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The rescaling of kernels/rescale.h in a few instructions, for accumulators held at twice their
 * value; in four with the DSP extension.
 *
 * With a = 2 * accumulator, n = -shift, M = multiplier:
 *
 *     v = floor((a * M + 2^31) / 2^32) + (zero_point << n) + 2^(n-1) - (a < 0)     SMMLAR
 *     y = saturate8(v >> n)                                                       ASR, SSAT
 *
 * This is exact where `fast_rescale_fits` holds. Taking the sign of `a` instead of that of the
 * product differs only for products that round to -0, and (2^(n-1) - 1) >> n is 0 for n >= 1.
 */
#ifndef AIRLOOP_KERNELS_FAST_RESCALE_H
#define AIRLOOP_KERNELS_FAST_RESCALE_H

#include "kernels/high_product.h"
#include "kernels/rescale.h"
#include "kernels/simd.h"

#include <stddef.h>

/** More multiply-accumulates than this a value, and sums might leave 2^28. */
#define FAST_RESCALE_MAX_DEPTH 8192u
#define FAST_RESCALE_MAX_BIAS (INT32_C(1) << 28)
#define FAST_RESCALE_MAX_SHIFT 22

typedef struct {
    int32_t bias;   /**< twice the channel's bias */
    int32_t factor; /**< the multiplier */
    int32_t offset; /**< (zero_point << n) + 2^(n-1) */
    int32_t n;      /**< 1 .. FAST_RESCALE_MAX_SHIFT */
} fast_rescale_t;

/** Return whether sums of at most `depth` products may take the fast way on this channel. */
static inline bool fast_rescale_fits(const rescale_t *r, const output_range_t *o, size_t depth)
{
    const bool is_whole_range = o->activation_min == INT8_MIN && o->activation_max == INT8_MAX;
    const bool is_shift_right = r->shift <= -1 && r->shift >= -FAST_RESCALE_MAX_SHIFT;
    const bool is_small = r->bias >= -FAST_RESCALE_MAX_BIAS && r->bias <= FAST_RESCALE_MAX_BIAS;
    return is_whole_range && (is_shift_right || r->multiplier == 0) && is_small &&
           depth <= FAST_RESCALE_MAX_DEPTH;
}

/** Return the constants of a channel that fits. */
static inline fast_rescale_t fast_rescale_prepare(const rescale_t *r, const output_range_t *o)
{
    const int32_t n = r->multiplier == 0 ? 1 : -r->shift;
    return (fast_rescale_t){.bias = 2 * r->bias,
                            .factor = r->multiplier,
                            .offset = o->zero_point * (1 << n) + (1 << (n - 1)),
                            .n = n};
}

static inline int32_t fast_saturate(int32_t y)
{
#if defined(__arm__) && __ARM_ARCH_ISA_THUMB >= 2
    __asm__("ssat %0, #8, %0" : "+r"(y));
    return y;
#elif defined(__arm__)
    const int32_t below = y - INT8_MIN; /* without branches: as long whatever the value is */
    const int32_t low = y - (below & (below >> 31));
    const int32_t above = low - INT8_MAX;
    return low - (above & ~(above >> 31));
#else
    const int32_t low = y < INT8_MIN ? INT8_MIN : y;
    return low > INT8_MAX ? INT8_MAX : low;
#endif
}

/** Rescale twice a sum by the constants of its channel. */
static inline int8_t fast_rescale(int32_t twice, int32_t factor, int32_t offset, int32_t n)
{
#if AIRLOOP_SIMD
    int32_t high;
    const int32_t addend = offset + (twice >> 31);
    __asm__("smmlar %0, %1, %2, %3" : "=r"(high) : "r"(twice), "r"(factor), "r"(addend));
#else
    const int32_t high = high_product(twice, factor) + offset + (twice >> 31);
#endif
    return (int8_t)fast_saturate(high >> n);
}

#endif
