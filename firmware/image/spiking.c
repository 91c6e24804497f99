/* SPDX-License-Identifier: Apache-2.0 */
#include "image/spiking.h"

#include "image/validate.h"
#include "kernels/spiking_neurons.h"
#include "kernels/spiking_synapses.h"

#define MAX_SCORE_STEPS (UINT64_C(1) << 31)

static bool is_layer(const image_operator_t *op)
{
    return op->kind == OPERATOR_SPIKING_LAYER;
}

static uint64_t round_up_16(uint64_t value)
{
    return (value + 15u) & ~UINT64_C(15);
}

static size_t neuron_bytes(const image_spiking_t *s)
{
    return s->num_states == 1 ? sizeof(spiking_neuron1_t) : sizeof(spiking_neuron2_t);
}

spiking_parts_t spiking_parts(const image_operator_t *op)
{
    const image_spiking_t *s = &op->parameters.spiking;
    if (!is_layer(op)) {
        const uint64_t rows = round_up_16(s->num_out * sizeof(int32_t));
        const uint64_t end = rows + round_up_16((uint64_t)s->num_in * s->num_out);
        return (spiking_parts_t){.rows = rows, .recurrent = end, .end = end};
    }
    const uint64_t row_bytes = spiking_row_bytes(s->num_out, op->weight_bits);
    const uint64_t rows = (uint64_t)s->num_out * neuron_bytes(s);
    const uint64_t recurrent = rows + round_up_16(s->num_in * row_bytes);
    const uint64_t own = s->is_recurrent != 0 ? round_up_16(s->num_out * row_bytes) : 0;
    return (spiking_parts_t){.rows = rows, .recurrent = recurrent, .end = recurrent + own};
}

static bool is_aligned(const image_operator_t *op)
{
    return op->inputs[0] % IMAGE_ALIGNMENT == 0 && op->inputs[1] % IMAGE_ALIGNMENT == 0 &&
           op->output % IMAGE_ALIGNMENT == 0;
}

static bool has_valid_sizes(const image_spiking_t *s)
{
    return s->max_events >= 1 && s->max_events <= SPIKING_MAX_EVENTS && s->num_in >= 1 &&
           s->num_out >= 1 && s->num_out <= SPIKING_MAX_EVENTS;
}

static bool has_valid_layer(const image_operator_t *op)
{
    const image_spiking_t *s = &op->parameters.spiking;
    return (op->weight_bits == 8 || op->weight_bits == 4) && s->num_states >= 1 &&
           s->num_states <= 2 && s->is_recurrent <= 1 &&
           s->weights_shift <= SPIKING_MAX_SUM_SHIFT &&
           s->recurrent_shift <= SPIKING_MAX_SUM_SHIFT && s->leak_shift <= SPIKING_MAX_LEAK_SHIFT &&
           s->sum_limit >= 0;
}

/** An input of the read-out is a neuron, with at most one event a step. */
static bool has_valid_readout(const image_operator_t *op)
{
    const image_spiking_t *s = &op->parameters.spiking;
    return op->weight_bits == 8 && s->max_events == s->num_in && s->max_steps <= UINT16_MAX &&
           (uint64_t)s->max_steps * s->num_in * 128u < MAX_SCORE_STEPS;
}

bool spiking_extents(const image_operator_t *op, extents_t *extents)
{
    const image_spiking_t *s = &op->parameters.spiking;
    if (op->flags != 0 || !is_aligned(op) || !has_valid_sizes(s) ||
        !(is_layer(op) ? has_valid_layer(op) : has_valid_readout(op))) {
        return false;
    }
    const size_t words = is_layer(op) ? (size_t)s->num_out * s->num_states : s->num_out;
    *extents = (extents_t){
        .num_inputs = 2,
        .inputs = {spiking_list_bytes(s->max_events),
                   sizeof(spiking_tally_t) + words * sizeof(int32_t)},
        .output = is_layer(op) ? spiking_list_bytes(s->num_out) : s->num_out * sizeof(int32_t),
        .weights = spiking_parts(op).end,
    };
    return true;
}

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

/** Whether one state of a neuron keeps the limits of kernels/spiking_neurons.h. */
static bool is_bounded(const image_spiking_t *s, int64_t leak_sum, int32_t gain, int32_t bias,
                       int32_t reset)
{
    const int64_t most = (int64_t)SPIKING_MAX_LEAK_SUM << (SPIKING_CARRIED_BITS + s->leak_shift);
    return leak_sum <= most && magnitude(gain) * s->sum_limit <= SPIKING_MAX_DRIVE &&
           magnitude(bias) + magnitude(reset) <= SPIKING_MAX_OFFSET;
}

