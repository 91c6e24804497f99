/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/dense_s8.h"

#include "kernels/convolution.h"
#include "kernels/simd.h"

#define OUTPUTS 4u
#define DEPTH 4u
#define ONES 0x00010001u

size_t dense_s8_scratch_bytes(const dense_params_t *p)
{
    return round_up(sizeof(int16_t) * round_up(p->num_in, DEPTH), 16);
}

#define MAX_FAST_SHIFT 22

/** Not inlined: it is rare, and long. */
static __attribute__((noinline)) int8_t finish_slowly(int32_t sum, const rescale_t *r,
                                                      const output_range_t *range)
{
    return rescale_once_to_s8(sum, r, range);
}

/**
 * What becomes of a sum, see `rescale_once_to_s8`: where at least 33 bits are shifted out, rounding
 * adds to the high word alone.
 */
static inline int8_t finish(int32_t sum, const rescale_t *r, const output_range_t *range)
{
    const int32_t n = -1 - r->shift;
    if ((uint32_t)(n - 1) >= MAX_FAST_SHIFT) {
        return finish_slowly(sum, r, range);
    }
    const int32_t offset = (2 * range->zero_point + 1) * (1 << (n - 1));
    const int32_t biased = (int32_t)((uint32_t)sum + (uint32_t)r->bias);
    const int32_t high = (int32_t)(((int64_t)biased * r->multiplier) >> 32);
    const int32_t y = (high + offset) >> n;
    const int32_t low = y < range->activation_min ? range->activation_min : y;
    return (int8_t)(low > range->activation_max ? range->activation_max : low);
}

#if AIRLOOP_SIMD

/** Spread a row out as pairs of int16, zeros behind it: of every four values the even ones first,
 * as SXTB16 yields them. @return the sum of the row */
static int32_t spread(const int8_t *restrict input, size_t num_in, void *row)
{
    uint32_t *pairs = row;
    const int8_t *const end = input + num_in / DEPTH * DEPTH;
    int32_t sum = 0;
    for (; input != end; input += DEPTH) {
        const uint32_t four = simd_load4(input);
        pairs[0] = simd_even(four);
        pairs[1] = simd_odd(four);
        sum = simd_dot2(pairs[1], ONES, simd_dot2(pairs[0], ONES, sum));
        pairs += 2;
    }
    if (num_in % DEPTH != 0) {
        uint32_t four = 0;
        memcpy(&four, input, num_in % DEPTH);
        pairs[0] = simd_even(four);
        pairs[1] = simd_odd(four);
        sum = simd_dot2(pairs[1], ONES, simd_dot2(pairs[0], ONES, sum));
    }
    return sum;
}

/** Four values of two outputs: BOTH += x w, U += x (low bytes of w). */
#define DENSE_PAIR(BOTH, U)                                                                        \
    "ldrd %[w0], %[w1], [%[w]], #8\n\t"                                                            \
    "smlad %[" BOTH "], %[even], %[w0], %[" BOTH "]\n\t"                                           \
    "uxtb16 %[w0], %[w0]\n\t"                                                                      \
    "smlad %[" U "], %[even], %[w0], %[" U "]\n\t"                                                 \
    "smlad %[" BOTH "], %[odd], %[w1], %[" BOTH "]\n\t"                                            \
    "uxtb16 %[w1], %[w1]\n\t"                                                                      \
    "smlad %[" U "], %[odd], %[w1], %[" U "]\n\t"

/** Four values of four outputs. */
#define DENSE_STEP                                                                                 \
    "ldrd %[even], %[odd], [%[x]], #8\n\t" DENSE_PAIR("both01", "u0") DENSE_PAIR("both23", "u2")

#define DENSE_STEPS 4u

#define DENSE_ASM(BODY)                                                                            \
    __asm__ volatile(BODY                                                                          \
                     : [x] "+r"(x), [w] "+r"(w), [u0] "+r"(u0), [both01] "+r"(both01),             \
                       [u2] "+r"(u2), [both23] "+r"(both23), [even] "=&r"(even), [odd] "=&r"(odd), \
                       [w0] "=&r"(w0), [w1] "=&r"(w1)                                              \
                     :                                                                             \
                     : "memory")

