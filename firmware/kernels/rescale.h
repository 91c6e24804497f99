/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Fixed-point rescaling with double rounding, as LiteRT's reference int8 kernels do it.
 *
 * A factor is multiplier / 2^31 * 2^shift. The product is rounded twice: to the nearest integer,
 * ties up, by the doubling high multiplication; to the nearest, ties away from zero, by the shift
 * to the right.
 *
 * Negative values are shifted to the right arithmetically, as every supported compiler does it.
 *
 * Twin:   boards/compress/fixed_point.py (equal bit for bit)
 * Source: Jacob et al., arXiv 1712.05877, appendix B; LiteRT 8-bit quantization specification.
 */
#ifndef AIRLOOP_KERNELS_RESCALE_H
#define AIRLOOP_KERNELS_RESCALE_H

#include <stdbool.h>
#include <stdint.h>

/** The constants of one channel; lies in the image as it is. */
typedef struct {
    int32_t bias;       /**< added to the accumulator before */
    int32_t multiplier; /**< 0 .. 2^31 - 1; 0, or at least 2^30 if it is to be precise */
    int32_t shift;      /**< -31 .. 30, negative to the right */
} rescale_t;

/** Range and zero point of an int8 output. */
typedef struct {
    int16_t zero_point;     /**< -128 .. 127 */
    int16_t activation_min; /**< -128 .. 127 */
    int16_t activation_max; /**< activation_min .. 127 */
} output_range_t;

/** Return x * multiplier / 2^31, nearest, ties up; multiplier is not -2^31. */
static inline int32_t rescale_high(int32_t x, int32_t multiplier)
{
    return (int32_t)(((int64_t)x * multiplier + (INT64_C(1) << 30)) >> 31);
}

/** Return x / 2^exponent, nearest, ties away from zero; exponent is 0 .. 31. */
static inline int32_t rescale_down(int32_t x, int32_t exponent)
{
    const int64_t half = (INT64_C(1) << exponent) >> 1;
    return (int32_t)((x + half - (x < 0 && exponent > 0)) >> exponent);
}

/** Return x * multiplier / 2^31 * 2^shift; what leaves int32 on a shift to the left wraps. */
static inline int32_t rescale(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;
    return rescale_down(rescale_high((int32_t)((uint32_t)x << left), multiplier), right);
}

/** Return an int32 or more as the int8 that is nearest in range. */
static inline int8_t clamp_to_s8(int64_t y, const output_range_t *o)
{
    const int64_t low = y < o->activation_min ? o->activation_min : y;
    return (int8_t)(low > o->activation_max ? o->activation_max : low);
}

/** Return the int8 that an accumulator, bias still missing, comes to. */
static inline int8_t rescale_to_s8(int32_t accumulator, const rescale_t *r, const output_range_t *o)
{
    const int32_t sum = (int32_t)((uint32_t)accumulator + (uint32_t)r->bias);
    return clamp_to_s8((int64_t)rescale(sum, r->multiplier, r->shift) + o->zero_point, o);
}

/** The same with one rounding, ties away from zero. */
static inline int8_t rescale_once_to_s8(int32_t accumulator, const rescale_t *r,
                                        const output_range_t *o)
{
    const int32_t sum = (int32_t)((uint32_t)accumulator + (uint32_t)r->bias);
    const int32_t right = 31 - r->shift;
    const int64_t product = (int64_t)sum * r->multiplier - (sum < 0);
    return clamp_to_s8(((product + (INT64_C(1) << (right - 1))) >> right) + o->zero_point, o);
}

#endif