static bool is_bounded1(const image_spiking_t *s, const spiking_neuron1_t *n)
{
    return n->leak != INT16_MIN && is_bounded(s, magnitude(n->leak), n->gain, n->bias, n->reset);
}

static bool is_bounded2(const image_spiking_t *s, const spiking_neuron2_t *n)
{
    for (size_t i = 0; i < 2; i++) {
        const int64_t sum = magnitude(n->leak[i][0]) + magnitude(n->leak[i][1]);
        if (n->leak[i][0] == INT16_MIN || n->leak[i][1] == INT16_MIN ||
            !is_bounded(s, sum, n->gain[i], n->bias[i], n->reset[i])) {
            return false;
        }
    }
    return true;
}

bool spiking_has_valid_neurons(const uint8_t *bytes, const image_operator_t *op)
{
    const image_spiking_t *s = &op->parameters.spiking;
    if (!is_layer(op)) {
        return true;
    }
    const void *neurons = bytes + op->weights_offset;
    const spiking_neuron1_t *one = neurons;
    const spiking_neuron2_t *two = neurons;
    for (size_t j = 0; j < s->num_out; j++) {
        if (!(s->num_states == 1 ? is_bounded1(s, &one[j]) : is_bounded2(s, &two[j]))) {
            return false;
        }
    }
    return true;
}

bool spiking_is_image(const uint8_t *bytes)
{
    return spiking_is_operator(image_operator(bytes, 0));
}

/** Bytes of the arena that belong to one operator alone. */
typedef struct {
    uint64_t from;
    uint64_t to;
} claim_t;

/** Claim 0 is the list of the network's input; claims 1 + 2 i and 2 + 2 i are what operator i keeps
 * and what it puts out. */
static claim_t claim(const uint8_t *bytes, size_t i)
{
    const image_operator_t *op = image_operator(bytes, i == 0 ? 0 : (i - 1) / 2);
    extents_t e = {0};
    (void)spiking_extents(op, &e);
    if (i == 0) {
        return (claim_t){.from = op->inputs[0], .to = op->inputs[0] + e.inputs[0]};
    }
    return i % 2 == 1 ? (claim_t){.from = op->inputs[1], .to = op->inputs[1] + e.inputs[1]}
                      : (claim_t){.from = op->output, .to = op->output + e.output};
}

static bool are_apart(const uint8_t *bytes)
{
    const size_t num_claims = 1 + 2 * (size_t)image_header(bytes)->num_operators;
    for (size_t i = 0; i < num_claims; i++) {
        const claim_t one = claim(bytes, i);
        for (size_t j = 0; j < i; j++) {
            const claim_t other = claim(bytes, j);
            if (one.from < other.to && other.from < one.to) {
                return false;
            }
        }
    }
    return true;
}

static bool is_fed_by(const image_operator_t *op, const image_operator_t *last)
{
    const image_spiking_t *s = &op->parameters.spiking;
    const uint16_t num_out = last->parameters.spiking.num_out;
    return op->inputs[0] == last->output && s->num_in == num_out && s->max_events == num_out;
}

static bool is_tensor(const image_tensor_t *t, uint32_t offset, uint64_t num_bytes)
{
    return t->offset == offset && (uint64_t)t->height * t->width * t->channels == num_bytes;
}

bool spiking_has_valid_chain(const uint8_t *bytes)
{
    const image_header_t *header = image_header(bytes);
    const size_t last = header->num_operators - 1u;
    size_t num_spiking = 0;
    for (size_t i = 0; i <= last; i++) {
        num_spiking += spiking_is_operator(image_operator(bytes, i));
    }
    if (num_spiking == 0) {
        return true;
    }
    for (size_t i = 1; i <= last; i++) {
        if (!is_layer(image_operator(bytes, i - 1)) ||
            !is_fed_by(image_operator(bytes, i), image_operator(bytes, i - 1))) {
            return false;
        }
    }
    const claim_t input = claim(bytes, 0);
    const claim_t output = claim(bytes, 2 * last + 2);
    return num_spiking == last + 1 && last > 0 && !is_layer(image_operator(bytes, last)) &&
           header->num_loads == 0 &&
           is_tensor(&header->input, (uint32_t)input.from, input.to - input.from) &&
           is_tensor(&header->output, (uint32_t)output.from, output.to - output.from) &&
           are_apart(bytes);
}
