/* SPDX-License-Identifier: Apache-2.0 */
#include "run/detector_operators.h"

#include "image/detector.h"
#include "kernels/convolution.h"
#include "kernels/lmmse_detector.h"
#include "run/operator_params.h"

size_t detector_scratch_bytes(const image_operator_t *op)
{
    const gnn_sic_sizes_t sizes = detector_sizes(op);
    return op->kind == OPERATOR_GNN_SIC
               ? gnn_sic_scratch_bytes(&sizes)
               : round_up(lmmse_detector_scratch_bytes(sizes.shape), IMAGE_ALIGNMENT);
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

static gnn_sic_t gnn_sic_of(const image_operator_t *op, const place_t *place)
{
    const image_detector_t *d = &op->parameters.detector;
    const detector_parts_t parts = detector_parts(op);
    const uint8_t *weights = operator_weights(op, place);
    const void *at[DETECTOR_NUM_PARTS];
    for (size_t i = 0; i < DETECTOR_NUM_PARTS; i++) {
        at[i] = weights + parts.at[i];
    }
    return (gnn_sic_t){.sizes = detector_sizes(op),
                       .num_iterations = d->num_iterations,
                       .llr_bits = d->llr_bits,
                       .message_shift = d->message_shift,
                       .levels = at[DETECTOR_LEVELS],
                       .ends = at[DETECTOR_ENDS],
                       .receiver_bias = at[DETECTOR_RECEIVER_BIAS],
                       .pair = at[DETECTOR_PAIR],
                       .message_shifts = at[DETECTOR_MESSAGE_SHIFTS],
                       .hidden = at[DETECTOR_HIDDEN],
                       .hidden_bias = at[DETECTOR_HIDDEN_BIAS],
                       .hidden_shifts = at[DETECTOR_HIDDEN_SHIFTS],
                       .output = at[DETECTOR_OUTPUT],
                       .output_bias = at[DETECTOR_OUTPUT_BIAS],
                       .output_factors = at[DETECTOR_OUTPUT_FACTORS]};
}

status_t run_gnn_sic(const image_operator_t *op, const place_t *place)
{
    const gnn_sic_t p = gnn_sic_of(op, place);
    const uint8_t *element = place->arena + op->inputs[0];
    int8_t *llr = operator_output(op, place);
    gnn_sic_begin(&p, place->scratch);
    for (size_t i = 0; i < op->parameters.detector.num_elements; i++) {
        gnn_sic_detect(&p, element, llr, place->scratch);
        element += element_bytes(p.sizes.shape);
        llr += p.sizes.shape.num_tx * 2u * p.sizes.num_axis_bits;
    }
    return STATUS_OK;
}
