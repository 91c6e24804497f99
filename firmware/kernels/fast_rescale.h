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
 * This is exact where all of a group's channels have WAY_RIGHT. Taking the sign of `a` instead of
 * that of the product differs only for products that round to -0, and (2^(n-1) - 1) >> n is 0 for
 * n >= 1.
 *
 * A factor of 1/2 and more is rounded once, ties up, with n = 0 and a further shift to the left:
 *
 *     a = 2^left * accumulator, left = max(shift + 1, 1), n = left - shift - 1
 *     v = floor((a * M + 2^31) / 2^32) + (zero_point << n) + (2^n >> 1) - (a < 0 and n > 0)
 *
 * which is exact for channels that have WAY_ANY, at four instructions more.
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
#define FAST_RESCALE_MAX_LEFT 6

typedef struct {
    int32_t bias;   /**< twice the channel's bias; WAY_ANY: 2^left times */
    int32_t factor; /**< the multiplier */
    int32_t offset; /**< (zero_point << n) + (2^n >> 1) */
    int32_t n;      /**< 1 .. FAST_RESCALE_MAX_SHIFT; WAY_ANY: left - n, which is shift + 1 */
} fast_rescale_t;

/** How sums may be rescaled; a group of channels has the least of its channels. */
typedef enum { WAY_SLOW, WAY_ANY, WAY_RIGHT } rescale_way_t;

/** Return how sums of at most `depth` products may be rescaled on this channel. */
static inline rescale_way_t fast_rescale_way(const rescale_t *r, const output_range_t *o,
                                             size_t depth)
{
    const bool is_whole_range = o->activation_min == INT8_MIN && o->activation_max == INT8_MAX;
    const bool is_small = r->bias >= -FAST_RESCALE_MAX_BIAS && r->bias <= FAST_RESCALE_MAX_BIAS;
    if (!is_whole_range || !is_small || depth > FAST_RESCALE_MAX_DEPTH) {
        return WAY_SLOW;
    }
    if (r->multiplier == 0 || (r->shift <= -1 && r->shift >= -FAST_RESCALE_MAX_SHIFT)) {
        return WAY_RIGHT;
    }
    const int32_t most =
        (int32_t)depth * (INT8_MIN * INT8_MIN) + (r->bias < 0 ? -r->bias : r->bias);
    return r->shift >= 0 && r->shift <= FAST_RESCALE_MAX_LEFT &&
                   most < INT32_C(1) << (30 - r->shift)
               ? WAY_ANY
               : WAY_SLOW;
}

/** Return the least of two ways. */
static inline rescale_way_t rescale_way_of_both(rescale_way_t a, rescale_way_t b)
{
    return a < b ? a : b;
}

static inline bool fast_rescale_fits(const rescale_t *r, const output_range_t *o, size_t depth)
{
    return fast_rescale_way(r, o, depth) == WAY_RIGHT;
}

/** Return the constants of a channel of a group that has WAY_RIGHT. */
static inline fast_rescale_t fast_rescale_prepare(const rescale_t *r, const output_range_t *o)
{
    const int32_t n = r->multiplier == 0 ? 1 : -r->shift;
    return (fast_rescale_t){.bias = 2 * r->bias,
                            .factor = r->multiplier,
                            .offset = o->zero_point * (1 << n) + (1 << (n - 1)),
                            .n = n};
}

/** By how much the sums of a channel are shifted to the left, 1 or more. */
static inline int32_t fast_rescale_left(int32_t shift_and_1)
{
    return shift_and_1 < 1 ? 1 : shift_and_1;
}

/** Return n, and above 8 bits by how much a word is shifted to the right to be 1 where the sign
 * counts: by 31, or away. For shifts by registers, which mind 8 bits. */
static inline int32_t fast_rescale_shifts(int32_t shift_and_1)
{
    const int32_t n = fast_rescale_left(shift_and_1) - shift_and_1;
    return n | (n > 0 ? 31 : 32) << 8;
}

/** Return the constants of a channel of a group that has WAY_ANY. */
static inline fast_rescale_t fast_rescale_prepare_any(const rescale_t *r, const output_range_t *o)
{
    const int32_t shift_and_1 = r->multiplier == 0 ? 0 : r->shift + 1;
    const int32_t left = fast_rescale_left(shift_and_1);
    const int32_t n = left - shift_and_1;
    return (fast_rescale_t){.bias = r->bias * (1 << left),
                            .factor = r->multiplier,
                            .offset = o->zero_point * (1 << n) + (1 << n >> 1),
                            .n = shift_and_1};
}

/** Return the constants of a channel as the way of its group wants them. */
static inline fast_rescale_t fast_rescale_constants(const rescale_t *r, const output_range_t *o,
                                                    rescale_way_t way)
{
    return way == WAY_RIGHT ? fast_rescale_prepare(r, o)
           : way == WAY_ANY ? fast_rescale_prepare_any(r, o)
                            : (fast_rescale_t){0};
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

/** Rescale 2^left times a sum; n may be 0. */
static inline int8_t fast_rescale_shifted(int32_t a, int32_t factor, int32_t offset, int32_t n)
{
    const int32_t high = high_product(a, factor) + offset + (n > 0 ? a >> 31 : 0);
    return (int8_t)fast_saturate(high >> n);
}

/** Rescale a sum by the constants of WAY_ANY. */
static inline int8_t fast_rescale_any(int32_t sum, fast_rescale_t f)
{
    const int32_t left = fast_rescale_left(f.n);
    return fast_rescale_shifted(sum * (1 << left) + f.bias, f.factor, f.offset, left - f.n);
}

#endif
