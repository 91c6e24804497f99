/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Functions of integers by table and straight lines between its entries.
 *
 * Twin: receivers/mimo/integer/functions.py (equal bit for bit, tests/firmware/test_detectors.py)
 */
#ifndef AIRLOOP_KERNELS_FIXED_POINT_H
#define AIRLOOP_KERNELS_FIXED_POINT_H

#include "kernels/simd.h"

#include <stddef.h>
#include <stdint.h>

#define FIXED_FEATURE_BITS 11 /**< behind the point of what a network knows of a node */
#define FIXED_SPREAD_BITS 20  /**< of the variance of what is left of a node */
#define FIXED_LOGIT_BITS 8
#define FIXED_WEIGHT_BITS 15 /**< of a probability, and of the variance of a level */

/** Return ln of 1 .. 2^31 - 1 with FIXED_SPREAD_BITS, with FIXED_FEATURE_BITS. */
int32_t fixed_ln(uint32_t spread);

/** Return exp(-x) of x with FIXED_LOGIT_BITS, with FIXED_WEIGHT_BITS. */
uint32_t fixed_exp(uint32_t below);

/** Return tanh, both with FIXED_FEATURE_BITS. */
int32_t fixed_tanh(int32_t value);

/** Return the nearest value within int16. */
static inline int32_t fixed_saturated(int32_t value)
{
#if AIRLOOP_SIMD
    int32_t kept;
    __asm__("ssat %0, #16, %1" : "=r"(kept) : "r"(value));
    return kept;
#else
    const int32_t low = value < INT16_MIN ? INT16_MIN : value;
    return low > INT16_MAX ? INT16_MAX : low;
#endif
}

/** Return the nearest value within 0 .. 2^15 - 1. */
static inline int32_t fixed_positive(int32_t value)
{
#if AIRLOOP_SIMD
    int32_t kept;
    __asm__("usat %0, #15, %1" : "=r"(kept) : "r"(value));
    return kept;
#else
    const int32_t low = value < 0 ? 0 : value;
    return low > INT16_MAX ? INT16_MAX : low;
#endif
}

/** Return the nearest value within +-limit. */
static inline int32_t fixed_clipped(int32_t value, int32_t limit)
{
    const int32_t low = value < -limit ? -limit : value;
    return low > limit ? limit : low;
}

/** Return value * factor / 2^32, rounded down. */
static inline int32_t fixed_high(int32_t value, int32_t factor)
{
    return (int32_t)(((int64_t)value * factor) >> 32);
}

#endif
