/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/fixed_point.h"
#include "kernels/lora_unfolded_work.h"

#define BASE_SHIFT 7
#define MERGED_SHIFT 4
#define MERGED_MIN (-(1 << 11))
#define MERGED_MAX ((1 << 11) - 1)

/** Factors of a layer: up [num_rows][rank], down [rank][num_columns]. */
typedef struct {
    const int8_t *up;
    const int8_t *down;
    size_t rank;
} factors_t;

/** All that a layer is merged from. */
typedef struct {
    const int8_t *weights;
    factors_t of[2]; /**< of the stage, of the channel */
    size_t num_rows;
    size_t num_columns;
    void *room; /**< of `lora_unfolded_room_bytes` */
} source_t;

#if AIRLOOP_MVE

#include <arm_mve.h>

size_t lora_unfolded_room_bytes(size_t num_rows, size_t num_columns, size_t rank)
{
    (void)num_rows;
    (void)num_columns;
    (void)rank;
    return 0;
}

/** Merge four columns from `column` on, of factors of these ranks; the last four hold the bias. */
static inline void merge_four(const source_t *s, size_t column, size_t rank, size_t channel_rank,
                              const lora_unfolded_layer_t *layer)
{
    const int32x4_t least = vdupq_n_s32(MERGED_MIN);
    const int32x4_t most = vdupq_n_s32(MERGED_MAX);
    const int8_t *weights = s->weights + column;
    const int8_t *up = s->of[0].up;
    const int8_t *channel_up = s->of[1].up;
    int32x4_t down[LORA_UNFOLDED_MAX_RANK];
    int32x4_t channel_down[LORA_UNFOLDED_MAX_RANK];
    for (size_t r = 0; r < rank; r++) {
        down[r] = vldrbq_s32(s->of[0].down + r * s->num_columns + column);
    }
    for (size_t r = 0; r < channel_rank; r++) {
        channel_down[r] = vldrbq_s32(s->of[1].down + r * s->num_columns + column);
    }
    for (size_t row = 0; row < s->num_rows; row++, weights += s->num_columns) {
        int32x4_t sum = vshlq_n_s32(vldrbq_s32(weights), BASE_SHIFT);
        for (size_t r = 0; r < rank; r++) {
            sum = vmlaq_n_s32(sum, down[r], *up++);
        }
        for (size_t r = 0; r < channel_rank; r++) {
            sum = vmlaq_n_s32(sum, channel_down[r], *channel_up++);
        }
        sum = vminq_s32(vmaxq_s32(vshrq_n_s32(sum, MERGED_SHIFT), least), most);
        if (column < layer->depth) {
            vstrhq_s32(layer->weights + row * layer->depth + column, sum);
        } else {
            layer->bias[row] = vgetq_lane_s32(sum, 0) * (1 << FIXED_FEATURE_BITS);
        }
    }
}

static void merge_layer(const source_t *s, const lora_unfolded_layer_t *layer)
{
    const size_t rank = s->of[0].rank;
    const size_t channel_rank = s->of[1].rank;
    for (size_t column = 0; column < s->num_columns; column += 4) {
        if (rank == 1 && channel_rank == 1) { /* the usual ranks as constants */
            merge_four(s, column, 1, 1, layer);
        } else if (rank == 3 && channel_rank == 1) {
            merge_four(s, column, 3, 1, layer);
        } else {
            merge_four(s, column, rank, channel_rank, layer);
        }
    }
}

#else

/** What pairs of ranks have of rows, and of columns; the last of an odd number has zeros. */
typedef struct {
    size_t num_pairs;
    const int16_t *up;   /**< [num_rows][num_pairs][2] */
    const int16_t *down; /**< [num_columns][num_pairs][2] */
} pairs_t;

static size_t pairs_of(size_t rank)
{
    return (rank + 1u) / 2u;
}

size_t lora_unfolded_room_bytes(size_t num_rows, size_t num_columns, size_t rank)
{
    return pairs_of(rank) * (num_rows + num_columns) * 2u * sizeof(int16_t);
}

/** Write the numbers of a rank, which lie `step` apart. */
static void spread(const int8_t *from, size_t step, int16_t *to, size_t num_pairs,
                   size_t num_numbers)
{
    for (size_t i = 0; i < num_numbers; i++, from += step, to += 2u * num_pairs) {
        *to = *from;
    }
}

