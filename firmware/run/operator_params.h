/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where an operator of an image finds what it works on.
 */
#ifndef AIRLOOP_RUN_OPERATOR_PARAMS_H
#define AIRLOOP_RUN_OPERATOR_PARAMS_H

#include "image/image.h"
#include "run/operators.h"

static inline output_range_t operator_range(const image_operator_t *op)
{
    return (output_range_t){.zero_point = op->output_zero_point,
                            .activation_min = op->activation_min,
                            .activation_max = op->activation_max};
}

static inline const rescale_t *operator_rescales(const image_operator_t *op, const place_t *place)
{
    const uint8_t *at = place->constants + (op->rescales_offset - place->constants_from);
    return (const rescale_t *)(const void *)at;
}

/** Return the weights, or the table of an operator that has one. */
static inline const void *operator_weights(const image_operator_t *op, const place_t *place)
{
    return place->constants + (op->weights_offset - place->constants_from);
}

/** Return input 0 or 1: an activation, or a constant of the image. */
static inline const int8_t *operator_input(const image_operator_t *op, const place_t *place,
                                           unsigned i)
{
    const bool is_in_image = (op->flags >> i & 1u) != 0;
    return (const int8_t *)((is_in_image ? place->image : place->arena) + op->inputs[i]);
}

static inline int8_t *operator_output(const image_operator_t *op, const place_t *place)
{
    return (int8_t *)(place->arena + op->output);
}

#endif
