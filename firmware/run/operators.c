/* SPDX-License-Identifier: Apache-2.0 */
#include "run/operators.h"

#include "kernels/add_s8.h"
#include "kernels/conv_1x1_s8.h"
#include "kernels/conv_s8.h"
#include "kernels/depthwise_conv_s8.h"
#include "kernels/mul_s8.h"

typedef struct {
    uint8_t kind;
    size_t (*scratch_bytes)(const image_operator_t *op);
    status_t (*run)(const image_operator_t *op, const place_t *place);
} operator_entry_t;

static output_range_t range_of(const image_operator_t *op)
{
    return (output_range_t){.zero_point = op->output_zero_point,
                            .activation_min = op->activation_min,
                            .activation_max = op->activation_max};
}

static const rescale_t *rescales_of(const image_operator_t *op, const uint8_t *image)
{
    return (const rescale_t *)(const void *)(image + op->rescales_offset);
}

static conv_params_t conv_params(const image_operator_t *op, const uint8_t *image)
{
    return (conv_params_t){.height = op->height,
                           .width = op->width,
                           .num_in = op->num_in,
                           .num_out = op->num_out,
                           .kernel_height = op->kernel_height,
                           .kernel_width = op->kernel_width,
                           .dilation_height = op->dilation_height,
                           .dilation_width = op->dilation_width,
                           .pad_top = op->pad_top,
                           .pad_left = op->pad_left,
                           .input_zero_point = op->input_zero_points[0],
                           .range = range_of(op),
                           .weights = (const int8_t *)(image + op->weights_offset),
                           .rescales = rescales_of(op, image)};
}

/** An image without weights, to ask for the size of the scratch. */
static conv_params_t conv_shape(const image_operator_t *op)
{
    static const uint8_t NOTHING[1];
    image_operator_t shape = *op;
    shape.weights_offset = 0;
    shape.rescales_offset = 0;
    return conv_params(&shape, NOTHING);
}

static bool is_1x1(const image_operator_t *op)
{
    return op->kernel_height == 1 && op->kernel_width == 1;
}

static int8_t *activation(const place_t *place, uint32_t offset)
{
    return (int8_t *)(place->arena + offset);
}

static size_t conv_scratch_bytes(const image_operator_t *op)
{
    const conv_params_t p = conv_shape(op);
    return is_1x1(op) ? conv_1x1_s8_scratch_bytes(&p) : conv_s8_scratch_bytes(&p);
}

static status_t run_conv(const image_operator_t *op, const place_t *place)
{
    const conv_params_t p = conv_params(op, place->image);
    const int8_t *input = activation(place, op->input_offsets[0]);
    int8_t *output = activation(place, op->output_offset);
    return is_1x1(op) ? conv_1x1_s8(&p, input, output, place->scratch)
                      : conv_s8(&p, input, output, place->scratch);
}

static size_t depthwise_scratch_bytes(const image_operator_t *op)
{
    const conv_params_t p = conv_shape(op);
    return depthwise_conv_s8_scratch_bytes(&p);
}

static status_t run_depthwise(const image_operator_t *op, const place_t *place)
{
    const conv_params_t p = conv_params(op, place->image);
    return depthwise_conv_s8(&p, activation(place, op->input_offsets[0]),
                             activation(place, op->output_offset), place->scratch);
}

static size_t add_scratch_bytes(const image_operator_t *op)
{
    (void)op;
    return ADD_S8_SCRATCH_BYTES;
}

static status_t run_add(const image_operator_t *op, const place_t *place)
{
    const add_params_t p = {
        .num_values = (size_t)op->height * op->width * op->num_out,
        .input_zero_points = {op->input_zero_points[0], op->input_zero_points[1]},
        .range = range_of(op),
        .rescales = rescales_of(op, place->image)};
    return add_s8(&p, activation(place, op->input_offsets[0]),
                  activation(place, op->input_offsets[1]), activation(place, op->output_offset),
                  place->scratch);
}

static size_t mul_scratch_bytes(const image_operator_t *op)
{
    (void)op;
    return 0;
}

static status_t run_mul(const image_operator_t *op, const place_t *place)
{
    const mul_params_t p = {
        .num_values = (size_t)op->height * op->width * op->num_out,
        .input_zero_points = {op->input_zero_points[0], op->input_zero_points[1]},
        .range = range_of(op),
        .rescale = rescales_of(op, place->image)};
    return mul_s8(&p, activation(place, op->input_offsets[0]),
                  activation(place, op->input_offsets[1]), activation(place, op->output_offset));
}

static const operator_entry_t OPERATORS[] = {
    {OPERATOR_CONV_2D, conv_scratch_bytes, run_conv},
    {OPERATOR_DEPTHWISE_CONV_2D, depthwise_scratch_bytes, run_depthwise},
    {OPERATOR_ADD, add_scratch_bytes, run_add},
    {OPERATOR_MUL, mul_scratch_bytes, run_mul},
};

static const operator_entry_t *entry_of(const image_operator_t *op)
{
    for (size_t i = 0; i < sizeof OPERATORS / sizeof OPERATORS[0]; i++) {
        if (OPERATORS[i].kind == op->kind) {
            return &OPERATORS[i];
        }
    }
    return NULL;
}

size_t operator_scratch_bytes(const image_operator_t *op)
{
    const operator_entry_t *entry = entry_of(op);
    return entry != NULL ? entry->scratch_bytes(op) : 0;
}

status_t operator_run(const image_operator_t *op, const place_t *place)
{
    const operator_entry_t *entry = entry_of(op);
    return entry != NULL ? entry->run(op, place) : STATUS_BAD_IMAGE;
}