/** Bring the numbers of two ranks side by side. */
static pairs_t paired(const source_t *s)
{
    const size_t num_pairs = pairs_of(s->of[0].rank + s->of[1].rank);
    int16_t *up = s->room;
    int16_t *down = up + 2u * num_pairs * s->num_rows;
    size_t at = 0;
    memset(up, 0, lora_unfolded_room_bytes(s->num_rows, s->num_columns, 2u * num_pairs));
    for (const factors_t *f = s->of; f != s->of + 2; f++) {
        for (size_t r = 0; r < f->rank; r++, at++) {
            const int8_t *of_rank = f->down + r * s->num_columns;
            spread(f->up + r, f->rank, up + at, num_pairs, s->num_rows);
            spread(of_rank, 1, down + at, num_pairs, s->num_columns);
        }
    }
    return (pairs_t){num_pairs, up, down};
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

static inline int32_t add_pair(const int16_t *a, const int16_t *b, int32_t sum)
{
#if AIRLOOP_SIMD
    uint32_t a_word;
    uint32_t b_word;
    memcpy(&a_word, a, sizeof a_word);
    memcpy(&b_word, b, sizeof b_word);
    return simd_dot2(a_word, b_word, sum);
#else
    return sum + a[0] * b[0] + a[1] * b[1];
#endif
}

/** Return a merged weight, of as many pairs of ranks. */
static inline int32_t merged_at(int8_t weight, const int16_t *up, const int16_t *down,
                                size_t num_pairs)
{
    int32_t sum = weight * (1 << BASE_SHIFT);
    for (size_t p = 0; p < num_pairs; p++) {
        sum = add_pair(up + 2u * p, down + 2u * p, sum);
    }
    return merged_of(sum);
}

/** Merge `depth` weights, two at a time, and return the one behind them. */
static inline int32_t merge_weights(const int8_t *weights, const int16_t *restrict up,
                                    const int16_t *restrict down, size_t num_pairs, size_t depth,
                                    int16_t *restrict to)
{
    const int8_t *const end = weights + depth;
    for (; weights != end; weights += 2, down += 4u * num_pairs, to += AIRLOOP_DSP ? 4 : 2) {
        to[0] = (int16_t)merged_at(weights[0], up, down, num_pairs);
        to[1] = (int16_t)merged_at(weights[1], up, down + 2u * num_pairs, num_pairs);
    }
    return merged_at(weights[0], up, down, num_pairs);
}

/** Merge a row, and return its bias. */
static int32_t merge_row(const int8_t *weights, const pairs_t *pairs, const int16_t *up,
                         size_t depth, int16_t *to)
{
    switch (pairs->num_pairs) { /* the usual ones as constants */
    case 1:
        return merge_weights(weights, up, pairs->down, 1, depth, to);
    case 2:
        return merge_weights(weights, up, pairs->down, 2, depth, to);
    default:
        return merge_weights(weights, up, pairs->down, pairs->num_pairs, depth, to);
    }
}

static void merge_layer(const source_t *s, const lora_unfolded_layer_t *layer)
{
    const size_t depth = layer->depth;
    const pairs_t pairs = paired(s);
    const int8_t *weights = s->weights;
    const int16_t *up = pairs.up;
    for (size_t row = 0; row < s->num_rows; row++) {
        const size_t at = AIRLOOP_DSP ? (row / 2u * depth + row % 2u) * 2u : row * depth;
        const int32_t bias = merge_row(weights, &pairs, up, depth, layer->weights + at);
        layer->bias[row] = bias * (1 << FIXED_FEATURE_BITS);
        weights += s->num_columns;
        up += 2u * pairs.num_pairs;
    }
}

#endif

static const int8_t *end_of(const factors_t *f, size_t num_columns)
{
    return f->down + f->rank * num_columns;
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
            .num_rows = num_rows,
            .num_columns = num_columns,
            .room = w->room};
        merge_layer(&source, &w->layers[i]);
        weights += num_rows * num_columns;
        factors = end_of(&source.of[0], num_columns);
        channel = end_of(&source.of[1], num_columns);
    }
}
