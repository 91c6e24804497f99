/* SPDX-License-Identifier: Apache-2.0 */
#include "run/detector_operators.h"

#include "image/detector.h"
#include "kernels/convolution.h"
#include "kernels/lmmse_detector.h"
#include "run/operator_params.h"

size_t detector_scratch_bytes(const image_operator_t *op)
{
    if (op->kind == OPERATOR_GNN_SIC) {
        const gnn_sic_sizes_t sizes = detector_gnn_sizes(op);
        return gnn_sic_scratch_bytes(&sizes);
    }
    if (op->kind == OPERATOR_LORA_UNFOLDED) {
        const lora_unfolded_sizes_t sizes = detector_unfolded_sizes(op);
        return lora_unfolded_scratch_bytes(&sizes, op->parameters.detector.num_elements);
    }
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

static gnn_sic_t gnn_sic_of(const image_operator_t *op, const place_t *place)
{
    const image_detector_t *d = &op->parameters.detector;
    const detector_gnn_parts_t parts = detector_gnn_parts(op);
    const uint8_t *weights = operator_weights(op, place);
    const void *at[GNN_NUM_PARTS];
    for (size_t i = 0; i < GNN_NUM_PARTS; i++) {
        at[i] = weights + parts.at[i];
    }
    return (gnn_sic_t){.sizes = detector_gnn_sizes(op),
                       .num_iterations = d->num_iterations,
                       .llr_bits = d->llr_bits,
                       .message_shift = d->message_shift,
                       .levels = at[GNN_PART_LEVELS],
                       .ends = at[GNN_PART_ENDS],
                       .receiver_bias = at[GNN_PART_RECEIVER_BIAS],
                       .pair = at[GNN_PART_PAIR],
                       .message_shifts = at[GNN_PART_MESSAGE_SHIFTS],
                       .hidden = at[GNN_PART_HIDDEN],
                       .hidden_bias = at[GNN_PART_HIDDEN_BIAS],
                       .hidden_shifts = at[GNN_PART_HIDDEN_SHIFTS],
                       .output = at[GNN_PART_OUTPUT],
                       .output_bias = at[GNN_PART_OUTPUT_BIAS],
                       .output_factors = at[GNN_PART_OUTPUT_FACTORS]};
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

status_t run_lora_unfolded(const image_operator_t *op, const place_t *place)
{
    const image_detector_t *d = &op->parameters.detector;
    const detector_unfolded_parts_t parts = detector_unfolded_parts(op);
    const uint8_t *weights = operator_weights(op, place);
    const void *at[UNFOLDED_NUM_PARTS];
    for (size_t i = 0; i < UNFOLDED_NUM_PARTS; i++) {
        at[i] = weights + parts.at[i];
    }
    const lora_unfolded_t p = {.sizes = detector_unfolded_sizes(op),
                               .num_elements = d->num_elements,
                               .num_stages = d->num_iterations,
                               .llr_bits = d->llr_bits,
                               .levels = at[UNFOLDED_PART_LEVELS],
                               .steps = at[UNFOLDED_PART_STEPS],
                               .weights = at[UNFOLDED_PART_WEIGHTS],
                               .factors = at[UNFOLDED_PART_FACTORS],
                               .channel = at[UNFOLDED_PART_CHANNEL],
                               .hidden_shifts = at[UNFOLDED_PART_HIDDEN_SHIFTS],
                               .output_factors = at[UNFOLDED_PART_OUTPUT_FACTORS]};
    lora_unfolded_detect(&p, place->arena + op->inputs[0], operator_output(op, place),
                         place->scratch);
    return STATUS_OK;
}
