/* SPDX-License-Identifier: Apache-2.0 */
#include "run/operators.h"

#include "kernels/add_s8.h"
#include "kernels/mean_s8.h"
#include "kernels/move.h"
#include "kernels/mul_s8.h"
#include "kernels/softmax_s8.h"
#include "run/detector_operators.h"
#include "run/operator_params.h"
#include "run/spiking_operators.h"
#include "run/weighted.h"

#include <string.h>

typedef status_t (*run_t)(const image_operator_t *op, const place_t *place);

static join_t join_of(const image_operator_t *op)
{
    join_t join;
    _Static_assert(sizeof join == sizeof op->parameters.join, "the same fields");
    memcpy(&join, &op->parameters.join, sizeof join);
    return join;
}

static status_t run_add(const image_operator_t *op, const place_t *place)
{
    const add_params_t p = {
        .join = join_of(op),
        .is_difference = op->kind == OPERATOR_SUB,
        .input_zero_points = {op->input_zero_points[0], op->input_zero_points[1]},
        .range = operator_range(op),
        .rescales = operator_rescales(op, place)};
    add_s8(&p, operator_input(op, place, 0), operator_input(op, place, 1),
           operator_output(op, place), place->scratch);
    return STATUS_OK;
}

static status_t run_mul(const image_operator_t *op, const place_t *place)
{
    const mul_params_t p = {
        .join = join_of(op),
        .input_zero_points = {op->input_zero_points[0], op->input_zero_points[1]},
        .range = operator_range(op),
        .rescale = operator_rescales(op, place)};
    mul_s8(&p, operator_input(op, place, 0), operator_input(op, place, 1),
           operator_output(op, place));
    return STATUS_OK;
}

static status_t run_mean(const image_operator_t *op, const place_t *place)
{
    const image_reduction_t *r = &op->parameters.reduction;
    const mean_params_t p = {.kept = {r->kept[0], r->kept[1]},
                             .summed = {r->summed[0], r->summed[1]},
                             .kept_steps = {r->kept_steps[0], r->kept_steps[1]},
                             .summed_steps = {r->summed_steps[0], r->summed_steps[1]},
                             .range = operator_range(op),
                             .rescale = operator_rescales(op, place)};
    mean_s8(&p, operator_input(op, place, 0), operator_output(op, place));
    return STATUS_OK;
}

static status_t run_softmax(const image_operator_t *op, const place_t *place)
{
    const softmax_params_t p = {.num_rows = op->parameters.rows.num_rows,
                                .num_values = op->parameters.rows.num_values,
                                .powers = (const int32_t *)operator_weights(op, place)};
    softmax_s8(&p, operator_input(op, place, 0), operator_output(op, place));
    return STATUS_OK;
}

static status_t run_lookup(const image_operator_t *op, const place_t *place)
{
    look_up_s8((const int8_t *)operator_weights(op, place), operator_input(op, place, 0),
               operator_output(op, place), op->parameters.rows.num_values);
    return STATUS_OK;
}

static status_t run_copy(const image_operator_t *op, const place_t *place)
{
    copy_params_t p;
    _Static_assert(sizeof p == sizeof op->parameters.copy, "the same fields");
    memcpy(&p, &op->parameters.copy, sizeof p);
    copy_runs(&p, operator_input(op, place, 0), operator_output(op, place));
    return STATUS_OK;
}

static status_t run_fill(const image_operator_t *op, const place_t *place)
{
    memset(operator_output(op, place), op->output_zero_point, op->parameters.rows.num_values);
    return STATUS_OK;
}

static status_t run_gather(const image_operator_t *op, const place_t *place)
{
    const image_window_t *w = &op->parameters.window;
    const uint16_t *table = (const uint16_t *)operator_weights(op, place);
    const gather_params_t p = {.width = w->width,
                               .num_channels = w->num_in,
                               .out_height = w->out_height,
                               .out_width = w->out_width,
                               .rows = table,
                               .columns = table + w->out_height};
    gather_pixels(&p, operator_input(op, place, 0), operator_output(op, place));
    return STATUS_OK;
}

static const run_t RUN[] = {
    [OPERATOR_CONV_2D] = run_conv,
    [OPERATOR_DEPTHWISE_CONV_2D] = run_depthwise,
    [OPERATOR_ADD] = run_add,
    [OPERATOR_MUL] = run_mul,
    [OPERATOR_SUB] = run_add,
    [OPERATOR_FULLY_CONNECTED] = run_dense,
    [OPERATOR_AVERAGE_POOL_2D] = run_average_pool,
    [OPERATOR_MAX_POOL_2D] = run_max_pool,
    [OPERATOR_MEAN] = run_mean,
    [OPERATOR_SOFTMAX] = run_softmax,
    [OPERATOR_LOOKUP] = run_lookup,
    [OPERATOR_COPY] = run_copy,
    [OPERATOR_FILL] = run_fill,
    [OPERATOR_GATHER] = run_gather,
    [OPERATOR_SPIKING_LAYER] = run_spiking_layer,
    [OPERATOR_SPIKE_READOUT] = run_spike_readout,
    [OPERATOR_LMMSE_DETECTOR] = run_lmmse_detector,
    [OPERATOR_GNN_SIC] = run_gnn_sic,
    [OPERATOR_LORA_UNFOLDED] = run_lora_unfolded,
};

size_t operator_scratch_bytes(const image_operator_t *op)
{
    switch (op->kind) {
    case OPERATOR_ADD:
    case OPERATOR_SUB:
        return ADD_S8_SCRATCH_BYTES;
    case OPERATOR_SPIKING_LAYER:
        return spiking_layer_scratch_bytes(op);
    case OPERATOR_LMMSE_DETECTOR:
    case OPERATOR_GNN_SIC:
    case OPERATOR_LORA_UNFOLDED:
        return detector_scratch_bytes(op);
    default:
        return weighted_scratch_bytes(op);
    }
}

status_t operator_run(const image_operator_t *op, const place_t *place)
{
    const bool is_known = op->kind < sizeof RUN / sizeof RUN[0] && RUN[op->kind] != NULL;
    return is_known ? RUN[op->kind](op, place) : STATUS_BAD_IMAGE;
}
