/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Message passing between the users of one resource element, in integers, to LLRs of their bits.
 *
 * Nodes are the real and imaginary parts of the users' symbols. In an iteration, node k has the
 * features f_k: the level x that is believed, what is left r, the matched filter z, ln of the
 * variance of what is left, the variance of the belief, and a memory; then
 *
 *     t = e_kj P_j + 2^12 (S_j + R_k)                   P_j, S_j of the sender, R_k of the receiver
 *     m_k = (sum over j != k of max(t, 0) / 16) / 2^b
 *     h_k = max(W (f_k, m_k) + c, 0) / 2^a
 *     o_k = (V h_k + d) M / 2^32                        the next memory's tanh^-1, and logits
 *
 * with e the interference of a pair, all divisions rounded down, and saturation to int16 where a
 * value is kept as such. What does not change from iteration to iteration is divided in float32, in
 * one order. No sum leaves int32 whatever the element is, if constants keep the limits below.
 *
 * Twin:   receivers/mimo/integer/gnn_reference.py (equal bit for bit,
 *         tests/firmware/test_detectors.py)
 * Source: Y. Yi et al., Data-Driven Deep MIMO Detection, arXiv 2602.20178; nodes, features and
 *         integers are our own, see receivers/mimo/deep/gnn_sic.py.
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(iterations nodes (nodes messages + hidden (features + messages))).
 */
#ifndef AIRLOOP_KERNELS_GNN_SIC_H
#define AIRLOOP_KERNELS_GNN_SIC_H

#include "kernels/unknowns.h"

#define GNN_SIC_NUM_FEATURES 5u /* beside the memory */
#define GNN_SIC_NUM_PAIR_FEATURES 3u
#define GNN_SIC_WIDTH 8u /* what sizes are multiples of */
#define GNN_SIC_MAX_AXIS_BITS UNKNOWNS_MAX_AXIS_BITS
#define GNN_SIC_MAX_MEMORY 16u
#define GNN_SIC_MAX_MESSAGES 64u
#define GNN_SIC_MAX_HIDDEN 64u
#define GNN_SIC_MAX_ITERATIONS 64u
#define GNN_SIC_BIAS_LIMIT (1 << 30)
#define GNN_SIC_MAX_SHIFT 31u

typedef struct {
    element_shape_t shape;
    size_t num_axis_bits; /**< 1 .. GNN_SIC_MAX_AXIS_BITS */
    size_t num_memory;    /**< 0 .. GNN_SIC_MAX_MEMORY */
    size_t num_messages;  /**< GNN_SIC_WIDTH .. GNN_SIC_MAX_MESSAGES, a multiple of the former */
    size_t num_hidden;    /**< GNN_SIC_WIDTH .. GNN_SIC_MAX_HIDDEN, a multiple of the former */
} gnn_sic_sizes_t;

static inline size_t gnn_sic_num_nodes(const gnn_sic_sizes_t *s)
{
    return 2u * s->shape.num_tx;
}

static inline size_t gnn_sic_num_levels(const gnn_sic_sizes_t *s)
{
    return (size_t)1 << s->num_axis_bits;
}

/** Features and memory, rounded up by zeros. */
static inline size_t gnn_sic_num_known(const gnn_sic_sizes_t *s)
{
    return (GNN_SIC_NUM_FEATURES + s->num_memory + GNN_SIC_WIDTH - 1u) / GNN_SIC_WIDTH *
           GNN_SIC_WIDTH;
}

/** What a hidden number is made of. */
static inline size_t gnn_sic_num_seen(const gnn_sic_sizes_t *s)
{
    return gnn_sic_num_known(s) + s->num_messages;
}

/** Memory and logits, rounded up to an even number. */
static inline size_t gnn_sic_num_outputs(const gnn_sic_sizes_t *s)
{
    return (s->num_memory + gnn_sic_num_levels(s) + 1u) / 2u * 2u;
}

typedef struct {
    gnn_sic_sizes_t sizes;
    size_t num_iterations;  /**< 1 .. GNN_SIC_MAX_ITERATIONS */
    size_t llr_bits;        /**< behind the point of the LLRs, 0 .. 7 */
    unsigned message_shift; /**< of P, S and R, 0 .. UNKNOWNS_PAIR_BITS */
    const int16_t *levels;  /**< [num_levels], 11 bits behind the point, within
                               +-UNKNOWNS_LEVEL_LIMIT */
    const int8_t *ends;     /**< [2 num_messages][num_known]: rows of senders, then of receivers */
    const int32_t *receiver_bias;  /**< [num_messages]; biases are within +-GNN_SIC_BIAS_LIMIT */
    const int8_t *pair;            /**< [3][num_messages]: of e, of e x, of e r */
    const uint8_t *message_shifts; /**< [num_messages], 0 .. GNN_SIC_MAX_SHIFT */
    const int8_t *hidden;          /**< [num_hidden][num_seen] */
    const int32_t *hidden_bias;    /**< [num_hidden] */
    const uint8_t *hidden_shifts;  /**< [num_hidden], 0 .. GNN_SIC_MAX_SHIFT */
    const int8_t *output;          /**< [num_outputs][num_hidden] */
    const int32_t *output_bias;    /**< [num_outputs] */
    const int32_t *output_factors; /**< [num_outputs] */
} gnn_sic_t;

/** Return the bytes of scratch, which depend on the core. */
size_t gnn_sic_scratch_bytes(const gnn_sic_sizes_t *s);

/** Write into scratch, 16-byte aligned, what all elements have in common. */
void gnn_sic_begin(const gnn_sic_t *p, void *scratch);

/**
 * Detect the users of an element.
 *
 * @param[in]     element  4-byte aligned
 * @param[out]    llr      int8 [num_tx][2 num_axis_bits], positive = bit 1, those of both axes in
 *                         turn
 * @param[in,out] scratch  as gnn_sic_begin has left it, or gnn_sic_detect
 */
void gnn_sic_detect(const gnn_sic_t *p, const uint8_t *element, int8_t *llr, void *scratch);

#endif
