/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/gnn_sic.h"

#include "kernels/fixed_point.h"
#include "kernels/gnn_sic_work.h"

#define ALIGNMENT 16u

/** What lies in the scratch, in this order; the last three only where rows are widened. */
typedef enum {
    SUMS,
    MATCHED,
    NOISE,
    VARIANCE,
    PAIRS,
    INTERFERENCE,
    MEAN,
    SENT,
    SEEN,
    ACTIVE,
    ENDS,
    HIDDEN,
    OUTPUT,
    NUM_PARTS,
} part_t;

/** Bytes of each part. */
typedef struct {
    size_t of[NUM_PARTS];
} part_bytes_t;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/** Bytes of sums, which hold the products of an element's columns first. */
static size_t sums_bytes(const gnn_sic_sizes_t *s)
{
    const size_t rows = larger(larger(2u * s->num_messages, s->num_hidden), gnn_sic_num_outputs(s));
    return larger(gnn_sic_num_nodes(s) * rows * sizeof(int32_t),
                  element_num_products(s->shape) * sizeof(element_product_t));
}

static size_t num_end_weights(const gnn_sic_sizes_t *s)
{
    return 2u * s->num_messages * gnn_sic_num_known(s);
}

static size_t num_hidden_weights(const gnn_sic_sizes_t *s)
{
    return s->num_hidden * gnn_sic_num_seen(s);
}

static size_t num_output_weights(const gnn_sic_sizes_t *s)
{
    return gnn_sic_num_outputs(s) * s->num_hidden;
}

static part_bytes_t part_bytes(const gnn_sic_sizes_t *s)
{
    const size_t n = gnn_sic_num_nodes(s);
    const size_t widened = AIRLOOP_DSP ? sizeof(gnn_sic_weight_t) : 0;
    part_bytes_t bytes = {.of = {[SUMS] = sums_bytes(s),
                                 [MATCHED] = n * sizeof(int32_t),
                                 [NOISE] = n * sizeof(int32_t),
                                 [VARIANCE] = n * sizeof(uint32_t),
                                 [PAIRS] = n * sizeof(uint32_t),
                                 [INTERFERENCE] = n * n * sizeof(int16_t),
                                 [MEAN] = n * sizeof(int16_t),
                                 [SENT] = n * s->num_messages * 2u * sizeof(int16_t),
                                 [SEEN] = n * gnn_sic_num_seen(s) * sizeof(int16_t),
                                 [ACTIVE] = n * s->num_hidden * sizeof(int16_t),
                                 [ENDS] = num_end_weights(s) * widened,
                                 [HIDDEN] = num_hidden_weights(s) * widened,
                                 [OUTPUT] = num_output_weights(s) * widened}};
    for (size_t i = 0; i < NUM_PARTS; i++) {
        bytes.of[i] = (bytes.of[i] + ALIGNMENT - 1u) / ALIGNMENT * ALIGNMENT;
    }
    return bytes;
}

static gnn_sic_work_t work_in(const gnn_sic_t *p, void *scratch)
{
    const part_bytes_t bytes = part_bytes(&p->sizes);
    uint8_t *next = scratch;
    void *at[NUM_PARTS];
    for (size_t i = 0; i < NUM_PARTS; i++) {
        at[i] = next;
        next += bytes.of[i];
    }
    gnn_sic_work_t w = {.n = gnn_sic_num_nodes(&p->sizes),
                        .sums = at[SUMS],
                        .unknowns = {.n = gnn_sic_num_nodes(&p->sizes),
                                     .matched = at[MATCHED],
                                     .noise = at[NOISE],
                                     .variance = at[VARIANCE],
                                     .interference = at[INTERFERENCE],
                                     .mean = at[MEAN]},
                        .pairs = at[PAIRS],
                        .sent = at[SENT],
                        .seen = at[SEEN],
                        .active = at[ACTIVE]};
#if AIRLOOP_DSP
    w.ends = at[ENDS];
    w.hidden = at[HIDDEN];
    w.output = at[OUTPUT];
#else
    w.ends = p->ends;
    w.hidden = p->hidden;
    w.output = p->output;
#endif
    return w;
}

size_t gnn_sic_scratch_bytes(const gnn_sic_sizes_t *s)
{
    const part_bytes_t bytes = part_bytes(s);
    size_t sum = 0;
    for (size_t i = 0; i < NUM_PARTS; i++) {
        sum += bytes.of[i];
    }
    return sum;
}

#if AIRLOOP_DSP
/** Widen rows, two of them word by word. */
static void widen(const int8_t *weights, size_t num_weights, size_t depth,
                  const gnn_sic_weight_t *to)
{
    int16_t *wide = (int16_t *)(uintptr_t)to;
    for (const int8_t *one = weights; one != weights + num_weights; one += 2u * depth) {
        for (size_t i = 0; i < depth; i += 2, wide += 4) {
            wide[0] = one[i];
            wide[1] = one[i + 1u];
            wide[2] = one[depth + i];
            wide[3] = one[depth + i + 1u];
        }
    }
}
#endif

