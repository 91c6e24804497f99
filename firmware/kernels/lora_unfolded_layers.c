/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/fixed_point.h"
#include "kernels/lora_unfolded_work.h"

#define ACTIVE_MAX ((1 << 14) - 1)

#if AIRLOOP_MVE

#include <arm_mve.h>

/** Multiply all rows with two vectors, without biases. */
static void multiply_two(const lora_unfolded_layer_t *layer, const int16_t *u, const int16_t *v,
                         int32_t *sums)
{
    const size_t depth = layer->depth;
    const int16_t *one = layer->weights;
    const int16_t *const end = one + layer->num_rows * depth;
    int32_t *others = sums + layer->num_rows;
    while (one != end) {
        const int16_t *two = one + depth;
        const int16_t *const next = two;
        int32_t au = 0;
        int32_t bu = 0;
        int32_t av = 0;
        int32_t bv = 0;
        for (; one != next; one += 8, two += 8, u += 8, v += 8) {
            const int16x8_t a = vld1q_s16(one);
            const int16x8_t b = vld1q_s16(two);
            const int16x8_t x = vld1q_s16(u);
            const int16x8_t y = vld1q_s16(v);
            au = vmladavaq_s16(au, a, x);
            bu = vmladavaq_s16(bu, b, x);
            av = vmladavaq_s16(av, a, y);
            bv = vmladavaq_s16(bv, b, y);
        }
        *sums++ = au;
        *sums++ = bu;
        *others++ = av;
        *others++ = bv;
        one = two;
        u -= depth;
        v -= depth;
    }
}

/** Turn sums of one vector into hidden numbers. */
static void activate(const lora_unfolded_layer_t *layer, const int32_t *sums, const uint8_t *shifts,
                     int16_t *hidden)
{
    const int32x4_t zero = vdupq_n_s32(0);
    const int32x4_t most = vdupq_n_s32(ACTIVE_MAX);
    for (size_t i = 0; i < layer->num_rows; i += 4) {
        const int32x4_t shift = vreinterpretq_s32_u32(vldrbq_u32(shifts + i));
        const int32x4_t sum = vaddq_s32(vld1q_s32(sums + i), vld1q_s32(layer->bias + i));
        const int32x4_t value = vshlq_s32(sum, vsubq_s32(zero, shift));
        vstrhq_s32(hidden + i, vminq_s32(vmaxq_s32(value, zero), most));
    }
}

void lora_unfolded_hide(const lora_unfolded_layer_t *layer, const uint8_t *shifts,
                        const int16_t *values, size_t num_nodes, int16_t *hidden)
{
    int32_t sums[2u * LORA_UNFOLDED_MAX_HIDDEN];
    for (size_t k = 0; k < num_nodes; k += 2, values += 2u * layer->depth) {
        multiply_two(layer, values, values + layer->depth, sums);
        activate(layer, sums, shifts, hidden);
        hidden += layer->num_rows;
        activate(layer, sums + layer->num_rows, shifts, hidden);
        hidden += layer->num_rows;
    }
}

void lora_unfolded_sum(const lora_unfolded_layer_t *layer, const int16_t *values, size_t num_nodes,
                       int32_t *sums)
{
    for (size_t k = 0; k < num_nodes; k += 2, values += 2u * layer->depth) {
        multiply_two(layer, values, values + layer->depth, sums);
        sums += 2u * layer->num_rows;
    }
    sums -= num_nodes * layer->num_rows;
    for (size_t k = 0; k < num_nodes; k++) {
        for (size_t row = 0; row < layer->num_rows; row++) {
            *sums++ += layer->bias[row];
        }
    }
}

#elif AIRLOOP_DSP

/** Sums of two rows with two vectors. */
typedef struct {
    int32_t au;
    int32_t bu;
    int32_t av;
    int32_t bv;
} four_sums_t;

static inline int16_t hidden_of(int32_t sum, uint32_t shift)
{
    int32_t kept;
    __asm__("usat %0, #14, %1" : "=r"(kept) : "r"(sum >> shift));
    return (int16_t)kept;
}

/** Where two rows of weights are read, and two vectors. */
typedef struct {
    const int16_t *w;
    const int16_t *u;
    const int16_t *v;
} read_t;

/** Add the products of four inputs. */
static inline void add_four(read_t *from, four_sums_t *s)
{
    uint32_t a;
    uint32_t b;
    uint32_t u0;
    uint32_t u1;
    uint32_t v0;
    uint32_t v1;
    SIMD_LOAD_NEXT(a, b, from->w);
    SIMD_LOAD_NEXT(u0, u1, from->u);
    SIMD_LOAD_NEXT(v0, v1, from->v);
    s->au = simd_dot2(a, u0, s->au);
    s->bu = simd_dot2(b, u0, s->bu);
    s->av = simd_dot2(a, v0, s->av);
    s->bv = simd_dot2(b, v0, s->bv);
    SIMD_LOAD_NEXT(a, b, from->w);
    s->au = simd_dot2(a, u1, s->au);
    s->bu = simd_dot2(b, u1, s->bu);
    s->av = simd_dot2(a, v1, s->av);
    s->bv = simd_dot2(b, v1, s->bv);
}

