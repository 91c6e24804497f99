/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/gnn_sic_work.h"

#if AIRLOOP_MVE

#include <arm_mve.h>

/** Multiply all rows with two vectors. */
static void product_of_two(const gnn_sic_rows_t *rows, const int16_t *u, const int16_t *v,
                           int32_t *sums)
{
    const size_t depth = rows->depth;
    const int8_t *one = rows->weights;
    const int8_t *const end = one + rows->num_rows * depth;
    int32_t *others = sums + rows->num_rows;
    while (one != end) {
        const int8_t *two = one + depth;
        const int8_t *const next = two;
        int32_t found[4] = {0};
        for (; one != next; one += 8, two += 8, u += 8, v += 8) {
            const int16x8_t a = vldrbq_s16(one);
            const int16x8_t b = vldrbq_s16(two);
            const int16x8_t x = vld1q_s16(u);
            const int16x8_t y = vld1q_s16(v);
            found[0] = vmladavaq_s16(found[0], a, x);
            found[1] = vmladavaq_s16(found[1], b, x);
            found[2] = vmladavaq_s16(found[2], a, y);
            found[3] = vmladavaq_s16(found[3], b, y);
        }
        *sums++ = found[0];
        *sums++ = found[1];
        *others++ = found[2];
        *others++ = found[3];
        one = two;
        u -= depth;
        v -= depth;
    }
}

#elif AIRLOOP_DSP

/** Multiply all rows with two vectors. */
static void product_of_two(const gnn_sic_rows_t *rows, const int16_t *u, const int16_t *v,
                           int32_t *sums)
{
    const size_t depth = rows->depth;
    const gnn_sic_weight_t *w = rows->weights;
    const gnn_sic_weight_t *const end = w + rows->num_rows * depth;
    const int16_t *const u_end = u + depth;
    int32_t *others = sums + rows->num_rows;
    while (w != end) {
        int32_t au = 0;
        int32_t bu = 0;
        int32_t av = 0;
        int32_t bv = 0;
        while (u != u_end) {
            uint32_t a;
            uint32_t b;
            uint32_t u0;
            uint32_t u1;
            uint32_t v0;
            uint32_t v1;
            SIMD_LOAD_NEXT(a, b, w);
            SIMD_LOAD_NEXT(u0, u1, u);
            SIMD_LOAD_NEXT(v0, v1, v);
            au = simd_dot2(a, u0, au);
            bu = simd_dot2(b, u0, bu);
            av = simd_dot2(a, v0, av);
            bv = simd_dot2(b, v0, bv);
            SIMD_LOAD_NEXT(a, b, w);
            au = simd_dot2(a, u1, au);
            bu = simd_dot2(b, u1, bu);
            av = simd_dot2(a, v1, av);
            bv = simd_dot2(b, v1, bv);
        }
        *sums++ = au;
        *sums++ = bu;
        *others++ = av;
        *others++ = bv;
        u -= depth;
        v -= depth;
    }
}

#else

void gnn_sic_product(const gnn_sic_rows_t *rows, const int16_t *values, size_t step,
                     size_t num_nodes, int32_t *sums)
{
    for (size_t k = 0; k < num_nodes; k++, values += step) {
        const int8_t *weights = rows->weights;
        for (size_t r = 0; r < rows->num_rows; r++, weights += rows->depth) {
            int32_t sum = 0;
            for (size_t i = 0; i < rows->depth; i++) {
                sum += weights[i] * values[i];
            }
            *sums++ = sum;
        }
    }
}

#endif

#if AIRLOOP_SIMD

void gnn_sic_product(const gnn_sic_rows_t *rows, const int16_t *values, size_t step,
                     size_t num_nodes, int32_t *sums)
{
    for (size_t k = 0; k < num_nodes; k += 2) {
        product_of_two(rows, values + k * step, values + (k + 1u) * step,
                       sums + k * rows->num_rows);
    }
}

#endif
