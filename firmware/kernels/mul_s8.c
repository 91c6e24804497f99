/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/mul_s8.h"

#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

/** What all rows have in common. */
typedef struct {
    const mul_params_t *p;
    rescale_t product;
    fast_rescale_t fast;
} mul_t;

/** A row from a value on; where the products fit, they are rescaled the fast way. */
static inline void mul_values(const mul_t *mul, const join_row_t *row, size_t first, bool is_fast)
{
    const mul_params_t *p = mul->p;
    const fast_rescale_t f = mul->fast;
    for (size_t i = first; i < row->num_values; i++) {
        const int32_t one = row->first[i * row->first_step] - p->input_zero_points[0];
        const int32_t other = row->second[i * row->second_step] - p->input_zero_points[1];
        row->output[i] = is_fast ? fast_rescale(2 * one * other, f.factor, f.offset, f.n)
                                 : rescale_to_s8(one * other, &mul->product, &p->range);
    }
}

static void mul_row(const void *context, const join_row_t *row)
{
    mul_values(context, row, 0, false);
}

static void mul_row_fits(const void *context, const join_row_t *row)
{
    mul_values(context, row, 0, true);
}

#if AIRLOOP_SIMD

/** The same int16 in both halves. */
static uint32_t both(int16_t value)
{
    return simd_lows((uint16_t)value, (uint16_t)value);
}

/** One value: `factor` times the doubled product of two halves; see kernels/fast_rescale.h. */
#define MUL_ONE(HALVES, A, B, Y)                                                                   \
    HALVES " %[" Y "], %[" A "], %[" B "]\n\t"                                                     \
           "add %[t], %[offset], %[" Y "], asr #31\n\t"                                            \
           "smmlar %[" Y "], %[" Y "], %[factor], %[t]\n\t"                                        \
           "asr %[" Y "], %[" Y "], %[n]\n\t"                                                      \
           "ssat %[" Y "], #8, %[" Y "]\n\t"

/** Four values at a time; the last ones of fewer than four are left to the caller. */
static size_t mul_fours(const mul_t *mul, const join_row_t *row)
{
    const mul_params_t *p = mul->p;
    const fast_rescale_t *f = &mul->fast;
    const int8_t *a = row->first;
    const int8_t *b = row->second;
    int8_t *output = row->output;
    const uint32_t zero_a = both(p->input_zero_points[0]);
    const uint32_t zero_b = both(p->input_zero_points[1]);
    const size_t num_done = row->num_values / 4 * 4;
    for (const int8_t *const end = a + num_done; a != end; a += 4, b += 4, output += 4) {
        const uint32_t four_a = simd_load4(a);
        const uint32_t four_b = simd_load4(b);
        const uint32_t even_a = simd_double(simd_subtract(simd_even(four_a), zero_a));
        const uint32_t odd_a = simd_double(simd_subtract(simd_odd(four_a), zero_a));
        const uint32_t even_b = simd_subtract(simd_even(four_b), zero_b);
        const uint32_t odd_b = simd_subtract(simd_odd(four_b), zero_b);
        int32_t y0, y1, y2, y3, t;
        __asm__(
            MUL_ONE("smulbb", "even_a", "even_b", "y0") MUL_ONE("smulbb", "odd_a", "odd_b", "y1")
                MUL_ONE("smultt", "even_a", "even_b", "y2")
                    MUL_ONE("smultt", "odd_a", "odd_b", "y3")
            : [y0] "=&r"(y0), [y1] "=&r"(y1), [y2] "=&r"(y2), [y3] "=&r"(y3), [t] "=&r"(t)
            : [even_a] "r"(even_a), [odd_a] "r"(odd_a), [even_b] "r"(even_b), [odd_b] "r"(odd_b),
              [factor] "r"(f->factor), [offset] "r"(f->offset), [n] "r"(f->n));
        output[0] = (int8_t)y0;
        output[1] = (int8_t)y1;
        output[2] = (int8_t)y2;
        output[3] = (int8_t)y3;
    }
    return num_done;
}

static void mul_row_fast(const void *context, const join_row_t *row)
{
    mul_values(context, row, mul_fours(context, row), true);
}

#endif

void mul_s8(const mul_params_t *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    mul_t mul = {.p = p,
                 .product = {.multiplier = p->rescale->multiplier, .shift = p->rescale->shift}};
    const bool is_fast = fast_rescale_fits(&mul.product, &p->range, 4);
    if (is_fast) {
        mul.fast = fast_rescale_prepare(&mul.product, &p->range);
    }
#if AIRLOOP_SIMD
    if (is_fast && p->join.first_steps[3] == 1 && p->join.second_steps[3] == 1) {
        join_rows(&p->join, a, b, output, mul_row_fast, &mul);
        return;
    }
#endif
    join_rows(&p->join, a, b, output, is_fast ? mul_row_fits : mul_row, &mul);
}
