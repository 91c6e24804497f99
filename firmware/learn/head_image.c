/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/head_image.h"

#include "image/validate.h"
#include "kernels/convolution.h"
#include "kernels/narrow.h"

#include <stdbool.h>
#include <string.h>

static bool are_apart(uint64_t one, uint64_t one_bytes, uint64_t other, uint64_t other_bytes)
{
    return one + one_bytes <= other || other + other_bytes <= one;
}

/** Whether a change of the constants changes nothing that says where they are. */
static bool owns_constants(const image_header_t *header, const image_operator_t *op)
{
    const uint64_t rescales_bytes = (uint64_t)op->num_rescales * sizeof(rescale_t);
    const uint64_t operators_bytes = (uint64_t)header->num_operators * sizeof *op;
    return are_apart(op->weights_offset, op->weights_bytes, op->rescales_offset, rescales_bytes) &&
           are_apart(op->weights_offset, op->weights_bytes, header->operators_offset,
                     operators_bytes) &&
           are_apart(op->rescales_offset, rescales_bytes, header->operators_offset,
                     operators_bytes);
}

/** Whether a run leaves the input of a small head as it was; an output above it never overlaps. */
static bool spares_input(const image_operator_t *op)
{
    const image_window_t *w = &op->parameters.window;
    const uint32_t output_bytes = (uint32_t)w->height * w->width * w->num_out;
    return op->inputs[0] < op->output || op->inputs[0] - op->output >= output_bytes;
}

const image_operator_t *head_of(const uint8_t *image)
{
    const image_header_t *header = image_header(image);
    const image_operator_t *op = image_operator(image, header->num_operators - 1);
    const image_tensor_t *y = &header->output;
    const image_window_t *w = &op->parameters.window;
    const bool is_1x1 = op->kind == OPERATOR_CONV_2D && op->flags == 0 && w->kernel_height == 1 &&
                        w->kernel_width == 1 && w->stride_height == 1 && w->stride_width == 1 &&
                        w->num_groups == 1 && w->pad_top == 0 && w->pad_left == 0 &&
                        w->height == w->out_height && w->width == w->out_width;
    const bool is_wide = op->weight_bits == NARROW_WIDE;
    const bool is_output = op->output == y->offset && w->height == y->height &&
                           w->width == y->width && w->num_out == y->channels;
    const bool is_linear = op->activation_min == INT8_MIN && op->activation_max == INT8_MAX;
    const bool is_small =
        w->num_out <= HEAD_MAX_OUT && (uint32_t)w->height * w->width <= HEAD_MAX_PIXELS;
    return is_1x1 && is_wide && is_output && is_linear && is_small && spares_input(op) &&
                   owns_constants(header, op)
               ? op
               : NULL;
}

/** Where image/image.h has a weight. */
static size_t weight_at(const image_operator_t *op, size_t output, size_t input)
{
    const size_t blocks = round_up(op->parameters.window.num_in, 4) / 4;
    return op->weights_offset + ((output / 2 * blocks + input / 4) * 2 + output % 2) * 4 +
           input % 4;
}

int8_t head_weight(const uint8_t *image, const image_operator_t *op, size_t output, size_t input)
{
    return (int8_t)image[weight_at(op, output, input)];
}

void head_set_weight(uint8_t *image, const image_operator_t *op, size_t output, size_t input,
                     int8_t weight)
{
    image[weight_at(op, output, input)] = (uint8_t)weight;
}

/** What the zero point of the input has taken from the bias of an output, below 2^31. */
static int32_t folded(const uint8_t *image, const image_operator_t *op, size_t output)
{
    int32_t sum = 0;
    for (size_t i = 0; i < op->parameters.window.num_in; i++) {
        sum += head_weight(image, op, output, i);
    }
    return op->input_zero_points[0] * sum;
}

int64_t head_bias(const uint8_t *image, const image_operator_t *op, size_t output)
{
    const rescale_t *r = (const rescale_t *)(const void *)(image + op->rescales_offset);
    return (int64_t)r[output].bias + folded(image, op, output);
}

void head_set_bias(uint8_t *image, const image_operator_t *op, size_t output, int32_t bias)
{
    rescale_t *r = (rescale_t *)(void *)(image + op->rescales_offset);
    r[output].bias = bias - folded(image, op, output);
}

size_t head_told_bytes(size_t num_in, size_t num_out)
{
    return num_out * (num_in + sizeof(int32_t));
}

void head_tell(const uint8_t *image, uint8_t *told)
{
    const image_operator_t *op = head_of(image);
    uint8_t *biases = told + (size_t)op->parameters.window.num_out * op->parameters.window.num_in;
    for (size_t o = 0; o < op->parameters.window.num_out; o++) {
        for (size_t i = 0; i < op->parameters.window.num_in; i++) {
            *told++ = (uint8_t)head_weight(image, op, o, i);
        }
        const int32_t bias = (int32_t)head_bias(image, op, o);
        memcpy(biases + o * sizeof bias, &bias, sizeof bias);
    }
}
