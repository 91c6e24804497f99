/* SPDX-License-Identifier: Apache-2.0 */
#include "image/overlap.h"

/** Along one axis: what is written at a step, and read, which begins behind the padding [bytes]. */
typedef struct {
    uint32_t num_steps;
    uint32_t stride;
    uint32_t pad;
    int64_t written;
    int64_t read;
} axis_t;

static int64_t lead_at(const axis_t *a, uint32_t step)
{
    const int64_t begins = (int64_t)step * a->stride - a->pad;
    return step * a->written - (begins > 0 ? begins : 0) * a->read;
}

/** By how much writing is ahead of reading at most: at an end, or where the padding ends. */
static int64_t most_lead(const axis_t *a)
{
    const uint32_t last = a->num_steps - 1;
    const uint32_t turn = a->pad / a->stride;
    int64_t most = lead_at(a, last);
    for (uint32_t step = turn; step <= turn + 1; step++) {
        const int64_t lead = lead_at(a, step < last ? step : last);
        most = lead > most ? lead : most;
    }
    return most;
}

/** No product here exceeds 2^62: of a plane 2^32 bytes, of rows and columns 2^30 are possible. */
static int64_t window_distance(const image_window_t *w)
{
    const axis_t rows = {.num_steps = w->out_height,
                         .stride = w->stride_height,
                         .pad = w->pad_top,
                         .written = (int64_t)w->out_width * w->num_out,
                         .read = (int64_t)w->width * w->num_in};
    const axis_t columns = {.num_steps = w->out_width,
                            .stride = w->stride_width,
                            .pad = w->pad_left,
                            .written = w->num_out,
                            .read = w->num_in};
    return most_lead(&rows) + most_lead(&columns);
}

static int64_t dense_distance(const image_dense_t *d)
{
    const axis_t rows = {
        .num_steps = d->num_rows, .stride = 1, .written = d->num_out, .read = d->num_in};
    return most_lead(&rows);
}

bool operator_may_overlap(const image_operator_t *op, uint32_t distance)
{
    const image_window_t *w = &op->parameters.window;
    const image_dense_t *d = &op->parameters.dense;
    switch (op->kind) {
    case OPERATOR_CONV_2D:
        return w->num_groups == 1 && (w->pixel_bytes == 0 || w->pixel_bytes == w->num_out) &&
               distance >= window_distance(w);
    case OPERATOR_DEPTHWISE_CONV_2D:
        return (w->num_in != w->num_out || distance % w->num_out == 0) &&
               distance >= window_distance(w);
    case OPERATOR_AVERAGE_POOL_2D:
        return distance >= window_distance(w);
    case OPERATOR_MAX_POOL_2D:
        return distance >= window_distance(w) + w->num_out;
    case OPERATOR_FULLY_CONNECTED:
        return (d->row_bytes == 0 || d->row_bytes == d->num_out) && distance >= dense_distance(d);
    default:
        return false;
    }
}
