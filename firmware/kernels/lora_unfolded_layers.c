/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/fixed_point.h"
#include "kernels/lora_unfolded_work.h"

/** Return what becomes of the sum of a hidden number. */
static inline int16_t hidden_of(int32_t sum, uint32_t shift)
{
    const int32_t value = sum >> shift;
#if AIRLOOP_SIMD
    int32_t kept;
    __asm__("usat %0, #14, %1" : "=r"(kept) : "r"(value));
    return (int16_t)kept;
#else
    const int32_t low = value < 0 ? 0 : value;
    return (int16_t)(low > (1 << 14) - 1 ? (1 << 14) - 1 : low);
#endif
}

#if AIRLOOP_SIMD

/** Sums of two rows with two vectors. */
typedef struct {
    int32_t first[2]; /**< of the first vector, with both rows */
    int32_t second[2];
} four_sums_t;

#if AIRLOOP_MVE

#include <arm_mve.h>

/** Multiply rows from `row` on with two vectors. */
static inline four_sums_t multiply(const lora_unfolded_layer_t *layer, size_t row, const int16_t *u,
                                   const int16_t *v)
{
    const size_t depth = layer->depth;
    const int16_t *one = layer->weights + row * depth;
    const int16_t *two = one + depth;
    const int16_t *const end = two;
    int32_t au = layer->bias[row];
    int32_t bu = layer->bias[row + 1u];
    int32_t av = au;
    int32_t bv = bu;
    for (; one != end; one += 8, two += 8, u += 8, v += 8) {
        const int16x8_t a = vld1q_s16(one);
        const int16x8_t b = vld1q_s16(two);
        const int16x8_t x = vld1q_s16(u);
        const int16x8_t y = vld1q_s16(v);
        au = vmladavaq_s16(au, a, x);
        bu = vmladavaq_s16(bu, b, x);
        av = vmladavaq_s16(av, a, y);
        bv = vmladavaq_s16(bv, b, y);
    }
    return (four_sums_t){{au, bu}, {av, bv}};
}

#else

/** Multiply rows from `row` on with two vectors. */
static inline four_sums_t multiply(const lora_unfolded_layer_t *layer, size_t row, const int16_t *u,
                                   const int16_t *v)
{
    const size_t depth = layer->depth;
    const int16_t *w = layer->weights + row * depth;
    const int16_t *const end = u + depth;
    int32_t au = layer->bias[row];
    int32_t bu = layer->bias[row + 1u];
    int32_t av = au;
    int32_t bv = bu;
    while (u != end) {
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
    return (four_sums_t){{au, bu}, {av, bv}};
}

#endif

void lora_unfolded_hide(const lora_unfolded_layer_t *layer, const uint8_t *shifts,
                        const int16_t *values, size_t num_nodes, int16_t *hidden)
{
    const size_t num_rows = layer->num_rows;
    for (size_t k = 0; k < num_nodes; k += 2, values += 2u * layer->depth) {
        for (size_t row = 0; row < num_rows; row += 2, hidden += 2) {
            const four_sums_t sums = multiply(layer, row, values, values + layer->depth);
            for (size_t i = 0; i < 2; i++) {
                hidden[i] = hidden_of(sums.first[i], shifts[row + i]);
                hidden[num_rows + i] = hidden_of(sums.second[i], shifts[row + i]);
            }
        }
        hidden += num_rows;
    }
}

void lora_unfolded_sum(const lora_unfolded_layer_t *layer, const int16_t *values, size_t num_nodes,
                       int32_t *sums)
{
    const size_t num_rows = layer->num_rows;
    for (size_t k = 0; k < num_nodes; k += 2, values += 2u * layer->depth) {
        for (size_t row = 0; row < num_rows; row += 2, sums += 2) {
            const four_sums_t four = multiply(layer, row, values, values + layer->depth);
            for (size_t i = 0; i < 2; i++) {
                sums[i] = four.first[i];
                sums[num_rows + i] = four.second[i];
            }
        }
        sums += num_rows;
    }
}

#else

/** Return the sum of a row. */
static inline int32_t multiply(const lora_unfolded_layer_t *layer, size_t row,
                               const int16_t *values)
{
    const int16_t *w = layer->weights + row * layer->depth;
    int32_t sum = layer->bias[row];
    for (size_t i = 0; i < layer->depth; i++) {
        sum += w[i] * values[i];
    }
    return sum;
}

void lora_unfolded_hide(const lora_unfolded_layer_t *layer, const uint8_t *shifts,
                        const int16_t *values, size_t num_nodes, int16_t *hidden)
{
    for (size_t k = 0; k < num_nodes; k++, values += layer->depth) {
        for (size_t row = 0; row < layer->num_rows; row++) {
            *hidden++ = hidden_of(multiply(layer, row, values), shifts[row]);
        }
    }
}

void lora_unfolded_sum(const lora_unfolded_layer_t *layer, const int16_t *values, size_t num_nodes,
                       int32_t *sums)
{
    for (size_t k = 0; k < num_nodes; k++, values += layer->depth) {
        for (size_t row = 0; row < layer->num_rows; row++) {
            *sums++ = multiply(layer, row, values);
        }
    }
}

#endif
