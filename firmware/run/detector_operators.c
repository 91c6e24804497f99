/* SPDX-License-Identifier: Apache-2.0 */
#include "run/detector_operators.h"

#include "image/detector.h"
#include "kernels/convolution.h"
#include "kernels/lmmse_detector.h"
#include "run/operator_params.h"

size_t detector_scratch_bytes(const image_operator_t *op)
{
    return round_up(lmmse_detector_scratch_bytes(detector_shape(op)), IMAGE_ALIGNMENT);
}

status_t run_lmmse_detector(const image_operator_t *op, const place_t *place)
{
    const image_detector_t *d = &op->parameters.detector;
    const lmmse_detector_t p = {.shape = detector_shape(op),
                                .num_axis_bits = d->num_axis_bits,
                                .levels = operator_weights(op, place),
                                .llr_bits = d->llr_bits};
    const uint8_t *element = place->arena + op->inputs[0];
    int8_t *llr = operator_output(op, place);
    for (size_t i = 0; i < d->num_elements; i++) {
        lmmse_detect(&p, element, llr, place->scratch);
        element += element_bytes(p.shape);
        llr += p.shape.num_tx * 2u * p.num_axis_bits;
    }
    return STATUS_OK;
}
