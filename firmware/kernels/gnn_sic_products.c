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

/** Two words from a place that moves on. */
#define LOAD_NEXT(first, second, from)                                                             \
    __asm__ volatile("ldrd %0, %1, [%2], #8"                                                       \
                     : "=&r"(first), "=&r"(second), "+&r"(from)                                    \
                     :                                                                             \
                     : "memory")

void gnn_sic_product(const gnn_sic_rows_t *rows, const int16_t *values, size_t step,
                     size_t num_nodes, int32_t *sums)
{
    const size_t num_rows = rows->num_rows;
    const size_t depth = rows->depth;
    const gnn_sic_weight_t *weights = rows->weights;
    for (size_t r = 0; r < num_rows; r += 2, weights += 2u * depth, sums += 2) {
        const int16_t *u = values;
        int32_t *to = sums;
        for (size_t k = 0; k < num_nodes; k += 2, u += 2u * step - depth) {
            const int16_t *v = u + step;
            const gnn_sic_weight_t *w = weights;
            const int16_t *const end = u + depth;
            int32_t au = 0;
            int32_t bu = 0;
            int32_t av = 0;
            int32_t bv = 0;
            while (u != end) {
                uint32_t a;
                uint32_t b;
                uint32_t u0;
                uint32_t u1;
                uint32_t v0;
                uint32_t v1;
                LOAD_NEXT(a, b, w);
                LOAD_NEXT(u0, u1, u);
                LOAD_NEXT(v0, v1, v);
                au = simd_dot2(a, u0, au);
                bu = simd_dot2(b, u0, bu);
                av = simd_dot2(a, v0, av);
                bv = simd_dot2(b, v0, bv);
                LOAD_NEXT(a, b, w);
                au = simd_dot2(a, u1, au);
                bu = simd_dot2(b, u1, bu);
                av = simd_dot2(a, v1, av);
                bv = simd_dot2(b, v1, bv);
            }
            to[0] = au;
            to[1] = bu;
            to[num_rows] = av;
            to[num_rows + 1u] = bv;
            to += 2u * num_rows;
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
