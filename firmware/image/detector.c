/* SPDX-License-Identifier: Apache-2.0 */
#include "image/detector.h"

#include "kernels/lmmse_detector.h"

#define MAX_LLR_BITS 7u

static bool has_valid_sizes(const image_detector_t *d)
{
    return d->num_elements >= 1 && d->num_rx_ant >= 1 && d->num_rx_ant <= ELEMENT_MAX_RX_ANT &&
           d->num_tx >= 1 && d->num_tx <= ELEMENT_MAX_TX && d->num_axis_bits >= 1 &&
           d->num_axis_bits <= LMMSE_MAX_AXIS_BITS && d->llr_bits <= MAX_LLR_BITS;
}

bool detector_extents(const image_operator_t *op, extents_t *extents)
{
    const image_detector_t *d = &op->parameters.detector;
    if (op->kind != OPERATOR_LMMSE_DETECTOR || op->flags != 0 ||
        op->inputs[0] % IMAGE_ALIGNMENT != 0 || !has_valid_sizes(d)) {
        return false;
    }
    *extents = (extents_t){
        .num_inputs = 1,
        .inputs = {(uint64_t)d->num_elements * element_bytes(detector_shape(op))},
        .output = (uint64_t)d->num_elements * d->num_tx * 2u * d->num_axis_bits,
        .weights = ((uint64_t)1 << d->num_axis_bits) * sizeof(float),
    };
    return true;
}
