/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/add_s8.h"

#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

/** What every int8 of one input comes to on the common scale; entry i is for (uint8_t)x == i. */
static void tabulate(const rescale_t *r, int32_t zero_point, int32_t table[256])
{
    for (int32_t x = INT8_MIN; x <= INT8_MAX; x++) {
        const int32_t centred = (x - zero_point) * (1 << ADD_S8_LEFT_SHIFT);
        table[(uint8_t)x] = rescale(centred, r->multiplier, r->shift);
    }
}

static void add_any(const add_params_t *p, const rescale_t *sum, const int8_t *a, const int8_t *b,
                    int8_t *output, const int32_t *tables)
{
    for (size_t i = 0; i < p->num_values; i++) {
        const uint32_t one = (uint32_t)tables[(uint8_t)a[i]];
        const uint32_t other = (uint32_t)tables[256 + (uint8_t)b[i]];
        output[i] = rescale_to_s8((int32_t)(one + other), sum, &p->range);
    }
}

#if AIRLOOP_SIMD

/** What is on the common scale already: its factor is 1/2, exactly. */
static bool is_half(const rescale_t *r)
{
    return r->multiplier == INT32_C(1) << 30 && r->shift == 0;
}

/** The input with the larger scale needs no table; every other shift is to the right. */
static bool fits(const add_params_t *p, const rescale_t *sum)
{
    return (is_half(&p->rescales[0]) || is_half(&p->rescales[1])) && p->rescales[0].shift <= 0 &&
           p->rescales[1].shift <= 0 && fast_rescale_fits(sum, &p->range, 1);
}

/** One value: twice the sum is a * 2^20 + table[b]; see kernels/fast_rescale.h. */
#define ADD_ONE                                                                                    \
    "ldrb %[y], [%[b]], #1\n\t"                                                                    \
    "ldrsb %[x], [%[a]], #1\n\t"                                                                   \
    "ldr %[y], [%[table], %[y], lsl #2]\n\t"                                                       \
    "add %[x], %[y], %[x], lsl #20\n\t"                                                            \
    "add %[y], %[offset], %[x], asr #31\n\t"                                                       \
    "smmlar %[x], %[x], %[factor], %[y]\n\t"                                                       \
    "asr %[x], %[x], %[n]\n\t"                                                                     \
    "ssat %[x], #8, %[x]\n\t"                                                                      \
    "strb %[x], [%[output]], #1\n\t"

/** a is on the common scale; table[b] is twice that of b, and holds the zero point of a. */
static void add_fast(const fast_rescale_t *f, size_t num_values, const int8_t *a, const int8_t *b,
                     int8_t *output, const int32_t *table)
{
    const int8_t *const end = output + num_values;
    const int8_t *const fours_end = output + num_values / 4 * 4;
    int32_t x, y;
    while (output != fours_end) {
        __asm__ volatile(
            ADD_ONE ADD_ONE ADD_ONE ADD_ONE
            : [a] "+r"(a), [b] "+r"(b), [output] "+r"(output), [x] "=&r"(x), [y] "=&r"(y)
            : [table] "r"(table), [factor] "r"(f->factor), [offset] "r"(f->offset), [n] "r"(f->n)
            : "memory");
    }
    while (output != end) {
        const int32_t twice = *a++ * (1 << ADD_S8_LEFT_SHIFT) + table[(uint8_t)*b++];
        *output++ = simd_rescale(twice, f->factor, f->offset, f->n);
    }
}

static void add_simd(const add_params_t *p, const rescale_t *sum, const int8_t *a, const int8_t *b,
                     int8_t *output, int32_t *tables)
{
    const fast_rescale_t f = fast_rescale_prepare(sum, &p->range);
    const size_t direct = is_half(&p->rescales[0]) ? 0 : 1;
    const int32_t shift_of_zero = p->input_zero_points[direct] * (1 << ADD_S8_LEFT_SHIFT);
    int32_t *table = tables + (direct == 0 ? 256 : 0);
    for (size_t i = 0; i < 256; i++) {
        table[i] = 2 * table[i] - shift_of_zero;
    }
    add_fast(&f, p->num_values, direct == 0 ? a : b, direct == 0 ? b : a, output, table);
}

#endif

status_t add_s8(const add_params_t *p, const int8_t *a, const int8_t *b, int8_t *output,
                void *scratch)
{
    const rescale_t sum = {
        .bias = 0, .multiplier = p->rescales[2].multiplier, .shift = p->rescales[2].shift};
    int32_t *tables = scratch;
    tabulate(&p->rescales[0], p->input_zero_points[0], tables);
    tabulate(&p->rescales[1], p->input_zero_points[1], tables + 256);
#if AIRLOOP_SIMD
    if (fits(p, &sum)) {
        add_simd(p, &sum, a, b, output, tables);
        return STATUS_OK;
    }
#endif
    add_any(p, &sum, a, b, output, tables);
    return STATUS_OK;
}
