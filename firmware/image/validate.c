/* SPDX-License-Identifier: Apache-2.0 */
#include "image/validate.h"

#include "kernels/conv_1x1_s8.h"
#include "kernels/depthwise_conv_s8.h"
#include "run/operators.h"
#include "wire/crc32.h"

#define MAX_SIDE 4096u
#define MAX_CHANNELS 4096u
#define MAX_DEPTH 16384u

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

static bool is_shape(uint32_t height, uint32_t width, uint32_t channels)
{
    return height >= 1 && height <= MAX_SIDE && width >= 1 && width <= MAX_SIDE && channels >= 1 &&
           channels <= MAX_CHANNELS;
}

static uint64_t num_values(uint32_t height, uint32_t width, uint32_t channels)
{
    return (uint64_t)height * width * channels;
}

/** The whole of an activation must lie in the arena and out of the scratch. */
static bool is_activation(const image_header_t *header, span_t s)
{
    const span_t scratch = span(header->scratch_offset, header->scratch_bytes);
    return s.to <= header->arena_bytes && !overlap(s, scratch);
}

static bool is_tensor(const image_header_t *header, const image_tensor_t *t)
{
    return is_shape(t->height, t->width, t->channels) && is_int8(t->zero_point) &&
           is_activation(header, span(t->offset, num_values(t->height, t->width, t->channels)));
}

static status_t check_header(const uint8_t *bytes, size_t length, size_t arena_capacity)
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
    const span_t scratch = span(h->scratch_offset, h->scratch_bytes);
    RETURN_IF(h->scratch_offset % IMAGE_ALIGNMENT != 0 || scratch.to > h->arena_bytes,
              STATUS_BAD_IMAGE);
    RETURN_IF(!is_tensor(h, &h->input) || !is_tensor(h, &h->output), STATUS_BAD_IMAGE);
    return h->arena_bytes > arena_capacity ? STATUS_TOO_LARGE : STATUS_OK;
}

static bool is_convolution(const image_operator_t *op)
{
    return op->kind == OPERATOR_CONV_2D || op->kind == OPERATOR_DEPTHWISE_CONV_2D;
}

static bool is_elementwise(const image_operator_t *op)
{
    return op->kind == OPERATOR_ADD || op->kind == OPERATOR_MUL;
}

static uint64_t taps(const image_operator_t *op)
{
    return (uint64_t)op->kernel_height * op->kernel_width;
}

/** Bytes of the weights, as image.h lays them out. */
static uint64_t weight_bytes(const image_operator_t *op)
{
    if (op->kind == OPERATOR_CONV_2D) {
        return round_up(op->num_out, 2) * round_up((size_t)taps(op) * op->num_in, 4);
    }
    return op->kind == OPERATOR_DEPTHWISE_CONV_2D ? taps(op) * round_up(op->num_out, 4) : 0;
}

static bool is_kernel(const image_operator_t *op)
{
    const uint32_t reach_down = (op->kernel_height - 1u) * op->dilation_height;
    const uint32_t reach_right = (op->kernel_width - 1u) * op->dilation_width;
    return op->kernel_height >= 1 && op->kernel_width >= 1 && op->dilation_height >= 1 &&
           op->dilation_width >= 1 && op->pad_top <= reach_down && op->pad_left <= reach_right &&
           taps(op) * (op->kind == OPERATOR_CONV_2D ? op->num_in : 1u) <= MAX_DEPTH;
}

static bool is_known_shape(const image_operator_t *op)
{
    if (!is_shape(op->height, op->width, op->num_in) ||
        !is_shape(op->height, op->width, op->num_out)) {
        return false;
    }
    switch (op->kind) {
    case OPERATOR_CONV_2D:
        return is_kernel(op);
    case OPERATOR_DEPTHWISE_CONV_2D:
        return is_kernel(op) && op->num_in == op->num_out &&
               op->kernel_height <= DEPTHWISE_MAX_KERNEL_HEIGHT;
    case OPERATOR_ADD:
    case OPERATOR_MUL:
        return op->num_in == op->num_out;
    default:
        return false;
    }
}

static bool has_valid_range(const image_operator_t *op)
{
    return is_int8(op->input_zero_points[0]) && is_int8(op->input_zero_points[1]) &&
           is_int8(op->output_zero_point) && is_int8(op->activation_min) &&
           is_int8(op->activation_max) && op->activation_min <= op->activation_max;
}

static uint32_t num_rescales(const image_operator_t *op)
{
    if (is_convolution(op)) {
        return (uint32_t)round_up(op->num_out, 4);
    }
    return op->kind == OPERATOR_ADD ? 3u : 1u;
}

static status_t check_rescales(const uint8_t *bytes, const image_operator_t *op)
{
    const uint32_t needed = num_rescales(op);
    RETURN_IF(op->num_rescales != needed, STATUS_BAD_IMAGE);
    RETURN_IF(!is_part_of_image(image_header(bytes), op->rescales_offset,
                                (uint64_t)needed * sizeof(rescale_t)),
              STATUS_BAD_IMAGE);
    const rescale_t *r = (const rescale_t *)(const void *)(bytes + op->rescales_offset);
    const int32_t max_shift = op->kind == OPERATOR_ADD ? 0 : 30;
    for (uint32_t i = 0; i < needed; i++) {
        RETURN_IF(r[i].multiplier < 0 || r[i].shift < -31 || r[i].shift > max_shift,
                  STATUS_BAD_IMAGE);
    }
    return STATUS_OK;
}

/** Inputs and output lie in the arena, what kernels read beyond too; an ADD or a MUL may
 * write over an input, others over none. */
static bool has_valid_activations(const image_header_t *header, const image_operator_t *op)
{
    const span_t output = span(op->output_offset, num_values(op->height, op->width, op->num_out));
    const size_t num_inputs = is_elementwise(op) ? 2 : 1;
    for (size_t i = 0; i < num_inputs; i++) {
        const span_t input =
            span(op->input_offsets[i], num_values(op->height, op->width, op->num_in));
        const bool is_in_place = is_elementwise(op) && input.from == output.from;
        const bool is_readable = input.to + CONV_1X1_S8_OVERREAD <= header->arena_bytes;
        if (!is_activation(header, input) || !is_readable ||
            (overlap(input, output) && !is_in_place)) {
            return false;
        }
    }
    return is_activation(header, output);
}

static status_t check_operator(const uint8_t *bytes, const image_operator_t *op)
{
    const image_header_t *header = image_header(bytes);
    RETURN_IF(!is_known_shape(op) || !has_valid_range(op), STATUS_BAD_IMAGE);
    RETURN_IF(!has_valid_activations(header, op), STATUS_BAD_IMAGE);
    RETURN_IF_ERROR(check_rescales(bytes, op));
    RETURN_IF(op->weights_bytes != weight_bytes(op), STATUS_BAD_IMAGE);
    RETURN_IF(op->weights_bytes != 0 &&
                  !is_part_of_image(header, op->weights_offset, op->weights_bytes),
              STATUS_BAD_IMAGE);
    return operator_scratch_bytes(op) <= header->scratch_bytes ? STATUS_OK : STATUS_BAD_IMAGE;
}

status_t image_validate(const uint8_t *bytes, size_t length, size_t arena_capacity)
{
    RETURN_IF_ERROR(check_header(bytes, length, arena_capacity));
    for (size_t i = 0; i < image_header(bytes)->num_operators; i++) {
        RETURN_IF_ERROR(check_operator(bytes, image_operator(bytes, i)));
    }
    return STATUS_OK;
}