/** Multiply two rows with two vectors; the weights move on behind both. */
static inline four_sums_t multiply(const int16_t **weights, const int32_t *bias, const int16_t *u,
                                   const int16_t *v, size_t depth)
{
    read_t from = {*weights, u, v};
    const int16_t *const end = u + depth;
    four_sums_t s = {bias[0], bias[1], bias[0], bias[1]};
    while (from.u != end) {
        add_four(&from, &s);
        add_four(&from, &s);
    }
    *weights = from.w;
    return s;
}

void lora_unfolded_hide(const lora_unfolded_layer_t *layer, const uint8_t *shifts,
                        const int16_t *values, size_t num_nodes, int16_t *hidden)
{
    const size_t depth = layer->depth;
    const size_t num_rows = layer->num_rows;
    for (size_t k = 0; k < num_nodes; k += 2, values += 2u * depth, hidden += num_rows) {
        const int16_t *weights = layer->weights;
        const int32_t *bias = layer->bias;
        const uint8_t *shift = shifts;
        const int16_t *const end = hidden + num_rows;
        for (; hidden != end; hidden += 2, bias += 2, shift += 2) {
            const four_sums_t s = multiply(&weights, bias, values, values + depth, depth);
            const uint32_t a = shift[0];
            const uint32_t b = shift[1];
            hidden[0] = hidden_of(s.au, a);
            hidden[1] = hidden_of(s.bu, b);
            hidden[num_rows] = hidden_of(s.av, a);
            hidden[num_rows + 1u] = hidden_of(s.bv, b);
        }
    }
}

void lora_unfolded_sum(const lora_unfolded_layer_t *layer, const int16_t *values, size_t num_nodes,
                       int32_t *sums)
{
    const size_t depth = layer->depth;
    const size_t num_rows = layer->num_rows;
    for (size_t k = 0; k < num_nodes; k += 2, values += 2u * depth, sums += num_rows) {
        const int16_t *weights = layer->weights;
        const int32_t *bias = layer->bias;
        const int32_t *const end = sums + num_rows;
        for (; sums != end; sums += 2, bias += 2) {
            const four_sums_t s = multiply(&weights, bias, values, values + depth, depth);
            sums[0] = s.au;
            sums[1] = s.bu;
            sums[num_rows] = s.av;
            sums[num_rows + 1u] = s.bv;
        }
    }
}

#else

/** Sums of a row with two vectors. */
typedef struct {
    int32_t u;
    int32_t v;
} two_sums_t;

static inline two_sums_t multiply(const int16_t *weights, int32_t bias, const int16_t *values,
                                  size_t depth)
{
    const int16_t *others = values + depth;
    two_sums_t s = {bias, bias};
    for (size_t i = 0; i < depth; i++) {
        s.u += weights[i] * values[i];
        s.v += weights[i] * others[i];
    }
    return s;
}

static inline int16_t hidden_of(int32_t sum, uint32_t shift)
{
    const int32_t value = sum >> shift;
    const int32_t low = value < 0 ? 0 : value;
    return (int16_t)(low > ACTIVE_MAX ? ACTIVE_MAX : low);
}

void lora_unfolded_hide(const lora_unfolded_layer_t *layer, const uint8_t *shifts,
                        const int16_t *values, size_t num_nodes, int16_t *hidden)
{
    const size_t depth = layer->depth;
    const size_t num_rows = layer->num_rows;
    for (size_t k = 0; k < num_nodes; k += 2, values += 2u * depth, hidden += 2u * num_rows) {
        const int16_t *weights = layer->weights;
        for (size_t row = 0; row < num_rows; row++, weights += depth) {
            const two_sums_t s = multiply(weights, layer->bias[row], values, depth);
            hidden[row] = hidden_of(s.u, shifts[row]);
            hidden[num_rows + row] = hidden_of(s.v, shifts[row]);
        }
    }
}

void lora_unfolded_sum(const lora_unfolded_layer_t *layer, const int16_t *values, size_t num_nodes,
                       int32_t *sums)
{
    const size_t depth = layer->depth;
    const size_t num_rows = layer->num_rows;
    for (size_t k = 0; k < num_nodes; k += 2, values += 2u * depth, sums += 2u * num_rows) {
        const int16_t *weights = layer->weights;
        for (size_t row = 0; row < num_rows; row++, weights += depth) {
            const two_sums_t s = multiply(weights, layer->bias[row], values, depth);
            sums[row] = s.u;
            sums[num_rows + row] = s.v;
        }
    }
}

#endif
