/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which body of a kernel a core runs, and the instructions of the Armv7E-M DSP extension that
 * kernels use.
 *
 * AIRLOOP_SIMD is 1 where the extension exists (Cortex-M4, M7, M33, M55), AIRLOOP_MVE where Helium
 * does (M55), AIRLOOP_DSP where only the former does, AIRLOOP_SCALAR on Arm cores without either
 * (M0, M3): there, a multiplication takes one value, and memory is scarce. Elsewhere the portable
 * bodies run, which are written for compilers that vectorise.
 *
 * A word holds two int16: `low` is bits 0..15, `high` is bits 16..31.
 */
#ifndef AIRLOOP_KERNELS_SIMD_H
#define AIRLOOP_KERNELS_SIMD_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && __ARM_ARCH >= 7
#define AIRLOOP_SIMD 1
#else
#define AIRLOOP_SIMD 0
#endif

#ifdef __ARM_FEATURE_MVE
#define AIRLOOP_MVE 1
#else
#define AIRLOOP_MVE 0
#endif

#define AIRLOOP_DSP (AIRLOOP_SIMD && !AIRLOOP_MVE)

#if defined(__arm__) && !AIRLOOP_SIMD
#define AIRLOOP_SCALAR 1
#else
#define AIRLOOP_SCALAR 0
#endif

#if AIRLOOP_SIMD

#include <arm_acle.h>

/** Read four int8 that need not be aligned. */
static inline uint32_t simd_load4(const int8_t *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/** Bytes 0 and 2, sign-extended: low = byte 0, high = byte 2. */
static inline uint32_t simd_even(uint32_t bytes)
{
    return (uint32_t)__sxtb16((int8x4_t)bytes);
}

/** Bytes 1 and 3, sign-extended: low = byte 1, high = byte 3. */
static inline uint32_t simd_odd(uint32_t bytes)
{
    uint32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(bytes));
    return pair;
}

/** low = low of a, high = low of b. */
static inline uint32_t simd_lows(uint32_t a, uint32_t b)
{
    uint32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

/** low = high of a, high = high of b. */
static inline uint32_t simd_highs(uint32_t a, uint32_t b)
{
    uint32_t pair;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(b), "r"(a));
    return pair;
}

/** Both halves doubled. */
static inline uint32_t simd_double(uint32_t pair)
{
    return (uint32_t)__sadd16((int16x2_t)pair, (int16x2_t)pair);
}

/** Both halves times a power of two; what leaves them is dropped. */
static inline uint32_t simd_scaled(uint32_t pair, uint32_t gain)
{
    return ((pair >> 16) * gain << 16) | ((pair * gain) & 0xFFFFu);
}

/** Both halves of b taken from those of a. */
static inline uint32_t simd_subtract(uint32_t a, uint32_t b)
{
    return (uint32_t)__ssub16((int16x2_t)a, (int16x2_t)b);
}

/** sum + low * low + high * high. */
static inline int32_t simd_dot2(uint32_t a, uint32_t b, int32_t sum)
{
    return __smlad((int16x2_t)a, (int16x2_t)b, sum);
}

/** sum + low of a * high of b - high of a * low of b. */
static inline int32_t simd_cross2(uint32_t a, uint32_t b, int32_t sum)
{
    return __smlsdx((int16x2_t)a, (int16x2_t)b, sum);
}

/** Read two words, 4-byte aligned, from a place that moves on behind them. */
#define SIMD_LOAD_NEXT(first, second, from)                                                        \
    __asm__ volatile("ldrd %0, %1, [%2], #8"                                                       \
                     : "=&r"(first), "=&r"(second), "+&r"(from)                                    \
                     :                                                                             \
                     : "memory")

#endif

#endif
