/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/add_s8.h"

#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

/** What all rows have in common. */
typedef struct {
    const add_params_t *p;
    rescale_t sum;
    int32_t *tables; /**< [2][256] */
    fast_rescale_t fast;
    size_t direct; /**< the input that needs no table, in the fast way */
} add_t;

/** What every int8 of one input comes to on the common scale; entry i is for (uint8_t)x == i. */
static void tabulate(const rescale_t *r, int32_t zero_point, bool is_negative, int32_t table[256])
{
    for (int32_t x = INT8_MIN; x <= INT8_MAX; x++) {
        const int32_t centred = (x - zero_point) * (1 << ADD_S8_LEFT_SHIFT);
        const int32_t y = rescale(centred, r->multiplier, r->shift);
        table[(uint8_t)x] = is_negative ? -y : y;
    }
}

/** Any row; where the sums fit, they are rescaled the fast way. */
static inline void add_values(const add_t *add, const join_row_t *row, bool is_fast)
{
    const int8_t *a = row->first;
    const int8_t *b = row->second;
    const fast_rescale_t f = add->fast;
    for (size_t i = 0; i < row->num_values; i++) {
        const uint32_t one = (uint32_t)add->tables[(uint8_t)*a];
        const uint32_t other = (uint32_t)add->tables[256 + (uint8_t)*b];
        const int32_t sum = (int32_t)(one + other);
        row->output[i] = is_fast ? fast_rescale(2 * sum, f.factor, f.offset, f.n)
                                 : rescale_to_s8(sum, &add->sum, &add->p->range);
        a += row->first_step;
        b += row->second_step;
    }
}

static void add_row(const void *context, const join_row_t *row)
{
    add_values(context, row, false);
}

static void add_row_fits(const void *context, const join_row_t *row)
{
    add_values(context, row, true);
}

#if AIRLOOP_SIMD

/** What is on the common scale already: its factor is 1/2, exactly. */
static bool is_half(const rescale_t *r)
{
    return r->multiplier == INT32_C(1) << 30 && r->shift == 0;
}

/** The input with the larger scale needs no table, unless it is taken away; nor does one repeat in
 * a row; every other shift is to the right. */
static bool fits(const add_params_t *p, const rescale_t *sum)
{
    const bool has_direct =
        is_half(&p->rescales[0]) || (is_half(&p->rescales[1]) && !p->is_difference);
    const bool is_plain = p->join.first_steps[3] == 1 && p->join.second_steps[3] == 1;
    return has_direct && is_plain && p->rescales[0].shift <= 0 && p->rescales[1].shift <= 0 &&
           fast_rescale_fits(sum, &p->range, 1);
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
        *output++ = fast_rescale(twice, f->factor, f->offset, f->n);
    }
}

static int32_t *other_table(const add_t *add)
{
    return add->tables + (add->direct == 0 ? 256 : 0);
}

static void add_row_fast(const void *context, const join_row_t *row)
{
    const add_t *add = context;
    const int8_t *direct = add->direct == 0 ? row->first : row->second;
    const int8_t *other = add->direct == 0 ? row->second : row->first;
    add_fast(&add->fast, row->num_values, direct, other, row->output, other_table(add));
}

/** Prepare the fast way: the table of the other input is doubled. */
static void prepare_fast(add_t *add)
{
    const add_params_t *p = add->p;
    add->fast = fast_rescale_prepare(&add->sum, &p->range);
    add->direct = is_half(&p->rescales[0]) ? 0 : 1;
    const int32_t shift_of_zero = p->input_zero_points[add->direct] * (1 << ADD_S8_LEFT_SHIFT);
    int32_t *table = other_table(add);
    for (size_t i = 0; i < 256; i++) {
        table[i] = 2 * table[i] - shift_of_zero;
    }
}

#endif

void add_s8(const add_params_t *p, const int8_t *a, const int8_t *b, int8_t *output, void *scratch)
{
    add_t add = {.p = p,
                 .sum = {.multiplier = p->rescales[2].multiplier, .shift = p->rescales[2].shift},
                 .tables = scratch};
    tabulate(&p->rescales[0], p->input_zero_points[0], false, add.tables);
    tabulate(&p->rescales[1], p->input_zero_points[1], p->is_difference, add.tables + 256);
#if AIRLOOP_SIMD
    if (fits(p, &add.sum)) {
        prepare_fast(&add);
        join_rows(&p->join, a, b, output, add_row_fast, &add);
        return;
    }
#endif
    const bool is_fast = fast_rescale_fits(&add.sum, &p->range, 1) && p->rescales[0].shift <= 0 &&
                         p->rescales[1].shift <= 0;
    if (is_fast) {
        add.fast = fast_rescale_prepare(&add.sum, &p->range);
    }
    join_rows(&p->join, a, b, output, is_fast ? add_row_fits : add_row, &add);
}
