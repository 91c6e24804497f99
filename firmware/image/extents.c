/* SPDX-License-Identifier: Apache-2.0 */
#include "image/extents.h"

#include "image/detector.h"
#include "image/spiking.h"
#include "kernels/conv_1x1_s8.h"
#include "kernels/depthwise_pixels.h"
#include "kernels/narrow.h"
#include "kernels/softmax_s8.h"

#define MAX_DEPTH 65536u              /* of a sum: 2^14 each, and int32 holds it */
#define MAX_REACH (UINT64_C(1) << 30) /* of a window: rows and columns are int32 */
#define MAX_BYTES (UINT64_C(1) << 32) /* of any side: more than a place can address */
#define TABLE_ENTRIES 256u
#define MAX_RIGHT_SHIFT 0
#define MAX_SHIFT 30

static uint64_t product(uint64_t a, uint64_t b, uint64_t c)
{
    return a * b * c;
}

static bool is_window(const image_window_t *w)
{
    const bool has_sizes = w->height >= 1 && w->width >= 1 && w->num_in >= 1 &&
                           w->out_height >= 1 && w->out_width >= 1 && w->num_out >= 1;
    const bool has_steps = w->kernel_height >= 1 && w->kernel_width >= 1 &&
                           w->dilation_height >= 1 && w->dilation_width >= 1 &&
                           w->stride_height >= 1 && w->stride_width >= 1 && w->num_groups >= 1;
    const uint64_t reach_down = (uint64_t)(w->out_height - 1) * w->stride_height +
                                (uint64_t)w->kernel_height * w->dilation_height;
    const uint64_t reach_right = (uint64_t)(w->out_width - 1) * w->stride_width +
                                 (uint64_t)w->kernel_width * w->dilation_width;
    return has_sizes && has_steps && reach_down <= MAX_REACH && reach_right <= MAX_REACH &&
           product(w->height, w->width, w->num_in) < MAX_BYTES &&
           product(w->out_height, w->out_width, w->num_out) < MAX_BYTES;
}

/** What all operators with a window have in common. */
static extents_t window_extents(const image_window_t *w)
{
    return (extents_t){.num_inputs = 1,
                       .inputs = {product(w->height, w->width, w->num_in)},
                       .output = product(w->out_height, w->out_width, w->num_out),
                       .max_shift = MAX_SHIFT};
}

/** The end of rows of `num_values` bytes that begin `step` bytes apart, 0 for side by side; 0 if
 * they overlap, or reach too far. */
static uint64_t end_of_rows(uint64_t num_rows, uint64_t num_values, uint64_t apart)
{
    const uint64_t step = apart != 0 ? apart : num_values;
    const uint64_t end = (num_rows - 1) * step + num_values;
    return step >= num_values && end < MAX_BYTES ? end : 0;
}

static bool conv_extents(const image_window_t *w, unsigned bits, extents_t *e)
{
    const bool has_groups = is_window(w) && narrow_is_width(bits) &&
                            w->num_in % w->num_groups == 0 && w->num_out % w->num_groups == 0;
    if (!has_groups || (w->pixel_bytes != 0 && w->num_groups != 1)) {
        return false;
    }
    const uint64_t depth =
        product(w->kernel_height, w->kernel_width, (uint64_t)w->num_in / w->num_groups);
    if (depth > MAX_DEPTH) {
        return false;
    }
    const size_t group_out = (size_t)(w->num_out / w->num_groups);
    *e = window_extents(w);
    e->output = end_of_rows((uint64_t)w->out_height * w->out_width, w->num_out, w->pixel_bytes);
    e->overread = bits == NARROW_WIDE ? CONV_1X1_S8_OVERREAD : CONV_1X1_S8_NARROW_OVERREAD;
    e->num_rescales = (uint32_t)round_up((size_t)w->num_out + (w->num_groups > 1), 4);
    e->weights = product(w->num_groups, round_up(group_out, 2) / 2,
                         matmul_s8_pair_bytes(round_up((size_t)depth, 4), bits));
    return e->output != 0;
}

