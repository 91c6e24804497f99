/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rescaling of a row of channels in the portable bodies, written so that a compiler turns it into
 * vector instructions where there are any.
 *
 * The constants lie in the caller's scratch, ROW_RESCALE_BYTES a channel. If all channels have one
 * of the ways of kernels/fast_rescale.h it is taken, else that of kernels/rescale.h.
 */
#ifndef AIRLOOP_KERNELS_RESCALE_ROW_H
#define AIRLOOP_KERNELS_RESCALE_ROW_H

#include "kernels/fast_rescale.h"

#define ROW_RESCALE_BYTES 16u

typedef struct {
    const rescale_t *rescales;
    output_range_t range;
    rescale_way_t way;
    int32_t *bias; /**< this and the following: [num_channels], as in fast_rescale_t */
    int32_t *factor;
    int32_t *offset;
    int32_t *n;
} rescale_row_t;

/**
 * Prepare the constants of a row.
 *
 * @param depth         the most products in a sum
 * @param[out] scratch  [ROW_RESCALE_BYTES * num_channels], 4-byte aligned
 */
static inline rescale_row_t rescale_row_prepare(const rescale_t *rescales,
                                                const output_range_t *range, size_t depth,
                                                size_t num_channels, int32_t *scratch)
{
    rescale_row_t row = {.rescales = rescales,
                         .range = *range,
                         .way = WAY_RIGHT,
                         .bias = scratch,
                         .factor = scratch + num_channels,
                         .offset = scratch + 2 * num_channels,
                         .n = scratch + 3 * num_channels};
    for (size_t c = 0; c < num_channels; c++) {
        row.way = rescale_way_of_both(row.way, fast_rescale_way(&rescales[c], range, depth));
    }
    for (size_t c = 0; c < num_channels; c++) {
        const fast_rescale_t f = fast_rescale_constants(&rescales[c], range, row.way);
        row.bias[c] = f.bias;
        row.factor[c] = f.factor;
        row.offset[c] = f.offset;
        row.n[c] = f.n;
    }
    return row;
}

/** Rescale the sums of the channels from `first` on. @param[out] output  int8 [num_channels] */
static inline void rescale_row(const rescale_row_t *row, const int32_t *restrict sums, size_t first,
                               size_t num_channels, int8_t *restrict output)
{
    const int32_t *restrict bias = row->bias + first;
    const int32_t *restrict factor = row->factor + first;
    const int32_t *restrict offset = row->offset + first;
    const int32_t *restrict n = row->n + first;
    switch (row->way) {
    case WAY_RIGHT:
        for (size_t c = 0; c < num_channels; c++) {
            output[c] = fast_rescale(2 * sums[c] + bias[c], factor[c], offset[c], n[c]);
        }
        break;
    case WAY_ANY:
        for (size_t c = 0; c < num_channels; c++) {
            output[c] =
                fast_rescale_any(sums[c], (fast_rescale_t){bias[c], factor[c], offset[c], n[c]});
        }
        break;
    default:
        for (size_t c = 0; c < num_channels; c++) {
            output[c] = rescale_to_s8(sums[c], &row->rescales[first + c], &row->range);
        }
    }
}

#endif
