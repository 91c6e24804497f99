/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is special about operators that detect several users.
 */
#ifndef AIRLOOP_IMAGE_DETECTOR_H
#define AIRLOOP_IMAGE_DETECTOR_H

#include "image/extents.h"
#include "image/image.h"
#include "kernels/element.h"

#include <stdbool.h>
#include <stddef.h>

/** Return the size of an operator's elements. */
static inline element_shape_t detector_shape(const image_operator_t *op)
{
    return (element_shape_t){.num_rx_ant = op->parameters.detector.num_rx_ant,
                             .num_tx = op->parameters.detector.num_tx};
}

/** As `operator_extents`. */
bool detector_extents(const image_operator_t *op, extents_t *extents);

#endif