static bool depthwise_extents(const image_window_t *w, unsigned bits, extents_t *e)
{
    const uint64_t taps = (uint64_t)w->kernel_height * w->kernel_width;
    if (!is_window(w) || w->num_groups != w->num_in || w->num_out % w->num_in != 0 ||
        taps > MAX_DEPTH || !narrow_is_width(bits)) {
        return false;
    }
    *e = window_extents(w);
    e->overread = DEPTHWISE_PIXELS_OVERREAD;
    e->num_rescales = (uint32_t)round_up(w->num_out, 4);
    e->weights = taps * round_up(w->num_out, 4);
    if (e->weights >= MAX_BYTES) {
        return false;
    }
    if (bits != NARROW_WIDE) {
        e->weights = narrow_bytes(round_up((size_t)e->weights, NARROW_CHUNK), bits);
    }
    return true;
}

static bool pool_extents(const image_window_t *w, extents_t *e)
{
    const uint64_t taps = (uint64_t)w->kernel_height * w->kernel_width;
    const bool is_plain = w->dilation_height == 1 && w->dilation_width == 1;
    if (!is_window(w) || w->num_in != w->num_out || !is_plain || taps > MAX_DEPTH) {
        return false;
    }
    *e = window_extents(w);
    return true;
}

/** The table's entries are checked with the image at hand. */
static bool gather_extents(const image_window_t *w, extents_t *e)
{
    if (!is_window(w) || w->num_in != w->num_out) {
        return false;
    }
    *e = window_extents(w);
    e->weights = sizeof(uint16_t) * ((uint64_t)w->out_height + w->out_width);
    return true;
}

static bool dense_extents(const image_dense_t *d, unsigned bits, extents_t *e)
{
    const bool has_sizes = d->num_rows >= 1 && d->num_in >= 1 && d->num_out >= 1 &&
                           d->num_rows <= MAX_REACH && d->num_in <= MAX_DEPTH &&
                           d->num_out <= MAX_REACH && d->row_bytes <= MAX_REACH &&
                           narrow_is_width(bits);
    if (!has_sizes) {
        return false;
    }
    *e = (extents_t){
        .num_inputs = 1,
        .inputs = {(uint64_t)d->num_rows * d->num_in},
        .output = end_of_rows(d->num_rows, d->num_out, d->row_bytes),
        .num_rescales = (uint32_t)round_up(d->num_out, 4),
        .max_shift = MAX_SHIFT,
        .weights = (uint64_t)round_up(d->num_out, 4) * round_up(d->num_in, 4) / 8 * bits,
    };
    return e->output != 0;
}

/** The end of what steps reach, one value behind the last; MAX_BYTES if that is far away. */
static uint64_t end_of(const uint32_t *sizes, const uint32_t *steps, size_t n)
{
    uint64_t end = 1;
    for (size_t i = 0; i < n; i++) {
        const uint64_t reach = (uint64_t)(sizes[i] - 1u) * steps[i];
        end = reach < MAX_BYTES - end ? end + reach : MAX_BYTES;
    }
    return end;
}

/** The product of sizes; 0 if one is 0, or it is too large. */
static uint64_t volume(const uint32_t *sizes, size_t n)
{
    uint64_t product_so_far = 1;
    for (size_t i = 0; i < n; i++) {
        product_so_far *= sizes[i];
        if (product_so_far >= MAX_BYTES) {
            return 0;
        }
    }
    return product_so_far;
}

static bool join_extents(const image_operator_t *op, extents_t *e)
{
    const image_join_t *j = &op->parameters.join;
    const uint64_t num_values = volume(j->sizes, 4);
    const bool is_sum = op->kind != OPERATOR_MUL;
    if (num_values == 0 || j->first_steps[3] > 1 || j->second_steps[3] > 1) {
        return false;
    }
    *e = (extents_t){
        .num_inputs = 2,
        .inputs = {end_of(j->sizes, j->first_steps, 4), end_of(j->sizes, j->second_steps, 4)},
        .output = num_values,
        .num_rescales = is_sum ? 3 : 1,
        .max_shift = is_sum ? MAX_RIGHT_SHIFT : MAX_SHIFT,
        .may_be_in_place = true,
    };
    return true;
}

