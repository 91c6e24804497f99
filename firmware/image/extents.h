/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an operator of an image touches, worked out from its parameters alone.
 *
 * Whoever knows it can tell whether everything lies where it may: image/validate.c does.
 */
#ifndef AIRLOOP_IMAGE_EXTENTS_H
#define AIRLOOP_IMAGE_EXTENTS_H

#include "image/image.h"

#include <stdbool.h>

/** Sizes are bytes, and 64 bits wide so that no product of two fields overflows. */
typedef struct {
    uint32_t num_inputs;
    uint64_t inputs[2]; /**< read, from the place of the input on */
    uint64_t overread;  /**< more that is read behind, whatever it is, and does not matter */
    uint64_t output;    /**< written, from the place of the output on */
    uint32_t num_rescales;
    int32_t max_shift;    /**< of the rescales */
    uint64_t weights;     /**< bytes of the weights or the table, exactly */
    bool may_be_in_place; /**< an input may lie where the output does */
} extents_t;

/**
 * Work out what an operator touches.
 *
 * @param[out] extents  written if true is returned
 * @return false if the kind is not known, or sizes and steps are none that its kernel can take
 */
bool operator_extents(const image_operator_t *op, extents_t *extents);

#endif
