/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The scratch of GNN_SIC, and its parts: the graph, the products of rows, the messages.
 */
#ifndef AIRLOOP_KERNELS_GNN_SIC_WORK_H
#define AIRLOOP_KERNELS_GNN_SIC_WORK_H

#include "kernels/gnn_sic.h"
#include "kernels/simd.h"

/** Rows of weights as a body reads them. Where a core multiplies pairs of int16, they are widened
 * once, and two rows lie word by word: int16 [num_rows / 2][depth / 2][2][2]. */
#if AIRLOOP_DSP
typedef int16_t gnn_sic_weight_t;
#else
typedef int8_t gnn_sic_weight_t;
#endif

/** What lies in the scratch, in this order; of n nodes. */
typedef struct {
    size_t n;
    int32_t *sums; /**< [n][most rows] */
    unknowns_t unknowns;
    uint32_t *pairs; /**< [n] */
    int16_t *sent;   /**< P and S of all senders, 2 n num_messages; gnn_sic_messages.c */
    int16_t *seen;   /**< [n][num_seen]: features, memory, messages */
    int16_t *active; /**< [n][num_hidden] */
    const gnn_sic_weight_t *ends;
    const gnn_sic_weight_t *hidden;
    const gnn_sic_weight_t *output;
} gnn_sic_work_t;

/** Rows of weights. */
typedef struct {
    const gnn_sic_weight_t *weights; /**< [num_rows][depth] */
    size_t num_rows;                 /**< even */
    size_t depth;                    /**< a multiple of GNN_SIC_WIDTH */
} gnn_sic_rows_t;

/** Work out what does not change from iteration to iteration; the sums are overwritten. */
void gnn_sic_graph(const gnn_sic_t *p, const uint8_t *element, const gnn_sic_work_t *w);

/** Write the features that change, in front of the memory. */
void gnn_sic_features(const gnn_sic_t *p, const gnn_sic_work_t *w);

/**
 * Multiply rows with the vectors of all nodes.
 *
 * @param[in]  values  int16, of each node [depth], `step` apart, 4-byte aligned
 * @param[out] sums    int32 [num_nodes][num_rows]
 * @param num_nodes    even
 */
void gnn_sic_product(const gnn_sic_rows_t *rows, const int16_t *values, size_t step,
                     size_t num_nodes, int32_t *sums);

/** Turn sums into what is heard or hidden: max(sum, 0) / 2^shift as int16. */
void gnn_sic_activate(const int32_t *sums, const int32_t *bias, const uint8_t *shifts,
                      size_t num_sums, int16_t *active);

/** Write the messages behind what is known, from the products of the ends in the sums. */
void gnn_sic_messages(const gnn_sic_t *p, const gnn_sic_work_t *w);

#endif
