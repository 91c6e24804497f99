/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_s8.h"

#include "kernels/matmul_s8.h"

#include <string.h>

/** Where in the image a kernel lies: the input pixel of its first tap. */
typedef struct {
    int32_t row;
    int32_t column;
} position_t;

static size_t depth_of(const conv_params_t *p)
{
    return (size_t)p->kernel_height * p->kernel_width * p->num_in;
}

size_t conv_s8_scratch_bytes(const conv_params_t *p)
{
    const size_t depth = round_up(depth_of(p), 4);
    return matmul_s8_scratch_bytes(depth, p->num_out) + round_up(MATMUL_S8_COLUMNS * depth, 16);
}

/** Copy bytes, four at a time. */
static inline int8_t *copy(int8_t *restrict to, const int8_t *restrict from, size_t num_bytes)
{
    size_t i = 0;
    for (; i + 4 <= num_bytes; i += 4) {
        memcpy(to + i, from + i, 4);
    }
    for (; i < num_bytes; i++) {
        to[i] = from[i];
    }
    return to + num_bytes;
}

/** Copy the pixels that one row of the kernel meets, zero points where there are none. */
static int8_t *gather_row(const conv_params_t *p, const int8_t *input, position_t at, int8_t *to)
{
    const size_t num_in = p->num_in;
    const int32_t last = at.column + (p->kernel_width - 1) * p->dilation_width;
    const bool is_inside = at.row >= 0 && at.row < p->height;
    const int8_t *row = input + (is_inside ? (size_t)at.row * p->width * num_in : 0);

    if (is_inside && at.column >= 0 && last < p->width && p->dilation_width == 1) {
        return copy(to, row + (size_t)at.column * num_in, p->kernel_width * num_in);
    }
    for (int32_t x = at.column; x <= last; x += p->dilation_width) {
        if (is_inside && x >= 0 && x < p->width) {
            to = copy(to, row + (size_t)x * num_in, num_in);
        } else {
            memset(to, p->input_zero_point, num_in);
            to += num_in;
        }
    }
    return to;
}

/** Gather everything that the kernel meets at one output pixel. */
static void gather(const conv_params_t *p, const int8_t *input, position_t at, int8_t *column)
{
    for (size_t i = 0; i < p->kernel_height; i++) {
        column = gather_row(p, input, at, column);
        at.row += p->dilation_height;
    }
}

status_t conv_s8(const conv_params_t *p, const int8_t *restrict input, int8_t *restrict output,
                 void *restrict scratch)
{
    const matmul_s8_t m = {.weights = p->weights,
                           .rescales = p->rescales,
                           .depth = round_up(depth_of(p), 4),
                           .num_out = p->num_out,
                           .range = p->range};
    int8_t *gathered = (int8_t *)scratch + matmul_s8_scratch_bytes(m.depth, m.num_out);
    int8_t *columns[MATMUL_S8_COLUMNS];
    for (size_t i = 0; i < MATMUL_S8_COLUMNS; i++) {
        columns[i] = gathered + i * m.depth;
    }
    memset(gathered, 0, MATMUL_S8_COLUMNS * m.depth);
    matmul_s8_prepare(&m, scratch);

    size_t num_columns = 0;
    for (int32_t y = 0; y < p->height; y++) {
        for (int32_t x = 0; x < p->width; x++) {
            const position_t at = {.row = y - p->pad_top, .column = x - p->pad_left};
            gather(p, input, at, columns[num_columns++]);
            if (num_columns == MATMUL_S8_COLUMNS) {
                matmul_s8_tile(&m, (const int8_t *const *)columns, num_columns, output, scratch);
                output += num_columns * m.num_out;
                num_columns = 0;
            }
        }
    }
    if (num_columns > 0) {
        matmul_s8_tile(&m, (const int8_t *const *)columns, num_columns, output, scratch);
    }
    return STATUS_OK;
}
