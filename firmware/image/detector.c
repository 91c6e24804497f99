/* SPDX-License-Identifier: Apache-2.0 */
#include "image/detector.h"

#include "kernels/lmmse_detector.h"

#define MAX_LLR_BITS 7u

/* One check serves both kinds. */
_Static_assert(LORA_UNFOLDED_MAX_SHIFT == GNN_SIC_MAX_SHIFT, "shifts have one limit");
_Static_assert(LORA_UNFOLDED_WIDTH == GNN_SIC_WIDTH, "sizes are multiples of one width");
_Static_assert(LMMSE_MAX_AXIS_BITS == UNKNOWNS_MAX_AXIS_BITS, "axes have one limit");

/** Write where parts of these sizes begin, and where the last one ends. */
static void place_parts(const size_t *sizes, size_t num_parts, size_t *at)
{
    at[0] = 0;
    for (size_t i = 0; i < num_parts; i++) {
        at[i + 1] = at[i] + (sizes[i] + IMAGE_ALIGNMENT - 1u) / IMAGE_ALIGNMENT * IMAGE_ALIGNMENT;
    }
}

gnn_sic_sizes_t detector_gnn_sizes(const image_operator_t *op)
{
    const image_detector_t *d = &op->parameters.detector;
    return (gnn_sic_sizes_t){.shape = detector_shape(op),
                             .num_axis_bits = d->num_axis_bits,
                             .num_memory = d->num_memory,
                             .num_messages = d->num_messages,
                             .num_hidden = d->num_hidden};
}

detector_gnn_parts_t detector_gnn_parts(const image_operator_t *op)
{
    const gnn_sic_sizes_t s = detector_gnn_sizes(op);
    const size_t num_outputs = gnn_sic_num_outputs(&s);
    const size_t sizes[GNN_NUM_PARTS] = {
        [GNN_PART_LEVELS] = gnn_sic_num_levels(&s) * sizeof(int16_t),
        [GNN_PART_ENDS] = 2u * s.num_messages * gnn_sic_num_known(&s),
        [GNN_PART_RECEIVER_BIAS] = s.num_messages * sizeof(int32_t),
        [GNN_PART_PAIR] = s.num_messages * GNN_SIC_NUM_PAIR_FEATURES,
        [GNN_PART_MESSAGE_SHIFTS] = s.num_messages,
        [GNN_PART_HIDDEN] = s.num_hidden * gnn_sic_num_seen(&s),
        [GNN_PART_HIDDEN_BIAS] = s.num_hidden * sizeof(int32_t),
        [GNN_PART_HIDDEN_SHIFTS] = s.num_hidden,
        [GNN_PART_OUTPUT] = num_outputs * s.num_hidden,
        [GNN_PART_OUTPUT_BIAS] = num_outputs * sizeof(int32_t),
        [GNN_PART_OUTPUT_FACTORS] = num_outputs * sizeof(int32_t),
    };
    detector_gnn_parts_t parts = {0};
    place_parts(sizes, GNN_NUM_PARTS, parts.at);
    return parts;
}

lora_unfolded_sizes_t detector_unfolded_sizes(const image_operator_t *op)
{
    const image_detector_t *d = &op->parameters.detector;
    return (lora_unfolded_sizes_t){.shape = detector_shape(op),
                                   .num_axis_bits = d->num_axis_bits,
                                   .num_hidden = d->num_hidden,
                                   .ranks = {d->ranks[0], d->ranks[1], d->ranks[2]},
                                   .channel_rank = d->channel_rank};
}

