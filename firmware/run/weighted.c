/* SPDX-License-Identifier: Apache-2.0 */
#include "run/weighted.h"

#include "kernels/conv_1x1_s8.h"
#include "kernels/conv_s8.h"
#include "kernels/dense_s8.h"
#include "kernels/depthwise_conv_s8.h"
#include "kernels/pool_s8.h"
#include "run/operator_params.h"

/** All but weights and rescales, which suffices to ask for the size of the scratch. */
static conv_params_t window_of(const image_operator_t *op)
{
    const image_window_t *w = &op->parameters.window;
    return (conv_params_t){.height = w->height,
                           .width = w->width,
                           .num_in = w->num_in,
                           .out_height = w->out_height,
                           .out_width = w->out_width,
                           .num_out = w->num_out,
                           .kernel_height = w->kernel_height,
                           .kernel_width = w->kernel_width,
                           .dilation_height = w->dilation_height,
                           .dilation_width = w->dilation_width,
                           .stride_height = w->stride_height,
                           .stride_width = w->stride_width,
                           .pad_top = w->pad_top,
                           .pad_left = w->pad_left,
                           .num_groups = w->num_groups,
                           .pixel_bytes = w->pixel_bytes != 0 ? w->pixel_bytes : w->num_out,
                           .input_zero_point = op->input_zero_points[0],
                           .weight_bits = op->weight_bits,
                           .range = operator_range(op)};
}

static conv_params_t conv_params(const image_operator_t *op, const place_t *place)
{
    conv_params_t p = window_of(op);
    p.weights = (const int8_t *)operator_weights(op, place);
    p.rescales = operator_rescales(op, place);
    return p;
}

static dense_params_t dense_shape(const image_operator_t *op)
{
    const image_dense_t *d = &op->parameters.dense;
    return (dense_params_t){.num_rows = d->num_rows,
                            .num_in = d->num_in,
                            .num_out = d->num_out,
                            .row_bytes = d->row_bytes != 0 ? d->row_bytes : d->num_out,
                            .weight_bits = op->weight_bits,
                            .range = operator_range(op)};
}

size_t weighted_scratch_bytes(const image_operator_t *op)
{
    const conv_params_t p = window_of(op);
    const dense_params_t d = dense_shape(op);
    switch (op->kind) {
    case OPERATOR_CONV_2D:
        return conv_reads_in_place(&p) ? conv_1x1_s8_scratch_bytes(&p) : conv_s8_scratch_bytes(&p);
    case OPERATOR_DEPTHWISE_CONV_2D:
        return depthwise_conv_s8_scratch_bytes(&p);
    case OPERATOR_FULLY_CONNECTED:
        return dense_s8_scratch_bytes(&d);
    case OPERATOR_AVERAGE_POOL_2D:
        return average_pool_s8_scratch_bytes(&p);
    default:
        return 0;
    }
}

status_t run_conv(const image_operator_t *op, const place_t *place)
{
    const conv_params_t p = conv_params(op, place);
    const int8_t *input = operator_input(op, place, 0);
    int8_t *output = operator_output(op, place);
    return conv_reads_in_place(&p) ? conv_1x1_s8(&p, input, output, place->scratch)
                                   : conv_s8(&p, input, output, place->scratch);
}

status_t run_depthwise(const image_operator_t *op, const place_t *place)
{
    const conv_params_t p = conv_params(op, place);
    return depthwise_conv_s8(&p, operator_input(op, place, 0), operator_output(op, place),
                             place->scratch);
}

status_t run_dense(const image_operator_t *op, const place_t *place)
{
    dense_params_t p = dense_shape(op);
    p.weights = (const int8_t *)operator_weights(op, place);
    p.rescales = operator_rescales(op, place);
    dense_s8(&p, operator_input(op, place, 0), operator_output(op, place), place->scratch);
    return STATUS_OK;
}

status_t run_average_pool(const image_operator_t *op, const place_t *place)
{
    const conv_params_t p = window_of(op);
    average_pool_s8(&p, operator_input(op, place, 0), operator_output(op, place), place->scratch);
    return STATUS_OK;
}

status_t run_max_pool(const image_operator_t *op, const place_t *place)
{
    const conv_params_t p = window_of(op);
    max_pool_s8(&p, operator_input(op, place, 0), operator_output(op, place));
    return STATUS_OK;
}
