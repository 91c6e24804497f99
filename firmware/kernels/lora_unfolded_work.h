/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The scratch of LORA_UNFOLDED, and its parts: the weights of a stage, the products of layers.
 */
#ifndef AIRLOOP_KERNELS_LORA_UNFOLDED_WORK_H
#define AIRLOOP_KERNELS_LORA_UNFOLDED_WORK_H

#include "kernels/lora_unfolded.h"
#include "kernels/simd.h"

/** The merged weights of a layer. Where a core multiplies pairs of int16, two rows lie word by
 * word: int16 [num_rows / 2][depth / 2][2][2]; else int16 [num_rows][depth]. */
typedef struct {
    size_t num_rows; /**< even */
    size_t depth;    /**< a multiple of LORA_UNFOLDED_WIDTH */
    int16_t *weights;
    int32_t *bias; /**< [num_rows] */
} lora_unfolded_layer_t;

/** What lies in the scratch while stages run; of n unknowns. */
typedef struct {
    lora_unfolded_layer_t layers[LORA_UNFOLDED_LAYERS];
    void *room;        /**< for merging a layer */
    int16_t *known;    /**< [n][LORA_UNFOLDED_WIDTH]: features, then zeros */
    int16_t *first;    /**< [n][num_hidden] */
    int16_t *second;   /**< [n][num_hidden] */
    int32_t *logits;   /**< [n][num_levels] */
    void *solver;      /**< of LMMSE; lies over all of the above, before stages run */
    uint8_t *elements; /**< what is kept of each element */
} lora_unfolded_work_t;

/** Return the bytes of room for merging a layer of factors of that rank, both together; it depends
 * on the core. */
size_t lora_unfolded_room_bytes(size_t num_rows, size_t num_columns, size_t rank);

/** Merge the weights of a stage. */
void lora_unfolded_merge(const lora_unfolded_t *p, size_t stage, const lora_unfolded_work_t *w);

/** Write hidden numbers int16 [num_nodes][num_rows] of values int16 [num_nodes][depth], 4-byte
 * aligned; num_nodes is even. */
void lora_unfolded_hide(const lora_unfolded_layer_t *layer, const uint8_t *shifts,
                        const int16_t *values, size_t num_nodes, int16_t *hidden);

/** Write sums int32 [num_nodes][num_rows] likewise. */
void lora_unfolded_sum(const lora_unfolded_layer_t *layer, const int16_t *values, size_t num_nodes,
                       int32_t *sums);

#endif
