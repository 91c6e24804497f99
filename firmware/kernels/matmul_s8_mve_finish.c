/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/matmul_s8_mve.h"

#if AIRLOOP_MVE

rescale_way_t matmul_prepare_fours(const matmul_s8_t *m, matmul_four_t *fours)
{
    rescale_way_t way = WAY_RIGHT;
    for (size_t o = 0; o < m->num_out; o++) {
        way = rescale_way_of_both(way, fast_rescale_way(&m->rescales[o], &m->range, m->depth));
    }
    for (size_t o = 0; o < m->num_out; o++) {
        const fast_rescale_t f = fast_rescale_constants(&m->rescales[o], &m->range, way);
        matmul_four_t *four = &fours[o / MATMUL_FOUR];
        four->bias[o % MATMUL_FOUR] = f.bias;
        four->factor[o % MATMUL_FOUR] = f.factor;
        four->offset[o % MATMUL_FOUR] = f.offset;
        four->minus_n[o % MATMUL_FOUR] = way == WAY_RIGHT ? -f.n : f.n;
    }
    return way;
}

/** The sums of one column and four outputs: two of a block, two of the next. */
static inline int32x4_t load_sums(const int32_t *sums)
{
    const uint64x2_t places = {0, sizeof(int32_t) * MATMUL_OUTPUTS * MATMUL_S8_COLUMNS};
    return vreinterpretq_s32_s64(
        vldrdq_gather_offset_s64((const int64_t *)(const void *)sums, places));
}

/** The constants of four outputs, in registers. */
typedef struct {
    int32x4_t bias, factor, offset, minus_n;
} loaded_t;

static inline loaded_t load_four(const matmul_four_t *four)
{
    return (loaded_t){vld1q_s32(four->bias), vld1q_s32(four->factor), vld1q_s32(four->offset),
                      vld1q_s32(four->minus_n)};
}

/** Four outputs of one column; @param sums  those of the first of its two blocks */
static inline int32x4_t finished(loaded_t k, const int32_t *sums, bool is_any)
{
    return is_any ? mve_rescale_any(load_sums(sums), k.bias, k.factor, k.offset, k.minus_n)
                  : mve_rescale(load_sums(sums), k.bias, k.factor, k.offset, k.minus_n);
}

/** All whole fours of outputs. */
static inline void finish_fours(const matmul_head_t *head, size_t num_out, size_t num_columns,
                                int8_t *output, bool is_any)
{
    const int32_t *sums = head->sums;
    const matmul_four_t *four = head->fours;
    for (const int8_t *const end = output + num_out / MATMUL_FOUR * MATMUL_FOUR; output != end;) {
        const loaded_t k = load_four(four++);
        for (size_t i = 0; i < num_columns; i++) {
            vstrbq_s32(output + i * num_out, finished(k, sums + i * MATMUL_OUTPUTS, is_any));
        }
        output += MATMUL_FOUR;
        sums += MATMUL_FOUR * MATMUL_S8_COLUMNS;
    }
}

/** The same for all columns of a tile. */
static inline void finish_tile(const matmul_head_t *head, size_t num_out, int8_t *output)
{
    const int32_t *sums = head->sums;
    const matmul_four_t *four = head->fours;
    for (const int8_t *const end = output + num_out / MATMUL_FOUR * MATMUL_FOUR; output != end;) {
        const loaded_t k = load_four(four++);
        vstrbq_s32(output, finished(k, sums, false));
        vstrbq_s32(output + num_out, finished(k, sums + MATMUL_OUTPUTS, false));
        vstrbq_s32(output + 2 * num_out, finished(k, sums + 2 * MATMUL_OUTPUTS, false));
        vstrbq_s32(output + 3 * num_out, finished(k, sums + 3 * MATMUL_OUTPUTS, false));
        output += MATMUL_FOUR;
        sums += MATMUL_FOUR * MATMUL_S8_COLUMNS;
    }
}

/** What is left. Constants behind the last output may be anything. */
static void finish_rest(const matmul_head_t *head, size_t num_out, size_t num_columns,
                        int8_t *output)
{
    const size_t first = num_out / MATMUL_FOUR * MATMUL_FOUR;
    const int32_t *sums = head->sums + first * MATMUL_S8_COLUMNS;
    const loaded_t k = load_four(head->fours + first / MATMUL_FOUR);
    const uint32_t left = (uint32_t)(num_out - first);
    for (size_t i = 0; i < num_columns; i++) {
        const int32x4_t y = finished(k, sums + i * MATMUL_OUTPUTS, head->way == WAY_ANY);
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
    if (head->way == WAY_SLOW) {
        finish_slowly(m, head->sums, num_columns, output);
        return;
    }
    if (head->way == WAY_ANY) {
        finish_fours(head, num_out, num_columns, output, true);
    } else if (num_columns == MATMUL_S8_COLUMNS) {
        finish_tile(head, num_out, output);
    } else {
        finish_fours(head, num_out, num_columns, output, false);
    }
    if (num_out % MATMUL_FOUR != 0) {
        finish_rest(head, num_out, num_columns, output);
    }
}

#endif