void gnn_sic_begin(const gnn_sic_t *p, void *scratch)
{
#if AIRLOOP_DSP
    const gnn_sic_work_t w = work_in(p, scratch);
    const gnn_sic_sizes_t *s = &p->sizes;
    widen(p->ends, num_end_weights(s), gnn_sic_num_known(s), w.ends);
    widen(p->hidden, num_hidden_weights(s), gnn_sic_num_seen(s), w.hidden);
    widen(p->output, num_output_weights(s), s->num_hidden, w.output);
#else
    (void)p;
    (void)scratch;
#endif
}

static unknowns_axis_t axis_of(const gnn_sic_t *p)
{
    return (unknowns_axis_t){.levels = p->levels, .num_axis_bits = p->sizes.num_axis_bits};
}

/** Believe nothing, and remember nothing. */
static void forget(const gnn_sic_t *p, const gnn_sic_work_t *w)
{
    const size_t num_seen = gnn_sic_num_seen(&p->sizes);
    for (size_t k = 0; k < w->n; k++) {
        w->unknowns.mean[k] = 0;
        w->unknowns.variance[k] = 1u << FIXED_WEIGHT_BITS;
        for (size_t i = 0; i < num_seen; i++) {
            w->seen[k * num_seen + i] = 0;
        }
    }
}

/** Turn the sums of the outputs into what they are worth, logits among them. */
static void conclude(const gnn_sic_t *p, const gnn_sic_work_t *w)
{
    const gnn_sic_sizes_t *s = &p->sizes;
    const size_t num_outputs = s->num_memory + gnn_sic_num_levels(s);
    for (size_t k = 0; k < w->n; k++) {
        int32_t *output = w->sums + k * gnn_sic_num_outputs(s);
        for (size_t i = 0; i < num_outputs; i++) {
            output[i] = fixed_high(output[i] + p->output_bias[i], p->output_factors[i]);
        }
        for (size_t i = s->num_memory; i < num_outputs; i++) {
            output[i] = fixed_clipped(output[i], UNKNOWNS_LOGIT_LIMIT);
        }
    }
}

/** Turn what the outputs are worth into memories and beliefs. */
static void remember(const gnn_sic_t *p, const gnn_sic_work_t *w)
{
    const gnn_sic_sizes_t *s = &p->sizes;
    const unknowns_axis_t axis = axis_of(p);
    for (size_t k = 0; k < w->n; k++) {
        const int32_t *output = w->sums + k * gnn_sic_num_outputs(s);
        int16_t *memory = w->seen + k * gnn_sic_num_seen(s) + GNN_SIC_NUM_FEATURES;
        for (size_t i = 0; i < s->num_memory; i++) {
            memory[i] = (int16_t)fixed_tanh(output[i]);
        }
        unknowns_believe(&w->unknowns, k, &axis, output + s->num_memory);
    }
}

static void iterate(const gnn_sic_t *p, const gnn_sic_work_t *w)
{
    const gnn_sic_sizes_t *s = &p->sizes;
    const size_t num_known = gnn_sic_num_known(s);
    const size_t num_seen = gnn_sic_num_seen(s);
    const gnn_sic_rows_t ends = {w->ends, 2u * s->num_messages, num_known};
    const gnn_sic_rows_t hidden = {w->hidden, s->num_hidden, num_seen};
    const gnn_sic_rows_t output = {w->output, gnn_sic_num_outputs(s), s->num_hidden};
    gnn_sic_features(p, w);
    gnn_sic_product(&ends, w->seen, num_seen, w->n, w->sums);
    gnn_sic_messages(p, w);
    gnn_sic_product(&hidden, w->seen, num_seen, w->n, w->sums);
    for (size_t k = 0; k < w->n; k++) {
        gnn_sic_activate(w->sums + k * s->num_hidden, p->hidden_bias, p->hidden_shifts,
                         s->num_hidden, w->active + k * s->num_hidden);
    }
    gnn_sic_product(&output, w->active, s->num_hidden, w->n, w->sums);
    conclude(p, w);
}

/** Write the LLRs of all nodes, those of a user's two in turn. */
static void tell(const gnn_sic_t *p, const gnn_sic_work_t *w, int8_t *llr)
{
    const gnn_sic_sizes_t *s = &p->sizes;
    const unknowns_axis_t axis = axis_of(p);
    for (size_t k = 0; k < w->n; k++) {
        const int32_t *logits = w->sums + k * gnn_sic_num_outputs(s) + s->num_memory;
        unknowns_tell(&w->unknowns, k, &axis, logits, p->llr_bits, llr);
    }
}

void gnn_sic_detect(const gnn_sic_t *p, const uint8_t *element, int8_t *llr, void *scratch)
{
    const gnn_sic_work_t w = work_in(p, scratch);
    gnn_sic_graph(p, element, &w);
    forget(p, &w);
    iterate(p, &w);
    for (size_t i = 1; i < p->num_iterations; i++) {
        remember(p, &w);
        iterate(p, &w);
    }
    tell(p, &w, llr);
}
