/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/fixed_point.h"
#include "kernels/lora_unfolded_work.h"

#include <stdbool.h>

#define BASE_ONE (1 << 7)
#define MERGED_SHIFT 4
#define MERGED_MIN (-(1 << 11))
#define MERGED_MAX ((1 << 11) - 1)
#define MAX_PAIRS LORA_UNFOLDED_MAX_RANK /* of ranks of a stage and of the channel */

/** Where factors of a layer lie. */
typedef struct {
    const int8_t *up;
    const int8_t *down;
    size_t rank;
} factors_t;

/** All that a layer is merged from. */
typedef struct {
    const int8_t *weights;
    factors_t of[2]; /**< of the stage, of the channel */
    size_t num_columns;
    size_t num_pairs; /**< of ranks */
    int16_t *pairs;   /**< [num_columns][num_pairs][2] */
} source_t;

static const int8_t *end_of(const factors_t *f, size_t num_columns)
{
    return f->down + f->rank * num_columns;
}

/** Write row or column i of both factors, one number of each rank, and a zero behind an odd one. */
static void gather(const source_t *s, size_t i, bool is_up, int16_t *to)
{
    size_t at = 0;
    if (s->num_pairs != 0) {
        to[2u * s->num_pairs - 1u] = 0;
    }
    for (size_t which = 0; which < 2; which++) {
        const factors_t *f = &s->of[which];
        for (size_t r = 0; r < f->rank; r++) {
            to[at++] = is_up ? f->up[i * f->rank + r] : f->down[r * s->num_columns + i];
        }
    }
}

static inline int32_t merged_of(int32_t sum)
{
#if AIRLOOP_SIMD
    int32_t kept;
    __asm__("ssat %0, #12, %1, asr #4" : "=r"(kept) : "r"(sum));
    return kept;
#else
    const int32_t value = sum >> MERGED_SHIFT;
    const int32_t low = value < MERGED_MIN ? MERGED_MIN : value;
    return low > MERGED_MAX ? MERGED_MAX : low;
#endif
}

/** Return sum + a0 b0 + a1 b1; both 4-byte aligned. */
static inline int32_t add_pair(const int16_t *a, const int16_t *b, int32_t sum)
{
#if AIRLOOP_SIMD
    return simd_dot2(*(const uint32_t *)(const void *)a, *(const uint32_t *)(const void *)b, sum);
#else
    return sum + a[0] * b[0] + a[1] * b[1];
#endif
}

/** Return the merged weight of a column; write where the next column's pairs lie. */
static inline int32_t merged_at(const source_t *s, int8_t weight, const int16_t *up,
                                const int16_t **pairs)
{
    const int16_t *pair = *pairs;
    const int16_t *const end = up + 2u * s->num_pairs;
    int32_t sum = weight * BASE_ONE;
    for (; up != end; up += 2, pair += 2) {
        sum = add_pair(up, pair, sum);
    }
    *pairs = pair;
    return merged_of(sum);
}

/** Merge a row, two weights at a time, which lie `step` apart. */
static void merge_row(const source_t *s, size_t row, const lora_unfolded_layer_t *layer)
{
    const size_t depth = layer->depth;
    const size_t step = AIRLOOP_DSP ? 4 : 2;
    const int8_t *weight = s->weights + row * s->num_columns;
    const int16_t *pairs = s->pairs;
    int16_t *to =
        layer->weights + (AIRLOOP_DSP ? row / 2u * 2u * depth + row % 2u * 2u : row * depth);
    uint32_t ups[MAX_PAIRS] = {0};
    int16_t *up = (int16_t *)(void *)ups;
    gather(s, row, true, up);
    for (size_t i = 0; i < depth; i += 2, to += step) {
        to[0] = (int16_t)merged_at(s, weight[i], up, &pairs);
        to[1] = (int16_t)merged_at(s, weight[i + 1u], up, &pairs);
    }
    layer->bias[row] = merged_at(s, weight[depth], up, &pairs) * (1 << FIXED_FEATURE_BITS);
}

static void merge_layer(const source_t *s, const lora_unfolded_layer_t *layer)
{
    for (size_t i = 0; i < s->num_columns; i++) {
        gather(s, i, false, s->pairs + i * s->num_pairs * 2u);
    }
    for (size_t row = 0; row < layer->num_rows; row++) {
        merge_row(s, row, layer);
    }
}

void lora_unfolded_merge(const lora_unfolded_t *p, size_t stage, const lora_unfolded_work_t *w)
{
    const lora_unfolded_sizes_t *s = &p->sizes;
    const int8_t *weights = p->weights;
    const int8_t *factors = p->factors + stage * lora_unfolded_factors_bytes(s, s->ranks);
    const int8_t *channel = p->channel;
    for (size_t i = 0; i < LORA_UNFOLDED_LAYERS; i++) {
        const size_t num_rows = lora_unfolded_num_rows(s, i);
        const size_t num_columns = lora_unfolded_num_columns(s, i);
        const source_t source = {
            .weights = weights,
            .of = {{factors, factors + num_rows * s->ranks[i], s->ranks[i]},
                   {channel, channel + num_rows * s->channel_rank, s->channel_rank}},
            .num_columns = num_columns,
            .num_pairs = (s->ranks[i] + s->channel_rank + 1u) / 2u,
            .pairs = w->pairs};
        merge_layer(&source, &w->layers[i]);
        weights += num_rows * num_columns;
        factors = end_of(&source.of[0], num_columns);
        channel = end_of(&source.of[1], num_columns);
    }
}
