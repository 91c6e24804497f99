/* SPDX-License-Identifier: Apache-2.0 */
#include "image/loads.h"

#include "image/extents.h"
#include "image/validate.h"

/** Bytes of the arena, and the operators, both included, at which they must stay as they are. */
typedef struct {
    uint64_t from;
    uint64_t to;
    uint32_t first;
    uint32_t last;
} claim_t;

static bool collide(claim_t a, claim_t b)
{
    return a.from < b.to && b.from < a.to && a.first <= b.last && b.first <= a.last;
}

const image_load_t *image_load(const uint8_t *bytes, size_t i)
{
    const uint8_t *first = bytes + image_header(bytes)->loads_offset;
    return (const image_load_t *)(const void *)first + i;
}

size_t image_num_loads_once(const uint8_t *bytes)
{
    const size_t num_loads = image_header(bytes)->num_loads;
    size_t i = 0;
    while (i < num_loads && image_load(bytes, i)->step == IMAGE_LOAD_ONCE) {
        i++;
    }
    return i;
}

static bool is_weighted(const image_operator_t *op)
{
    return op->kind == OPERATOR_CONV_2D || op->kind == OPERATOR_DEPTHWISE_CONV_2D ||
           op->kind == OPERATOR_FULLY_CONNECTED;
}

static bool covers(const image_load_t *load, uint32_t offset, uint64_t length)
{
    return offset >= load->from && offset + length <= (uint64_t)load->from + load->num_bytes;
}

/** Whether what the operator reads is part of its load, which has begun when it runs. */
static bool finds_constants(const uint8_t *bytes, size_t i)
{
    const image_operator_t *op = image_operator(bytes, i);
    if (op->load == 0) {
        return true;
    }
    if (op->load > image_header(bytes)->num_loads || !is_weighted(op)) {
        return false;
    }
    const image_load_t *load = image_load(bytes, op->load - 1u);
    return covers(load, op->rescales_offset, (uint64_t)op->num_rescales * sizeof(rescale_t)) &&
           covers(load, op->weights_offset, op->weights_bytes) &&
           (load->step == IMAGE_LOAD_ONCE || load->step <= i);
}

/** What a load claims when it begins; loads that stay do so before all others. */
static claim_t beginning_of(const image_load_t *load)
{
    const uint32_t step = load->step == IMAGE_LOAD_ONCE ? 0 : load->step;
    return (claim_t){
        .from = load->to, .to = (uint64_t)load->to + load->num_bytes, .first = step, .last = step};
}

/** What a load claims: to the last operator that needs it, or for ever. */
static claim_t claim_of(const uint8_t *bytes, size_t i_load)
{
    const image_load_t *load = image_load(bytes, i_load);
    const uint32_t num_operators = image_header(bytes)->num_operators;
    claim_t claim = beginning_of(load);
    if (load->step == IMAGE_LOAD_ONCE) {
        claim.last = num_operators;
    }
    for (uint32_t i = claim.first; i < num_operators && claim.last < num_operators; i++) {
        claim.last = image_operator(bytes, i)->load == i_load + 1 ? i : claim.last;
    }
    return claim;
}

/** Whether a load lies where it may, and in the order of the table. */
static bool is_in_place(const uint8_t *bytes, size_t i, uint64_t end_of_loads)
{
    const image_header_t *header = image_header(bytes);
    const image_load_t *load = image_load(bytes, i);
    const uint32_t misalignment = (load->from | load->to | load->num_bytes) % IMAGE_ALIGNMENT;
    const bool is_once = load->step == IMAGE_LOAD_ONCE;
    const uint16_t before = i == 0 ? IMAGE_LOAD_ONCE : image_load(bytes, i - 1)->step;
    const bool is_next =
        is_once ? before == IMAGE_LOAD_ONCE : before == IMAGE_LOAD_ONCE || before <= load->step;
    return misalignment == 0 && load->reserved == 0 && is_next &&
           (is_once || load->step < header->num_operators) &&
           (uint64_t)load->from + load->num_bytes <= header->total_bytes &&
           (uint64_t)load->to + load->num_bytes <= end_of_loads;
}

/** What an operator writes, when it runs. */
static claim_t output_of(const uint8_t *bytes, uint32_t i)
{
    const image_operator_t *op = image_operator(bytes, i);
    extents_t e;
    const bool is_known = operator_extents(op, &e);
    const uint64_t length = is_known ? e.output : UINT32_MAX;
    return (claim_t){.from = op->output, .to = op->output + length, .first = i, .last = i};
}

/** What the host writes, at any time between two runs. */
static claim_t input_of(const image_header_t *header)
{
    const image_tensor_t *t = &header->input;
    const uint64_t length = (uint64_t)t->height * t->width * t->channels;
    const uint32_t between = header->num_operators;
    return (claim_t){
        .from = t->offset, .to = t->offset + length, .first = between, .last = between};
}

/** Whether nothing is written over a load while it is needed. */
static bool is_left_alone(const uint8_t *bytes, size_t i_load)
{
    const image_header_t *header = image_header(bytes);
    const claim_t claim = claim_of(bytes, i_load);
    bool is_alone = !collide(claim, input_of(header));
    for (uint32_t i = 0; i < header->num_operators; i++) {
        is_alone = is_alone && !collide(claim, output_of(bytes, i));
    }
    for (size_t i = i_load + 1; i < header->num_loads; i++) {
        is_alone = is_alone && !collide(claim, beginning_of(image_load(bytes, i)));
    }
    return is_alone;
}

bool image_has_valid_loads(const uint8_t *bytes, uint64_t end_of_loads)
{
    const image_header_t *header = image_header(bytes);
    for (size_t i = 0; i < header->num_loads; i++) {
        if (!is_in_place(bytes, i, end_of_loads)) {
            return false;
        }
    }
    for (size_t i = 0; i < header->num_operators; i++) {
        if (!finds_constants(bytes, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < header->num_loads; i++) {
        if (!is_left_alone(bytes, i)) {
            return false;
        }
    }
    return true;
}