detector_unfolded_parts_t detector_unfolded_parts(const image_operator_t *op)
{
    const lora_unfolded_sizes_t s = detector_unfolded_sizes(op);
    const size_t num_stages = op->parameters.detector.num_iterations;
    const size_t of_channel[LORA_UNFOLDED_LAYERS] = {s.channel_rank, s.channel_rank,
                                                     s.channel_rank};
    const size_t sizes[UNFOLDED_NUM_PARTS] = {
        [UNFOLDED_PART_LEVELS] = lora_unfolded_num_levels(&s) * sizeof(int16_t),
        [UNFOLDED_PART_STEPS] = num_stages * sizeof(int16_t),
        [UNFOLDED_PART_WEIGHTS] = lora_unfolded_weights_bytes(&s),
        [UNFOLDED_PART_FACTORS] = num_stages * lora_unfolded_factors_bytes(&s, s.ranks),
        [UNFOLDED_PART_CHANNEL] = lora_unfolded_factors_bytes(&s, of_channel),
        [UNFOLDED_PART_HIDDEN_SHIFTS] = 2u * s.num_hidden,
        [UNFOLDED_PART_OUTPUT_FACTORS] = lora_unfolded_num_levels(&s) * sizeof(int32_t),
    };
    detector_unfolded_parts_t parts = {0};
    place_parts(sizes, UNFOLDED_NUM_PARTS, parts.at);
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

static bool has_valid_gnn(const image_detector_t *d)
{
    return d->num_iterations >= 1 && d->num_iterations <= GNN_SIC_MAX_ITERATIONS &&
           d->num_memory <= GNN_SIC_MAX_MEMORY && is_width(d->num_messages, GNN_SIC_MAX_MESSAGES) &&
           is_width(d->num_hidden, GNN_SIC_MAX_HIDDEN) && d->message_shift <= UNKNOWNS_PAIR_BITS;
}

static bool has_valid_stages(const image_detector_t *d)
{
    return d->num_iterations >= 1 && d->num_iterations <= LORA_UNFOLDED_MAX_STAGES &&
           is_width(d->num_hidden, LORA_UNFOLDED_MAX_HIDDEN) &&
           d->ranks[0] <= LORA_UNFOLDED_MAX_RANK && d->ranks[1] <= LORA_UNFOLDED_MAX_RANK &&
           d->ranks[2] <= LORA_UNFOLDED_MAX_RANK && d->channel_rank <= LORA_UNFOLDED_MAX_RANK;
}

static bool has_valid_network(const image_operator_t *op)
{
    const image_detector_t *d = &op->parameters.detector;
    switch (op->kind) {
    case OPERATOR_GNN_SIC:
        return op->weight_bits == 8 && has_valid_gnn(d);
    case OPERATOR_LORA_UNFOLDED:
        return op->weight_bits == 8 && has_valid_stages(d);
    default:
        return true;
    }
}

/** Bytes of the weights of an operator of valid sizes. */
static uint64_t weights_bytes(const image_operator_t *op)
{
    switch (op->kind) {
    case OPERATOR_GNN_SIC:
        return detector_gnn_parts(op).at[GNN_NUM_PARTS];
    case OPERATOR_LORA_UNFOLDED:
        return detector_unfolded_parts(op).at[UNFOLDED_NUM_PARTS];
    default:
        return ((uint64_t)1 << op->parameters.detector.num_axis_bits) * sizeof(float);
    }
}

bool detector_extents(const image_operator_t *op, extents_t *extents)
{
    const image_detector_t *d = &op->parameters.detector;
    if (op->flags != 0 || op->inputs[0] % IMAGE_ALIGNMENT != 0 || !has_valid_sizes(d) ||
        !has_valid_network(op)) {
        return false;
    }
    *extents = (extents_t){
        .num_inputs = 1,
        .inputs = {(uint64_t)d->num_elements * element_bytes(detector_shape(op))},
        .output = (uint64_t)d->num_elements * d->num_tx * 2u * d->num_axis_bits,
        .weights = weights_bytes(op),
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

static bool has_valid_gnn_weights(const uint8_t *weights, const image_operator_t *op)
{
    const gnn_sic_sizes_t s = detector_gnn_sizes(op);
    const detector_gnn_parts_t parts = detector_gnn_parts(op);
    const void *levels = weights + parts.at[GNN_PART_LEVELS];
    const void *receiver = weights + parts.at[GNN_PART_RECEIVER_BIAS];
    const void *hidden = weights + parts.at[GNN_PART_HIDDEN_BIAS];
    const void *output = weights + parts.at[GNN_PART_OUTPUT_BIAS];
    return are_levels(levels, gnn_sic_num_levels(&s)) &&
           are_within(receiver, s.num_messages, GNN_SIC_BIAS_LIMIT) &&
           are_within(hidden, s.num_hidden, GNN_SIC_BIAS_LIMIT) &&
           are_within(output, gnn_sic_num_outputs(&s), GNN_SIC_BIAS_LIMIT) &&
           are_shifts(weights + parts.at[GNN_PART_MESSAGE_SHIFTS], s.num_messages) &&
           are_shifts(weights + parts.at[GNN_PART_HIDDEN_SHIFTS], s.num_hidden);
}

static bool has_valid_unfolded_weights(const uint8_t *weights, const image_operator_t *op)
{
    const lora_unfolded_sizes_t s = detector_unfolded_sizes(op);
    const detector_unfolded_parts_t parts = detector_unfolded_parts(op);
    const void *levels = weights + parts.at[UNFOLDED_PART_LEVELS];
    return are_levels(levels, lora_unfolded_num_levels(&s)) &&
           are_shifts(weights + parts.at[UNFOLDED_PART_HIDDEN_SHIFTS], 2u * s.num_hidden);
}

bool detector_has_valid_weights(const uint8_t *bytes, const image_operator_t *op)
{
    const uint8_t *weights = bytes + op->weights_offset;
    switch (op->kind) {
    case OPERATOR_GNN_SIC:
        return has_valid_gnn_weights(weights, op);
    case OPERATOR_LORA_UNFOLDED:
        return has_valid_unfolded_weights(weights, op);
    default:
        return true;
    }
}