/** Add the sums of four outputs over a part of the row, `num_steps` times four values. Not inlined:
 * it needs all registers for itself. */
static __attribute__((noinline)) void multiply_part(const uint32_t *x, const uint32_t *w,
                                                    size_t num_steps, int32_t sums[OUTPUTS])
{
    const uint32_t *const fours_end = x + num_steps / DENSE_STEPS * DENSE_STEPS * 2;
    const uint32_t *const end = x + 2 * num_steps;
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
}

/** Sums of four outputs. */
static void multiply(const void *row, const int8_t *weights, size_t depth, int32_t sum_of_row,
                     int32_t sums[OUTPUTS])
{
    const uint32_t *x = row;
    const uint32_t *w = (const uint32_t *)(const void *)weights;
    sums[0] = sums[2] = -128 * sum_of_row;
    sums[1] = sums[3] = 0;
    while (depth > DENSE_S8_PART) {
        multiply_part(x, w, DENSE_S8_PART / DEPTH, sums);
        x += DENSE_S8_PART / 2;
        w += DENSE_S8_PART;
        depth -= DENSE_S8_PART;
    }
    multiply_part(x, w, depth / DEPTH, sums);
}

#else

/** Spread a row out, zeros behind it. @return the sum of the row */
static int32_t spread(const int8_t *restrict input, size_t num_in, void *row)
{
    int16_t *values = row;
    int32_t sum = 0;
    for (size_t k = 0; k < num_in; k++) {
        values[k] = input[k];
        sum += input[k];
    }
    for (size_t k = num_in; k < round_up(num_in, DEPTH); k++) {
        values[k] = 0;
    }
    return sum;
}

/** Sums of four outputs. */
static void multiply(const void *row, const int8_t *weights, size_t depth, int32_t sum_of_row,
                     int32_t sums[OUTPUTS])
{
    const int16_t *x = row;
    const uint8_t *u = (const uint8_t *)weights;
    int32_t s0 = -128 * sum_of_row, s1 = 0, s2 = -128 * sum_of_row, s3 = 0;
    for (size_t k = 0; k < depth; k += DEPTH) {
        for (size_t i = 0; i < DEPTH; i++) {
            const int32_t value = x[k + (i & 1u) * 2 + i / 2];
            s0 += value * u[2 * i];
            s1 += value * (int8_t)u[2 * i + 1];
            s2 += value * u[2 * i + 8];
            s3 += value * (int8_t)u[2 * i + 9];
        }
        u += OUTPUTS * DEPTH;
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#endif

/** The outputs of one block: four, or what is left. */
static void finish_block(const dense_params_t *p, const int32_t sums[OUTPUTS], size_t first,
                         int8_t *output)
{
    const rescale_t *r = p->rescales + first;
    const output_range_t range = p->range;
    if (p->num_out - first >= OUTPUTS) {
        output[0] = finish(sums[0], &r[0], &range);
        output[1] = finish(sums[1], &r[1], &range);
        output[2] = finish(sums[2], &r[2], &range);
        output[3] = finish(sums[3], &r[3], &range);
        return;
    }
    for (size_t i = 0; first + i < p->num_out; i++) {
        output[i] = finish(sums[i], &r[i], &range);
    }
}

void dense_s8(const dense_params_t *p, const int8_t *restrict input, int8_t *restrict output,
              void *restrict scratch)
{
    const size_t depth = round_up(p->num_in, DEPTH);
    for (size_t i = 0; i < p->num_rows; i++) {
        const int32_t sum_of_row = spread(input + i * p->num_in, p->num_in, scratch);
        for (size_t o = 0; o < p->num_out; o += OUTPUTS) {
            int32_t sums[OUTPUTS];
            multiply(scratch, p->weights + o * depth, depth, sum_of_row, sums);
            finish_block(p, sums, o, output + o);
        }
        output += p->num_out;
    }
}
