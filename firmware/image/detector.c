/* SPDX-License-Identifier: Apache-2.0 */
#include "image/detector.h"

#include "kernels/lmmse_detector.h"

#define MAX_LLR_BITS 7u

gnn_sic_sizes_t detector_sizes(const image_operator_t *op)
{
    const image_detector_t *d = &op->parameters.detector;
    return (gnn_sic_sizes_t){.shape = detector_shape(op),
                             .num_axis_bits = d->num_axis_bits,
                             .num_memory = d->num_memory,
                             .num_messages = d->num_messages,
                             .num_hidden = d->num_hidden};
}

detector_parts_t detector_parts(const image_operator_t *op)
{
    const gnn_sic_sizes_t s = detector_sizes(op);
    const size_t num_outputs = gnn_sic_num_outputs(&s);
    const size_t sizes[DETECTOR_NUM_PARTS] = {
        [DETECTOR_LEVELS] = gnn_sic_num_levels(&s) * sizeof(int16_t),
        [DETECTOR_ENDS] = 2u * s.num_messages * gnn_sic_num_known(&s),
        [DETECTOR_RECEIVER_BIAS] = s.num_messages * sizeof(int32_t),
        [DETECTOR_PAIR] = s.num_messages * GNN_SIC_NUM_PAIR_FEATURES,
        [DETECTOR_MESSAGE_SHIFTS] = s.num_messages,
        [DETECTOR_HIDDEN] = s.num_hidden * gnn_sic_num_seen(&s),
        [DETECTOR_HIDDEN_BIAS] = s.num_hidden * sizeof(int32_t),
        [DETECTOR_HIDDEN_SHIFTS] = s.num_hidden,
        [DETECTOR_OUTPUT] = num_outputs * s.num_hidden,
        [DETECTOR_OUTPUT_BIAS] = num_outputs * sizeof(int32_t),
        [DETECTOR_OUTPUT_FACTORS] = num_outputs * sizeof(int32_t),
    };
    detector_parts_t parts = {0};
    for (size_t i = 0; i < DETECTOR_NUM_PARTS; i++) {
        parts.at[i + 1] =
            parts.at[i] + (sizes[i] + IMAGE_ALIGNMENT - 1u) / IMAGE_ALIGNMENT * IMAGE_ALIGNMENT;
    }
    return parts;
}

static bool has_valid_sizes(const image_detector_t *d)
{
    return d->num_elements >= 1 && d->num_rx_ant >= 1 && d->num_rx_ant <= ELEMENT_MAX_RX_ANT &&
           d->num_tx >= 1 && d->num_tx <= ELEMENT_MAX_TX && d->num_axis_bits >= 1 &&
           d->num_axis_bits <= LMMSE_MAX_AXIS_BITS && d->llr_bits <= MAX_LLR_BITS;
}

static bool is_width(uint16_t size, uint16_t most)
{
    return size >= GNN_SIC_WIDTH && size <= most && size % GNN_SIC_WIDTH == 0;
}

static bool has_valid_network(const image_operator_t *op)
{
    const image_detector_t *d = &op->parameters.detector;
    return op->weight_bits == 8 && d->num_iterations >= 1 &&
           d->num_iterations <= GNN_SIC_MAX_ITERATIONS && d->num_memory <= GNN_SIC_MAX_MEMORY &&
           is_width(d->num_messages, GNN_SIC_MAX_MESSAGES) &&
           is_width(d->num_hidden, GNN_SIC_MAX_HIDDEN) && d->message_shift <= UNKNOWNS_PAIR_BITS;
}

bool detector_extents(const image_operator_t *op, extents_t *extents)
{
    const image_detector_t *d = &op->parameters.detector;
    const bool is_gnn_sic = op->kind == OPERATOR_GNN_SIC;
    if (op->flags != 0 || op->inputs[0] % IMAGE_ALIGNMENT != 0 || !has_valid_sizes(d) ||
        (is_gnn_sic && !has_valid_network(op))) {
        return false;
    }
    *extents = (extents_t){
        .num_inputs = 1,
        .inputs = {(uint64_t)d->num_elements * element_bytes(detector_shape(op))},
        .output = (uint64_t)d->num_elements * d->num_tx * 2u * d->num_axis_bits,
        .weights = is_gnn_sic ? detector_parts(op).at[DETECTOR_NUM_PARTS]
                              : ((uint64_t)1 << d->num_axis_bits) * sizeof(float),
    };
    return true;
}

static bool are_within(const int32_t *values, size_t num_values, int32_t limit)
{
    for (size_t i = 0; i < num_values; i++) {
        if (values[i] < -limit || values[i] > limit) {
            return false;
        }
    }
    return true;
}

static bool are_shifts(const uint8_t *values, size_t num_values)
{
    for (size_t i = 0; i < num_values; i++) {
        if (values[i] > GNN_SIC_MAX_SHIFT) {
            return false;
        }
    }
    return true;
}

static bool are_levels(const int16_t *values, size_t num_values)
{
    for (size_t i = 0; i < num_values; i++) {
        if (values[i] < -UNKNOWNS_LEVEL_LIMIT || values[i] > UNKNOWNS_LEVEL_LIMIT) {
            return false;
        }
    }
    return true;
}

bool detector_has_valid_weights(const uint8_t *bytes, const image_operator_t *op)
{
    if (op->kind != OPERATOR_GNN_SIC) {
        return true;
    }
    const gnn_sic_sizes_t s = detector_sizes(op);
    const detector_parts_t parts = detector_parts(op);
    const uint8_t *weights = bytes + op->weights_offset;
    const void *levels = weights + parts.at[DETECTOR_LEVELS];
    const void *receiver = weights + parts.at[DETECTOR_RECEIVER_BIAS];
    const void *hidden = weights + parts.at[DETECTOR_HIDDEN_BIAS];
    const void *output = weights + parts.at[DETECTOR_OUTPUT_BIAS];
    return are_levels(levels, gnn_sic_num_levels(&s)) &&
           are_within(receiver, s.num_messages, GNN_SIC_BIAS_LIMIT) &&
           are_within(hidden, s.num_hidden, GNN_SIC_BIAS_LIMIT) &&
           are_within(output, gnn_sic_num_outputs(&s), GNN_SIC_BIAS_LIMIT) &&
           are_shifts(weights + parts.at[DETECTOR_MESSAGE_SHIFTS], s.num_messages) &&
           are_shifts(weights + parts.at[DETECTOR_HIDDEN_SHIFTS], s.num_hidden);
}
