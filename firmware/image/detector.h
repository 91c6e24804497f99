/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is special about operators that detect several users, and the proof of their numbers.
 */
#ifndef AIRLOOP_IMAGE_DETECTOR_H
#define AIRLOOP_IMAGE_DETECTOR_H

#include "image/extents.h"
#include "image/image.h"
#include "kernels/gnn_sic.h"
#include "kernels/lora_unfolded.h"

#include <stdbool.h>
#include <stddef.h>

/** Whether the operator is one that detects several users. */
static inline bool detector_is_operator(const image_operator_t *op)
{
    return op->kind == OPERATOR_LMMSE_DETECTOR || op->kind == OPERATOR_GNN_SIC ||
           op->kind == OPERATOR_LORA_UNFOLDED;
}

/** Return the size of an operator's elements. */
static inline element_shape_t detector_shape(const image_operator_t *op)
{
    return (element_shape_t){.num_rx_ant = op->parameters.detector.num_rx_ant,
                             .num_tx = op->parameters.detector.num_tx};
}

/** Return the sizes of a GNN_SIC. */
gnn_sic_sizes_t detector_gnn_sizes(const image_operator_t *op);

/** Parts of the weights of a GNN_SIC, in this order, as `gnn_sic_t` describes them; each begins at
 * a multiple of IMAGE_ALIGNMENT. */
typedef enum {
    GNN_PART_LEVELS,
    GNN_PART_ENDS,
    GNN_PART_RECEIVER_BIAS,
    GNN_PART_PAIR,
    GNN_PART_MESSAGE_SHIFTS,
    GNN_PART_HIDDEN,
    GNN_PART_HIDDEN_BIAS,
    GNN_PART_HIDDEN_SHIFTS,
    GNN_PART_OUTPUT,
    GNN_PART_OUTPUT_BIAS,
    GNN_PART_OUTPUT_FACTORS,
    GNN_NUM_PARTS,
} detector_gnn_part_t;

/** Where each part begins, from the first weight, and where the last one ends. */
typedef struct {
    size_t at[GNN_NUM_PARTS + 1];
} detector_gnn_parts_t;

/** Return where the parts of a GNN_SIC of valid sizes begin. */
detector_gnn_parts_t detector_gnn_parts(const image_operator_t *op);

/** Return the sizes of a LORA_UNFOLDED. */
lora_unfolded_sizes_t detector_unfolded_sizes(const image_operator_t *op);

/** Parts of the weights of a LORA_UNFOLDED, in this order, as `lora_unfolded_t` describes them;
 * each begins at a multiple of IMAGE_ALIGNMENT. */
typedef enum {
    UNFOLDED_PART_LEVELS,
    UNFOLDED_PART_STEPS,
    UNFOLDED_PART_WEIGHTS,
    UNFOLDED_PART_FACTORS,
    UNFOLDED_PART_CHANNEL,
    UNFOLDED_PART_HIDDEN_SHIFTS,
    UNFOLDED_PART_OUTPUT_FACTORS,
    UNFOLDED_NUM_PARTS,
} detector_unfolded_part_t;

/** Where each part begins, from the first weight, and where the last one ends. */
typedef struct {
    size_t at[UNFOLDED_NUM_PARTS + 1];
} detector_unfolded_parts_t;

/** Return where the parts of a LORA_UNFOLDED of valid sizes begin. */
detector_unfolded_parts_t detector_unfolded_parts(const image_operator_t *op);

/** As `operator_extents`. */
bool detector_extents(const image_operator_t *op, extents_t *extents);

/** Whether the constants of a network of detection keep the limits of its kernel; true of other
 * operators. The weights lie in the image. */
bool detector_has_valid_weights(const uint8_t *bytes, const image_operator_t *op);

#endif
