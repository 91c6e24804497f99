/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/gnn_sic_work.h"

#if AIRLOOP_MVE

#include <arm_mve.h>

void gnn_sic_product(const gnn_sic_rows_t *rows, const int16_t *values, size_t step,
                     size_t num_nodes, int32_t *sums)
{
    for (size_t r = 0; r < rows->num_rows; r += 2) {
        const int8_t *one = rows->weights + r * rows->depth;
        const int8_t *two = one + rows->depth;
        for (size_t k = 0; k < num_nodes; k += 2) {
            const int16_t *x = values + k * step;
            int32_t found[4] = {0};
            for (size_t i = 0; i < rows->depth; i += 8) {
                const int16x8_t a = vldrbq_s16(one + i);
                const int16x8_t b = vldrbq_s16(two + i);
                const int16x8_t u = vld1q_s16(x + i);
                const int16x8_t v = vld1q_s16(x + step + i);
                found[0] = vmladavaq_s16(found[0], a, u);
                found[1] = vmladavaq_s16(found[1], b, u);
                found[2] = vmladavaq_s16(found[2], a, v);
                found[3] = vmladavaq_s16(found[3], b, v);
            }
            int32_t *to = sums + k * rows->num_rows + r;
            to[0] = found[0];
            to[1] = found[1];
            to[rows->num_rows] = found[2];
            to[rows->num_rows + 1] = found[3];
        }
    }
}

#elif AIRLOOP_DSP

void gnn_sic_product(const gnn_sic_rows_t *rows, const int16_t *values, size_t step,
                     size_t num_nodes, int32_t *sums)
{
    const size_t num_words = rows->depth / 2u;
    const uint32_t *weights = (const uint32_t *)(const void *)rows->weights;
    for (size_t r = 0; r < rows->num_rows; r += 2) {
        const uint32_t *const one = weights + r * num_words;
        for (size_t k = 0; k < num_nodes; k += 2) {
            const uint32_t *a = one;
            const uint32_t *b = one + num_words;
            const uint32_t *u = (const uint32_t *)(const void *)(values + k * step);
            const uint32_t *v = (const uint32_t *)(const void *)(values + (k + 1u) * step);
            int32_t au = 0;
            int32_t bu = 0;
            int32_t av = 0;
            int32_t bv = 0;
            for (const uint32_t *const end = b; a != end; a += 2, b += 2, u += 2, v += 2) {
                au = simd_dot2(a[0], u[0], au);
                av = simd_dot2(a[0], v[0], av);
                bu = simd_dot2(b[0], u[0], bu);
                bv = simd_dot2(b[0], v[0], bv);
                au = simd_dot2(a[1], u[1], au);
                av = simd_dot2(a[1], v[1], av);
                bu = simd_dot2(b[1], u[1], bu);
                bv = simd_dot2(b[1], v[1], bv);
            }
            int32_t *to = sums + k * rows->num_rows + r;
            to[0] = au;
            to[1] = bu;
            to[rows->num_rows] = av;
            to[rows->num_rows + 1u] = bv;
        }
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
