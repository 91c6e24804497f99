/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/lora_unfolded.h"

#include "kernels/fixed_point.h"
#include "kernels/lmmse_detector.h"
#include "kernels/lora_unfolded_work.h"

#include <stdbool.h>

#define ALIGNMENT 16u
#define STEP_BITS 12
#define TINY 1e-6f
#define ROOT_OF_2 1.41421356f
#define FEATURE_SCALE (ROOT_OF_2 * (float)(1 << FIXED_FEATURE_BITS))
#define WEIGHT_ONE ((float)(1 << FIXED_WEIGHT_BITS))
#define SPREAD_ONE ((float)(1 << FIXED_SPREAD_BITS))
#define LEVEL_LIMIT ((float)UNKNOWNS_LEVEL_LIMIT)
#define FEATURE_LIMIT 32767.0f
#define ERROR_LIMIT 1073741824.0f /* 2^30 */

/** What is kept of an element from stage to stage. */
typedef struct {
    unknowns_t unknowns;
    int16_t *told; /**< [n][2]: LMMSE's unbiased estimate, ln of its error's variance */
} element_state_t;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t num_unknowns(const lora_unfolded_sizes_t *s)
{
    return 2u * s->shape.num_tx;
}

/** Bytes of what is kept of an element; a multiple of 4. */
static size_t state_bytes(const lora_unfolded_sizes_t *s)
{
    const size_t n = num_unknowns(s);
    return n * (3u * sizeof(int32_t) + (3u + n) * sizeof(int16_t));
}

static element_state_t state_in(const lora_unfolded_sizes_t *s, uint8_t *elements, size_t element)
{
    const size_t n = num_unknowns(s);
    void *first = elements + element * state_bytes(s);
    int32_t *matched = first;
    void *numbers = matched + 3u * n;
    int16_t *interference = numbers;
    return (element_state_t){.unknowns = {.n = n,
                                          .matched = matched,
                                          .noise = matched + n,
                                          .variance = (uint32_t *)(matched + 2u * n),
                                          .interference = interference,
                                          .mean = interference + n * n},
                             .told = interference + (n + 1u) * n};
}

/** Take bytes from a scratch, and return where they lie; of none, only count. */
static void *taken(uint8_t *scratch, size_t *used, size_t num_bytes)
{
    uint8_t *at = scratch == NULL ? NULL : scratch + *used;
    *used += (num_bytes + ALIGNMENT - 1u) / ALIGNMENT * ALIGNMENT;
    return at;
}

/** Lay out the scratch, and return the bytes in front of what is kept of elements. */
static size_t lay_out(const lora_unfolded_sizes_t *s, uint8_t *scratch, lora_unfolded_work_t *w)
{
    const size_t n = num_unknowns(s);
    size_t used = 0;
    size_t room = 0;
    for (size_t i = 0; i < LORA_UNFOLDED_LAYERS; i++) {
        const size_t rows = lora_unfolded_num_rows(s, i);
        const size_t depth = lora_unfolded_depth(s, i);
        const size_t rank = s->ranks[i] + s->channel_rank;
        const size_t columns = lora_unfolded_num_columns(s, i);
        room = larger(room, lora_unfolded_room_bytes(rows, columns, rank));
        w->layers[i].num_rows = rows;
        w->layers[i].depth = depth;
        w->layers[i].weights = taken(scratch, &used, rows * depth * sizeof(int16_t));
        w->layers[i].bias = taken(scratch, &used, rows * sizeof(int32_t));
    }
    w->room = taken(scratch, &used, room);
    w->known = taken(scratch, &used, n * LORA_UNFOLDED_WIDTH * sizeof(int16_t));
    w->first = taken(scratch, &used, n * s->num_hidden * sizeof(int16_t));
    w->second = taken(scratch, &used, n * s->num_hidden * sizeof(int16_t));
    w->logits = taken(scratch, &used, n * lora_unfolded_num_levels(s) * sizeof(int32_t));
    w->solver = scratch;
    size_t of_solver = 0;
    taken(NULL, &of_solver, lmmse_detector_scratch_bytes(s->shape));
    used = larger(used, of_solver);
    w->elements = scratch == NULL ? NULL : scratch + used;
    return used;
}

size_t lora_unfolded_scratch_bytes(const lora_unfolded_sizes_t *s, size_t num_elements)
{
    lora_unfolded_work_t w;
    size_t used = lay_out(s, NULL, &w);
    taken(NULL, &used, num_elements * state_bytes(s));
    return used;
}

