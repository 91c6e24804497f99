/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is special about operators that detect several users, and the proof of their numbers.
 */
#ifndef AIRLOOP_IMAGE_DETECTOR_H
#define AIRLOOP_IMAGE_DETECTOR_H

#include "image/extents.h"
#include "image/image.h"
#include "kernels/gnn_sic.h"

#include <stdbool.h>
#include <stddef.h>

/** Whether the operator is one that detects several users. */
static inline bool detector_is_operator(const image_operator_t *op)
{
    return op->kind == OPERATOR_LMMSE_DETECTOR || op->kind == OPERATOR_GNN_SIC;
}

/** Return the size of an operator's elements. */
static inline element_shape_t detector_shape(const image_operator_t *op)
{
    return (element_shape_t){.num_rx_ant = op->parameters.detector.num_rx_ant,
                             .num_tx = op->parameters.detector.num_tx};
}

/** Return the sizes of a GNN_SIC. */
gnn_sic_sizes_t detector_sizes(const image_operator_t *op);

/** Parts of the weights of a GNN_SIC, in this order, as `gnn_sic_t` describes them; each begins at
 * a multiple of IMAGE_ALIGNMENT. */
typedef enum {
    DETECTOR_LEVELS,
    DETECTOR_ENDS,
    DETECTOR_RECEIVER_BIAS,
    DETECTOR_PAIR,
    DETECTOR_MESSAGE_SHIFTS,
    DETECTOR_HIDDEN,
    DETECTOR_HIDDEN_BIAS,
    DETECTOR_HIDDEN_SHIFTS,
    DETECTOR_OUTPUT,
    DETECTOR_OUTPUT_BIAS,
    DETECTOR_OUTPUT_FACTORS,
    DETECTOR_NUM_PARTS,
} detector_part_t;

/** Where each part begins, from the first weight, and where the last one ends. */
typedef struct {
    size_t at[DETECTOR_NUM_PARTS + 1];
} detector_parts_t;

/** Return where the parts of a GNN_SIC of valid sizes begin. */
detector_parts_t detector_parts(const image_operator_t *op);

/** As `operator_extents`. */
bool detector_extents(const image_operator_t *op, extents_t *extents);

/** Whether the constants of a GNN_SIC keep the limits of its kernel; true of other operators. The
 * weights lie in the image. */
bool detector_has_valid_weights(const uint8_t *bytes, const image_operator_t *op);

#endif
