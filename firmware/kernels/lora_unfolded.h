/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Proximal gradient descent of several users, unfolded into stages that differ by low-rank factors,
 * in integers, to LLRs of their bits.
 *
 * Unknowns are the real and imaginary parts of the users' symbols. LMMSE begins; then, in stage t,
 *
 *     M   = sat12((2^7 W + B_t A_t + D C) / 2^4)
 *
 *     z_k = x_k + rho_t (r_k - x_k) / 2^12
 *
 *     h   = min(max(M (f, 2^11) / 2^a, 0), 2^14 - 1)
 *
 *     o   = M (h, 2^11) F / 2^32
 *
 * with M the weights of a layer, bias last, merged when a stage begins, h of both hidden layers,
 * and logits o, whose mean and variance follow. Features f are z, the level x that is believed,
 * LMMSE's unbiased estimate, ln of its error's variance, ln of the variance of what is left, and
 * the variance of the belief. All divisions round down, and what is kept as int16 saturates. Stages
 * go over all elements of a run, so that one stage's weights are merged at a time. No sum leaves
 * int32 whatever weights, factors and elements are: 56 products of 12 and 14 bits, and a bias of 12
 * bits times 2^11.
 *
 * Twin:   receivers/mimo/integer/lora_reference.py (equal bit for bit,
 *         tests/firmware/test_detectors.py)
 * Source: X. Wang et al., Deep LoRA-Unfolding Networks, arXiv 2602.18697, for stages that differ by
 *         factors; features and integers are our own, see receivers/mimo/deep/lora_unfolded.py.
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(stages (weights rank + elements unknowns (weights + unknowns))).
 */
#ifndef AIRLOOP_KERNELS_LORA_UNFOLDED_H
#define AIRLOOP_KERNELS_LORA_UNFOLDED_H

#include "kernels/unknowns.h"

#define LORA_UNFOLDED_LAYERS 3u
#define LORA_UNFOLDED_WIDTH 8u /* what hidden numbers are a multiple of; of it, 6 features */
#define LORA_UNFOLDED_MAX_HIDDEN 56u
#define LORA_UNFOLDED_MAX_STAGES 64u
#define LORA_UNFOLDED_MAX_RANK 8u
#define LORA_UNFOLDED_MAX_SHIFT 31u
#define LORA_UNFOLDED_BIAS_WIDTH 4u /* of the bias in a row of weights: it, and zeros */

typedef struct {
    element_shape_t shape;
    size_t num_axis_bits;               /**< 1 .. UNKNOWNS_MAX_AXIS_BITS */
    size_t num_hidden;                  /**< LORA_UNFOLDED_WIDTH .. LORA_UNFOLDED_MAX_HIDDEN, a
                                           multiple of the former */
    size_t ranks[LORA_UNFOLDED_LAYERS]; /**< of B A, 0 .. LORA_UNFOLDED_MAX_RANK */
    size_t channel_rank;                /**< of D C, 0 .. LORA_UNFOLDED_MAX_RANK */
} lora_unfolded_sizes_t;

static inline size_t lora_unfolded_num_levels(const lora_unfolded_sizes_t *s)
{
    return (size_t)1 << s->num_axis_bits;
}

/** Inputs of a layer. */
static inline size_t lora_unfolded_depth(const lora_unfolded_sizes_t *s, size_t layer)
{
    return layer == 0 ? LORA_UNFOLDED_WIDTH : s->num_hidden;
}

/** Bytes of a row of weights of a layer: its inputs, and the bias. */
static inline size_t lora_unfolded_num_columns(const lora_unfolded_sizes_t *s, size_t layer)
{
    return lora_unfolded_depth(s, layer) + LORA_UNFOLDED_BIAS_WIDTH;
}

static inline size_t lora_unfolded_num_rows(const lora_unfolded_sizes_t *s, size_t layer)
{
    return layer == LORA_UNFOLDED_LAYERS - 1u ? lora_unfolded_num_levels(s) : s->num_hidden;
}

static inline size_t lora_unfolded_weights_bytes(const lora_unfolded_sizes_t *s)
{
    size_t sum = 0;
    for (size_t i = 0; i < LORA_UNFOLDED_LAYERS; i++) {
        sum += lora_unfolded_num_rows(s, i) * lora_unfolded_num_columns(s, i);
    }
    return sum;
}

/** Bytes of both factors of all layers. */
static inline size_t lora_unfolded_factors_bytes(const lora_unfolded_sizes_t *s,
                                                 const size_t ranks[LORA_UNFOLDED_LAYERS])
{
    size_t sum = 0;
    for (size_t i = 0; i < LORA_UNFOLDED_LAYERS; i++) {
        sum += ranks[i] * (lora_unfolded_num_rows(s, i) + lora_unfolded_num_columns(s, i));
    }
    return sum;
}

typedef struct {
    lora_unfolded_sizes_t sizes;
    size_t num_elements;           /**< of a run */
    size_t num_stages;             /**< 1 .. LORA_UNFOLDED_MAX_STAGES */
    size_t llr_bits;               /**< behind the point of the LLRs, 0 .. 7 */
    const int16_t *levels;         /**< [num_levels], 11 bits behind the point, within
                                      +-UNKNOWNS_LEVEL_LIMIT */
    const int16_t *steps;          /**< [num_stages]: rho, 12 bits behind the point */
    const int8_t *weights;         /**< W, layer by layer [num_rows][num_columns] */
    const int8_t *factors;         /**< stage by stage, layer by layer: B [num_rows][rank], then A
                                      [rank][num_columns] */
    const int8_t *channel;         /**< layer by layer: D and C likewise, of channel_rank */
    const uint8_t *hidden_shifts;  /**< [2][num_hidden]: a, 0 .. LORA_UNFOLDED_MAX_SHIFT */
    const int32_t *output_factors; /**< [num_levels]: F */
} lora_unfolded_t;

/** Return the bytes of scratch of a run. */
size_t lora_unfolded_scratch_bytes(const lora_unfolded_sizes_t *s, size_t num_elements);

/**
 * Detect the users of a run of elements.
 *
 * @param[in]  elements  4-byte aligned
 * @param[out] llr       int8 [num_elements][num_tx][2 num_axis_bits], positive = bit 1, those of
 *                       both axes in turn
 * @param      scratch   16-byte aligned
 */
void lora_unfolded_detect(const lora_unfolded_t *p, const uint8_t *elements, int8_t *llr,
                          void *scratch);

#endif
