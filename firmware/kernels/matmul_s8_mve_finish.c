/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/matmul_s8_mve.h"

#if AIRLOOP_MVE

rescale_way_t matmul_prepare_fours(const matmul_s8_t *m, mve_four_t *fours)
{
    rescale_way_t way = WAY_RIGHT;
    for (size_t o = 0; o < m->num_out; o++) {
        way = rescale_way_of_both(way, fast_rescale_way(&m->rescales[o], &m->range, m->depth));
        mve_prepare(&m->rescales[o], o % MATMUL_FOUR, &fours[o / MATMUL_FOUR]);
    }
    return way;
}

#define BLOCK_BYTES ((uint64_t)sizeof(int32_t) * MATMUL_OUTPUTS * MATMUL_S8_COLUMNS)

/** The sums of one column and four outputs: two of a block, two of the next. */
static inline int32x4_t load_sums(const int32_t *sums)
{
    const uint64x2_t places = {0, BLOCK_BYTES};
    return vreinterpretq_s32_s64(
        vldrdq_gather_offset_s64((const int64_t *)(const void *)sums, places));
}

/** All whole fours of outputs. */
static inline void finish_fours(const matmul_head_t *head, size_t num_out, size_t num_columns,
                                int32_t zero_point, int8_t *output, bool is_any)
{
    const int32_t *sums = head->sums;
    const mve_four_t *four = head->fours;
    for (const int8_t *const end = output + num_out / MATMUL_FOUR * MATMUL_FOUR; output != end;) {
        const mve_constants_t k = mve_load(four++);
        for (size_t i = 0; i < num_columns; i++) {
            vstrbq_s32(output + i * num_out,
                       mve_rescale(load_sums(sums + i * MATMUL_OUTPUTS), k, zero_point, is_any));
        }
        output += MATMUL_FOUR;
        sums += MATMUL_FOUR * MATMUL_S8_COLUMNS;
    }
}

/** The same for all columns of a tile. */
static inline void finish_tile(const matmul_head_t *head, size_t num_out, int32_t zero_point,
                               int8_t *output)
{
    const int32_t *sums = head->sums;
    const mve_four_t *four = head->fours;
    for (const int8_t *const end = output + num_out / MATMUL_FOUR * MATMUL_FOUR; output != end;) {
        const mve_constants_t k = mve_load(four++);
        vstrbq_s32(output, mve_rescale(load_sums(sums), k, zero_point, false));
        vstrbq_s32(output + num_out,
                   mve_rescale(load_sums(sums + MATMUL_OUTPUTS), k, zero_point, false));
        vstrbq_s32(output + 2 * num_out,
                   mve_rescale(load_sums(sums + 2 * MATMUL_OUTPUTS), k, zero_point, false));
        vstrbq_s32(output + 3 * num_out,
                   mve_rescale(load_sums(sums + 3 * MATMUL_OUTPUTS), k, zero_point, false));
        output += MATMUL_FOUR;
        sums += MATMUL_FOUR * MATMUL_S8_COLUMNS;
    }
}

/** What is left. Constants behind the last output may be anything. */
static void finish_rest(const matmul_head_t *head, size_t num_out, size_t num_columns,
                        int32_t zero_point, int8_t *output)
{
    const size_t first = num_out / MATMUL_FOUR * MATMUL_FOUR;
    const int32_t *sums = head->sums + first * MATMUL_S8_COLUMNS;
    const mve_constants_t k = mve_load(head->fours + first / MATMUL_FOUR);
    const uint32_t left = (uint32_t)(num_out - first);
    for (size_t i = 0; i < num_columns; i++) {
        const int32x4_t y =
            mve_rescale(load_sums(sums + i * MATMUL_OUTPUTS), k, zero_point, head->way == WAY_ANY);
        vstrbq_p_s32(output + i * num_out + first, y, vctp32q(left));
    }
}

/** Not inlined: it is rare. */
static __attribute__((noinline)) void finish_slowly(const matmul_s8_t *m, const int32_t *sums,
                                                    size_t num_columns, int8_t *output)
{
    for (size_t i = 0; i < num_columns; i++) {
        for (size_t o = 0; o < m->num_out; o++) {
            const size_t block = o / MATMUL_OUTPUTS * MATMUL_S8_COLUMNS + i;
            *output++ = rescale_to_s8(sums[block * MATMUL_OUTPUTS + o % MATMUL_OUTPUTS],
                                      &m->rescales[o], &m->range);
        }
    }
}

void matmul_finish(const matmul_s8_t *m, const matmul_head_t *head, size_t num_columns,
                   int8_t *output)
{
    const size_t num_out = m->num_out;
    const int32_t zero_point = m->range.zero_point;
    if (head->way == WAY_SLOW) {
        finish_slowly(m, head->sums, num_columns, output);
        return;
    }
    if (head->way == WAY_ANY) {
        finish_fours(head, num_out, num_columns, zero_point, output, true);
    } else if (num_columns == MATMUL_S8_COLUMNS) {
        finish_tile(head, num_out, zero_point, output);
    } else {
        finish_fours(head, num_out, num_columns, zero_point, output, false);
    }
    if (num_out % MATMUL_FOUR != 0) {
        finish_rest(head, num_out, num_columns, zero_point, output);
    }
}

#endif