/** Write what LMMSE says of an unknown. */
static void begin_unknown(const element_state_t *state, size_t k, float t, float lack)
{
    const float unbiased = 1.0f - lack;
    const float inverse = 1.0f / (unbiased > TINY ? unbiased : TINY);
    const int32_t variance = element_rounded(lack * WEIGHT_ONE, WEIGHT_ONE);
    const int32_t error = element_rounded(lack * (inverse * SPREAD_ONE), ERROR_LIMIT);
    const int32_t told = element_rounded(t * (inverse * FEATURE_SCALE), FEATURE_LIMIT);
    state->unknowns.mean[k] = (int16_t)element_rounded(t * FEATURE_SCALE, LEVEL_LIMIT);
    state->unknowns.variance[k] = variance > 0 ? (uint32_t)variance : 0;
    state->told[2u * k] = (int16_t)told;
    state->told[2u * k + 1u] = (int16_t)fixed_ln(error > 1 ? (uint32_t)error : 1u);
}

static void begin(const lora_unfolded_t *p, const uint8_t *element, const element_state_t *state,
                  void *solver)
{
    const element_shape_t shape = p->sizes.shape;
    const float noise = element_noise(shape, element);
    unknowns_connect(&state->unknowns, lmmse_solve(shape, element, solver), noise);
    for (size_t k = 0; k < shape.num_tx; k++) {
        const lmmse_estimate_t one = lmmse_estimate(shape, k, noise, solver);
        begin_unknown(state, k, one.re, one.lack);
        begin_unknown(state, shape.num_tx + k, one.im, one.lack);
    }
}

/** Write the features of an unknown. */
static void describe(const element_state_t *state, size_t k, int32_t step, int16_t *f)
{
    const unknowns_t *u = &state->unknowns;
    const int32_t x = u->mean[k];
    const int32_t away = fixed_saturated(unknowns_left(u, k) - x);
    const uint32_t variance = u->variance[k] >> (FIXED_WEIGHT_BITS - FIXED_FEATURE_BITS);
    f[0] = (int16_t)fixed_saturated(x + ((away * step) >> STEP_BITS));
    f[1] = (int16_t)x;
    f[2] = state->told[2u * k];
    f[3] = state->told[2u * k + 1u];
    f[4] = (int16_t)fixed_ln(unknowns_spread(u, k));
    f[5] = (int16_t)(variance < INT16_MAX ? variance : INT16_MAX);
    f[6] = 0;
    f[7] = 0;
}

/** Turn what is known of an element's unknowns into logits. */
static void denoise(const lora_unfolded_t *p, const element_state_t *state, int32_t step,
                    const lora_unfolded_work_t *w)
{
    const size_t n = state->unknowns.n;
    const size_t num_levels = lora_unfolded_num_levels(&p->sizes);
    for (size_t k = 0; k < n; k++) {
        describe(state, k, step, w->known + k * LORA_UNFOLDED_WIDTH);
    }
    lora_unfolded_hide(&w->layers[0], p->hidden_shifts, w->known, n, w->first);
    lora_unfolded_hide(&w->layers[1], p->hidden_shifts + p->sizes.num_hidden, w->first, n,
                       w->second);
    lora_unfolded_sum(&w->layers[2], w->second, n, w->logits);
    int32_t *logits = w->logits;
    for (size_t k = 0; k < n; k++, logits += num_levels) {
        for (size_t a = 0; a < num_levels; a++) {
            const int32_t logit = fixed_high(logits[a], p->output_factors[a]);
            logits[a] = fixed_clipped(logit, UNKNOWNS_LOGIT_LIMIT);
        }
    }
}

static void conclude(const lora_unfolded_t *p, const element_state_t *state, const int32_t *logits,
                     int8_t *llr)
{
    const unknowns_axis_t axis = {p->levels, p->sizes.num_axis_bits};
    const size_t num_levels = lora_unfolded_num_levels(&p->sizes);
    for (size_t k = 0; k < state->unknowns.n; k++, logits += num_levels) {
        if (llr == NULL) {
            unknowns_believe(&state->unknowns, k, &axis, logits);
        } else {
            unknowns_tell(&state->unknowns, k, &axis, logits, p->llr_bits, llr);
        }
    }
}

void lora_unfolded_detect(const lora_unfolded_t *p, const uint8_t *elements, int8_t *llr,
                          void *scratch)
{
    const lora_unfolded_sizes_t *s = &p->sizes;
    const size_t num_llrs = num_unknowns(s) * s->num_axis_bits;
    lora_unfolded_work_t w;
    lay_out(s, scratch, &w);
    for (size_t i = 0; i < p->num_elements; i++) {
        const element_state_t state = state_in(s, w.elements, i);
        begin(p, elements + i * element_bytes(s->shape), &state, w.solver);
    }
    for (size_t stage = 0; stage < p->num_stages; stage++) {
        const bool is_last = stage + 1u == p->num_stages;
        lora_unfolded_merge(p, stage, &w);
        for (size_t i = 0; i < p->num_elements; i++) {
            const element_state_t state = state_in(s, w.elements, i);
            denoise(p, &state, p->steps[stage], &w);
            conclude(p, &state, w.logits, is_last ? llr + i * num_llrs : NULL);
        }
    }
}
