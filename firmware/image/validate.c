/* SPDX-License-Identifier: Apache-2.0 */
#include "image/validate.h"

#include "image/detector.h"
#include "image/extents.h"
#include "image/loads.h"
#include "image/overlap.h"
#include "image/spiking.h"
#include "run/operators.h"
#include "wire/crc32.h"

/** Half-open range of bytes; 64 bits so that no sum of two fields overflows. */
typedef struct {
    uint64_t from;
    uint64_t to;
} span_t;

const image_header_t *image_header(const uint8_t *bytes)
{
    return (const image_header_t *)(const void *)bytes;
}

const image_operator_t *image_operator(const uint8_t *bytes, size_t i)
{
    const uint8_t *first = bytes + image_header(bytes)->operators_offset;
    return (const image_operator_t *)(const void *)first + i;
}

static span_t span(uint32_t offset, uint64_t length)
{
    return (span_t){.from = offset, .to = offset + length};
}

static bool overlap(span_t a, span_t b)
{
    return a.from < b.to && b.from < a.to;
}

static bool is_part_of_image(const image_header_t *header, uint32_t offset, uint64_t length)
{
    const span_t part = span(offset, length);
    return offset % IMAGE_ALIGNMENT == 0 && part.from >= sizeof(image_header_t) &&
           part.to <= header->total_bytes;
}

static bool is_int8(int16_t value)
{
    return value >= INT8_MIN && value <= INT8_MAX;
}

/** What of an arena belongs to whom. */
typedef struct {
    uint32_t activation_bytes;
    span_t scratch;
    uint64_t end; /**< a multiple of IMAGE_ALIGNMENT */
} arena_t;

/** The whole of an activation must lie in the arena and out of the scratch. */
static bool is_activation(const arena_t *arena, span_t s)
{
    return s.to <= arena->activation_bytes && !overlap(s, arena->scratch);
}

static bool is_tensor(const arena_t *arena, const image_tensor_t *t)
{
    const uint64_t num_values = (uint64_t)t->height * t->width * t->channels;
    return num_values >= 1 && is_int8(t->zero_point) &&
           is_activation(arena, span(t->offset, num_values));
}

static status_t check_header(const uint8_t *bytes, size_t length)
{
    RETURN_IF(length < sizeof(image_header_t), STATUS_BAD_IMAGE);
    const image_header_t *h = image_header(bytes);

    RETURN_IF(h->magic != IMAGE_MAGIC, STATUS_BAD_IMAGE);
    RETURN_IF(h->version != IMAGE_VERSION, STATUS_WRONG_VERSION);
    RETURN_IF(h->header_bytes != sizeof *h || h->total_bytes != length, STATUS_BAD_IMAGE);
    RETURN_IF(h->crc32 != crc32_update(0, bytes + IMAGE_CRC32_FROM, length - IMAGE_CRC32_FROM),
              STATUS_BAD_IMAGE);
    RETURN_IF(h->num_operators == 0 || h->num_operators > IMAGE_MAX_OPERATORS, STATUS_BAD_IMAGE);
    RETURN_IF(!is_part_of_image(h, h->operators_offset,
                                (uint64_t)h->num_operators * sizeof(image_operator_t)),
              STATUS_BAD_IMAGE);
    RETURN_IF(h->num_loads > IMAGE_MAX_LOADS, STATUS_BAD_IMAGE);
    RETURN_IF(h->num_loads != 0 && !is_part_of_image(h, h->loads_offset,
                                                     (uint64_t)h->num_loads * sizeof(image_load_t)),
              STATUS_BAD_IMAGE);
    return h->scratch_offset % IMAGE_ALIGNMENT == 0 ? STATUS_OK : STATUS_BAD_IMAGE;
}

static bool has_valid_range(const image_operator_t *op)
{
    return is_int8(op->input_zero_points[0]) && is_int8(op->input_zero_points[1]) &&
           is_int8(op->output_zero_point) && is_int8(op->activation_min) &&
           is_int8(op->activation_max) && op->activation_min <= op->activation_max;
}

static status_t check_rescales(const uint8_t *bytes, const image_operator_t *op, const extents_t *e)
{
    RETURN_IF(op->num_rescales != e->num_rescales, STATUS_BAD_IMAGE);
    RETURN_IF(e->num_rescales != 0 &&
                  !is_part_of_image(image_header(bytes), op->rescales_offset,
                                    (uint64_t)e->num_rescales * sizeof(rescale_t)),
              STATUS_BAD_IMAGE);
    const rescale_t *r = (const rescale_t *)(const void *)(bytes + op->rescales_offset);
    for (uint32_t i = 0; i < e->num_rescales; i++) {
        RETURN_IF(r[i].multiplier < 0 || r[i].shift < -31 || r[i].shift > e->max_shift,
                  STATUS_BAD_IMAGE);
    }
    return STATUS_OK;
}

