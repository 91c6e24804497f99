/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The high word of a product, rounded: floor((a * b + 2^31) / 2^32).
 */
#ifndef AIRLOOP_KERNELS_HIGH_PRODUCT_H
#define AIRLOOP_KERNELS_HIGH_PRODUCT_H

#include <stdint.h>

#if defined(__arm__) && __ARM_ARCH_ISA_THUMB == 1

/**
 * For cores that multiply 32 by 32 bits to 32. b is not negative.
 *
 * With a = 2^16 a1 + a0 and b likewise, the lowest 16 bits of a0 * b0 cannot carry into the result.
 */
static inline int32_t high_product(int32_t a, int32_t b)
{
    const int32_t a1 = a >> 16;
    const int32_t b1 = b >> 16;
    const uint32_t a0 = (uint32_t)a & 0xFFFFu;
    const uint32_t b0 = (uint32_t)b & 0xFFFFu;
    const int32_t middle = a1 * (int32_t)b0 + (int32_t)(a0 * b0 >> 16);
    const uint32_t rest = a0 * (uint32_t)b1 + ((uint32_t)middle & 0xFFFFu) + 0x8000u;
    return a1 * b1 + (middle >> 16) + (int32_t)(rest >> 16);
}

#else

static inline int32_t high_product(int32_t a, int32_t b)
{
#ifdef __arm__
    const int64_t product = (int64_t)a * b; /* two instructions, where the sum would be three */
    return (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
#else
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32);
#endif
}

#endif

#endif
