/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is special about the image of a spiking network, and the proof of its numbers.
 *
 * Its kernels keep states from step to step and believe lists and states, so more is proven than of
 * other networks: that nobody else writes where these lie, and that no sum of a neuron overflows.
 */
#ifndef AIRLOOP_IMAGE_SPIKING_H
#define AIRLOOP_IMAGE_SPIKING_H

#include "image/extents.h"
#include "image/image.h"

#include <stdbool.h>
#include <stddef.h>

/** Whether the operator is one of those of spiking networks. */
static inline bool spiking_is_operator(const image_operator_t *op)
{
    return op->kind == OPERATOR_SPIKING_LAYER || op->kind == OPERATOR_SPIKE_READOUT;
}

/** Whether a valid image is one of a spiking network: it is run step by step. */
bool spiking_is_image(const uint8_t *bytes);

/** Where the rows of inputs, of recurrent weights, and all weights end; from the first of them. */
typedef struct {
    uint64_t rows;
    uint64_t recurrent;
    uint64_t end;
} spiking_parts_t;

/** Return where the parts of an operator's weights begin. */
spiking_parts_t spiking_parts(const image_operator_t *op);

/** As `operator_extents`. The first input is a list, the second what stays from step to step. */
bool spiking_extents(const image_operator_t *op, extents_t *extents);

/** Whether no sum of a neuron can overflow; true of other operators. The weights lie in the image.
 */
bool spiking_has_valid_neurons(const uint8_t *bytes, const image_operator_t *op);

/** Whether the operators of an image, each valid, are layers that feed each other and a read-out,
 * and share no memory but their lists; true of an image that has neither. */
bool spiking_has_valid_chain(const uint8_t *bytes);

#endif