static status_t check_weights(const uint8_t *bytes, const image_operator_t *op, const extents_t *e)
{
    RETURN_IF(op->weights_bytes != e->weights, STATUS_BAD_IMAGE);
    RETURN_IF(e->weights != 0 &&
                  !is_part_of_image(image_header(bytes), op->weights_offset, e->weights),
              STATUS_BAD_IMAGE);
    const uint16_t *table = (const uint16_t *)(const void *)(bytes + op->weights_offset);
    const image_window_t *w = &op->parameters.window;
    for (size_t i = 0; op->kind == OPERATOR_GATHER && i < e->weights / sizeof *table; i++) {
        RETURN_IF(table[i] >= (i < w->out_height ? w->height : w->width), STATUS_BAD_IMAGE);
    }
    return STATUS_OK;
}

/** Whether the kernel allows that an activation lies where the output does, or partly. */
static bool may_meet(const image_operator_t *op, const extents_t *e, uint32_t i)
{
    const uint32_t input = op->inputs[i];
    const bool is_in_place = e->may_be_in_place && input == op->output && e->inputs[i] == e->output;
    return is_in_place || (input >= op->output && operator_may_overlap(op, input - op->output));
}

/** A constant lies in the image, an activation in the arena, with what kernels read beyond. */
static bool has_valid_input(const image_header_t *header, const arena_t *arena,
                            const image_operator_t *op, const extents_t *e, uint32_t i)
{
    const span_t input = span(op->inputs[i], e->inputs[i]);
    const span_t output = span(op->output, e->output);
    if ((op->flags >> i & 1u) != 0) {
        return input.from >= sizeof(image_header_t) &&
               input.to + e->overread <= header->total_bytes;
    }
    return is_activation(arena, input) && input.to + e->overread <= arena->end &&
           (!overlap(input, output) || may_meet(op, e, i));
}

/** All of an operator but where its activations lie. */
static status_t check_operator(const uint8_t *bytes, const image_operator_t *op)
{
    extents_t e;
    RETURN_IF(!has_valid_range(op) || !operator_extents(op, &e), STATUS_BAD_IMAGE);
    RETURN_IF_ERROR(check_rescales(bytes, op, &e));
    RETURN_IF_ERROR(check_weights(bytes, op, &e));
    const bool is_bounded =
        spiking_has_valid_neurons(bytes, op) && detector_has_valid_weights(bytes, op);
    return is_bounded ? STATUS_OK : STATUS_BAD_IMAGE;
}

static status_t check_activations(const image_header_t *header, const arena_t *arena,
                                  const image_operator_t *op)
{
    extents_t e;
    RETURN_IF(!operator_extents(op, &e), STATUS_BAD_IMAGE);
    for (uint32_t i = 0; i < e.num_inputs; i++) {
        RETURN_IF(!has_valid_input(header, arena, op, &e, i), STATUS_BAD_IMAGE);
    }
    return is_activation(arena, span(op->output, e.output)) ? STATUS_OK : STATUS_BAD_IMAGE;
}

/** What the kernels of this build need. */
static uint32_t scratch_bytes(const uint8_t *bytes)
{
    size_t most = 0;
    for (size_t i = 0; i < image_header(bytes)->num_operators; i++) {
        const size_t needed = operator_scratch_bytes(image_operator(bytes, i));
        most = needed > most ? needed : most;
    }
    return (uint32_t)most;
}

static arena_t arena_of(const uint8_t *bytes)
{
    const image_header_t *header = image_header(bytes);
    const span_t scratch = span(header->scratch_offset, scratch_bytes(bytes));
    const uint64_t end =
        header->activation_bytes > scratch.to ? header->activation_bytes : scratch.to;
    return (arena_t){.activation_bytes = header->activation_bytes,
                     .scratch = scratch,
                     .end = (end + IMAGE_ALIGNMENT - 1) & ~(uint64_t)(IMAGE_ALIGNMENT - 1)};
}

size_t image_arena_bytes(const uint8_t *bytes)
{
    return (size_t)arena_of(bytes).end;
}

/** Loads lie among the activations, which may come to an end where scratch begins. */
static uint64_t end_of_loads(const arena_t *arena)
{
    const bool has_scratch = arena->scratch.from < arena->scratch.to;
    const bool ends_early = has_scratch && arena->scratch.from < arena->activation_bytes;
    return ends_early ? arena->scratch.from : arena->activation_bytes;
}

status_t image_validate(const uint8_t *bytes, size_t length, size_t arena_capacity)
{
    RETURN_IF_ERROR(check_header(bytes, length));
    const image_header_t *header = image_header(bytes);
    for (size_t i = 0; i < header->num_operators; i++) {
        RETURN_IF_ERROR(check_operator(bytes, image_operator(bytes, i)));
    }
    const arena_t arena = arena_of(bytes);
    RETURN_IF(!is_tensor(&arena, &header->input) || !is_tensor(&arena, &header->output),
              STATUS_BAD_IMAGE);
    for (size_t i = 0; i < header->num_operators; i++) {
        RETURN_IF_ERROR(check_activations(header, &arena, image_operator(bytes, i)));
    }
    RETURN_IF(!image_has_valid_loads(bytes, end_of_loads(&arena)), STATUS_BAD_IMAGE);
    RETURN_IF(!spiking_has_valid_chain(bytes), STATUS_BAD_IMAGE);
    return arena.end > arena_capacity ? STATUS_TOO_LARGE : STATUS_OK;
}
