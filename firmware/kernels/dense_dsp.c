/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for the DSP extension: two int16 products at a time. A row is spread out as pairs of
 * int16.
 */
#include "kernels/convolution.h"
#include "kernels/dense_rows.h"
#include "kernels/dense_s8.h"
#include "kernels/simd.h"

#if AIRLOOP_DSP

#define ONES 0x00010001u

size_t dense_row_bytes(size_t num_in)
{
    return round_up(sizeof(int16_t) * round_up(num_in, DENSE_DEPTH), 16);
}

/** Spread a row out as pairs of int16, zeros behind it: of every four values the even ones first,
 * as SXTB16 yields them. @return the sum of the row */
int32_t dense_spread(const int8_t *restrict input, size_t num_in, void *row)
{
    uint32_t *pairs = row;
    const int8_t *const end = input + num_in / DENSE_DEPTH * DENSE_DEPTH;
    int32_t sum = 0;
    for (; input != end; input += DENSE_DEPTH) {
        const uint32_t four = simd_load4(input);
        pairs[0] = simd_even(four);
        pairs[1] = simd_odd(four);
        sum = simd_dot2(pairs[1], ONES, simd_dot2(pairs[0], ONES, sum));
        pairs += 2;
    }
    if (num_in % DENSE_DEPTH != 0) {
        uint32_t four = 0;
        memcpy(&four, input, num_in % DENSE_DEPTH);
        pairs[0] = simd_even(four);
        pairs[1] = simd_odd(four);
        sum = simd_dot2(pairs[1], ONES, simd_dot2(pairs[0], ONES, sum));
    }
    return sum;
}

/** Four values of two outputs: BOTH += x w, U += x (low bytes of w). */
#define DENSE_PAIR(W, BOTH, U)                                                                     \
    "ldrd %[w0], %[w1], [%[" W "]], #8\n\t"                                                        \
    "smlad %[" BOTH "], %[even], %[w0], %[" BOTH "]\n\t"                                           \
    "uxtb16 %[w0], %[w0]\n\t"                                                                      \
    "smlad %[" U "], %[even], %[w0], %[" U "]\n\t"                                                 \
    "smlad %[" BOTH "], %[odd], %[w1], %[" BOTH "]\n\t"                                            \
    "uxtb16 %[w1], %[w1]\n\t"                                                                      \
    "smlad %[" U "], %[odd], %[w1], %[" U "]\n\t"

/** Four values of four outputs. */
#define DENSE_STEP                                                                                 \
    "ldrd %[even], %[odd], [%[x]], #8\n\t" DENSE_PAIR("w", "both01", "u0")                         \
        DENSE_PAIR("v", "both23", "u2")

#define DENSE_STEPS 4u

#define DENSE_ASM(BODY)                                                                            \
    __asm__ volatile(BODY                                                                          \
                     : [x] "+r"(x), [w] "+r"(w), [v] "+r"(v), [u0] "+r"(u0),                       \
                       [both01] "+r"(both01), [u2] "+r"(u2), [both23] "+r"(both23),                \
                       [even] "=&r"(even), [odd] "=&r"(odd), [w0] "=&r"(w0), [w1] "=&r"(w1)        \
                     :                                                                             \
                     : "memory")

void dense_multiply(const void *row, const int8_t *weights, size_t depth, int32_t told,
                    int32_t sums[DENSE_OUTPUTS])
{
    const uint32_t *x = row;
    const uint32_t *w = (const uint32_t *)(const void *)weights;
    const uint32_t *v = w + depth / 2;
    sums[0] = sums[2] = -128 * told;
    sums[1] = sums[3] = 0;
    for (size_t left = depth; left > 0;) {
        const size_t part = left < DENSE_S8_PART ? left : DENSE_S8_PART;
        const uint32_t *const end = x + part / 2;
        const uint32_t *const fours_end = end - part / DENSE_DEPTH % DENSE_STEPS * 2;
        int32_t u0 = 0, both01 = 0, u2 = 0, both23 = 0;
        uint32_t even, odd, w0, w1;
        while (x != fours_end) {
            DENSE_ASM(DENSE_STEP DENSE_STEP DENSE_STEP DENSE_STEP);
        }
        while (x != end) {
            DENSE_ASM(DENSE_STEP);
        }
        sums[0] += u0;
        sums[1] += (int32_t)((uint32_t)both01 - (uint32_t)u0) >> 8;
        sums[2] += u2;
        sums[3] += (int32_t)((uint32_t)both23 - (uint32_t)u2) >> 8;
        left -= part;
    }
}

#endif