static bool mean_extents(const image_reduction_t *r, extents_t *e)
{
    const uint64_t num_kept = volume(r->kept, 2);
    const uint64_t num_summed = volume(r->summed, 2);
    if (num_kept == 0 || num_summed == 0 || num_summed > (UINT64_C(1) << 23)) {
        return false;
    }
    const uint64_t kept_end = end_of(r->kept, r->kept_steps, 2);
    *e = (extents_t){
        .num_inputs = 1,
        .inputs = {kept_end + end_of(r->summed, r->summed_steps, 2)},
        .output = num_kept,
        .num_rescales = 1,
        .max_shift = MAX_SHIFT,
    };
    e->inputs[0] -= 1;
    return true;
}

static bool rows_extents(const image_operator_t *op, extents_t *e)
{
    const image_rows_t *r = &op->parameters.rows;
    const uint64_t num_values = (uint64_t)r->num_rows * r->num_values;
    const bool is_softmax = op->kind == OPERATOR_SOFTMAX;
    const uint32_t most_values = is_softmax ? SOFTMAX_S8_MAX_VALUES : UINT32_MAX;
    if (num_values == 0 || num_values >= MAX_BYTES || r->num_values > most_values ||
        (!is_softmax && r->num_rows != 1)) {
        return false;
    }
    *e = (extents_t){
        .num_inputs = op->kind == OPERATOR_FILL ? 0 : 1,
        .inputs = {num_values},
        .output = num_values,
        .weights = is_softmax                    ? TABLE_ENTRIES * sizeof(int32_t)
                   : op->kind == OPERATOR_LOOKUP ? TABLE_ENTRIES
                                                 : 0,
        .may_be_in_place = true,
    };
    return true;
}

static bool copy_extents(const image_copy_t *c, extents_t *e)
{
    const uint32_t sizes[] = {c->sizes[0], c->sizes[1], c->sizes[2], c->sizes[3]};
    if (volume(sizes, 4) == 0 || c->run_bytes == 0) {
        return false;
    }
    *e = (extents_t){
        .num_inputs = 1,
        .inputs = {end_of(sizes, c->from_steps, 4) - 1 + c->run_bytes},
        .output = end_of(sizes, c->to_steps, 4) - 1 + c->run_bytes,
    };
    return true;
}

static bool has_weights(const image_operator_t *op)
{
    return op->kind == OPERATOR_CONV_2D || op->kind == OPERATOR_DEPTHWISE_CONV_2D ||
           op->kind == OPERATOR_FULLY_CONNECTED || op->kind == OPERATOR_GNN_SIC ||
           op->kind == OPERATOR_LORA_UNFOLDED || spiking_is_operator(op);
}

bool operator_extents(const image_operator_t *op, extents_t *extents)
{
    const image_parameters_t *p = &op->parameters;
    if (op->weight_bits != 0 && !has_weights(op)) {
        return false;
    }
    switch (op->kind) {
    case OPERATOR_CONV_2D:
        return conv_extents(&p->window, op->weight_bits, extents);
    case OPERATOR_DEPTHWISE_CONV_2D:
        return depthwise_extents(&p->window, op->weight_bits, extents);
    case OPERATOR_AVERAGE_POOL_2D:
    case OPERATOR_MAX_POOL_2D:
        return pool_extents(&p->window, extents);
    case OPERATOR_GATHER:
        return gather_extents(&p->window, extents);
    case OPERATOR_FULLY_CONNECTED:
        return dense_extents(&p->dense, op->weight_bits, extents);
    case OPERATOR_ADD:
    case OPERATOR_SUB:
    case OPERATOR_MUL:
        return join_extents(op, extents);
    case OPERATOR_MEAN:
        return mean_extents(&p->reduction, extents);
    case OPERATOR_SOFTMAX:
    case OPERATOR_LOOKUP:
    case OPERATOR_FILL:
        return rows_extents(op, extents);
    case OPERATOR_COPY:
        return copy_extents(&p->copy, extents);
    case OPERATOR_SPIKING_LAYER:
    case OPERATOR_SPIKE_READOUT:
        return spiking_extents(op, extents);
    case OPERATOR_LMMSE_DETECTOR:
    case OPERATOR_GNN_SIC:
    case OPERATOR_LORA_UNFOLDED:
        return detector_extents(op, extents);
    default:
        return false;
    }
}
