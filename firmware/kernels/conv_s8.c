/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_s8.h"

#include "kernels/matmul_s8.h"

#include <string.h>

/** Where in the image a kernel lies: the input pixel of its first tap. */
typedef struct {
    int32_t row;
    int32_t column;
} position_t;

/** Channels of one group. */
static size_t group_in(const conv_params_t *p)
{
    return p->num_in / p->num_groups;
}

static size_t group_out(const conv_params_t *p)
{
    return p->num_out / p->num_groups;
}

/** Values that meet at one output pixel of a group, rounded up to a multiple of 4. */
static size_t depth_of(const conv_params_t *p)
{
    return round_up((size_t)p->kernel_height * p->kernel_width * group_in(p), 4);
}

/** What is gathered, and what is read behind it. */
static size_t gathered_bytes(const conv_params_t *p)
{
    const size_t overread = p->weight_bits == NARROW_WIDE ? 0 : MATMUL_S8_NARROW_OVERREAD;
    return round_up(MATMUL_S8_COLUMNS * depth_of(p) + overread, 16);
}

size_t conv_s8_scratch_bytes(const conv_params_t *p)
{
    const size_t tile = conv_writes_apart(p) ? round_up(MATMUL_S8_COLUMNS * group_out(p), 16) : 0;
    return matmul_s8_scratch_bytes(depth_of(p), group_out(p), p->weight_bits) + gathered_bytes(p) +
           tile;
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

static inline int8_t *fill(int8_t *to, int16_t value, size_t num_bytes)
{
    int8_t *const end = to + num_bytes;
    while (to != end) {
        *to++ = (int8_t)value;
    }
    return to;
}

static inline int32_t clamp(int32_t value, int32_t low, int32_t high)
{
    const int32_t raised = value < low ? low : value;
    return raised > high ? high : raised;
}

/** What the kernel meets of each row at one output column [bytes]. */
typedef struct {
    size_t before; /**< left of the input */
    size_t from;   /**< where in a row the rest begins */
    size_t inside;
    size_t after; /**< right of the input */
} stretch_t;

static stretch_t stretch_at(const conv_params_t *p, int32_t column)
{
    const int32_t first = clamp(-column, 0, p->kernel_width);
    const int32_t last = clamp(p->width - column, first, p->kernel_width);
    return (stretch_t){.before = (size_t)first * p->num_in,
                       .from = last > first ? (size_t)(column + first) * p->num_in : 0,
                       .inside = (size_t)(last - first) * p->num_in,
                       .after = (size_t)(p->kernel_width - last) * p->num_in};
}

/** Gather what the kernel meets at one output pixel, from rows whose pixels lie side by side. */
static void gather(const conv_params_t *p, const int8_t *input, position_t at, int8_t *column)
{
    const stretch_t s = stretch_at(p, at.column);
    const size_t row_bytes = (size_t)p->width * p->num_in;
    for (size_t i = p->kernel_height; i > 0; i--) {
        if (at.row >= 0 && at.row < p->height) {
            column = fill(column, p->input_zero_point, s.before);
            column = copy(column, input + (size_t)at.row * row_bytes + s.from, s.inside);
            column = fill(column, p->input_zero_point, s.after);
        } else {
            column = fill(column, p->input_zero_point, s.before + s.inside + s.after);
        }
        at.row += p->dilation_height;
    }
}

/** The same where pixels do not lie side by side, or only some of their channels count. */
static void gather_apart(const conv_params_t *p, const int8_t *input, position_t at, int8_t *column)
{
    const size_t num_values = group_in(p);
    const int32_t end = at.column + p->kernel_width * p->dilation_width;
    for (size_t i = 0; i < p->kernel_height; i++) {
        const bool is_row = at.row >= 0 && at.row < p->height;
        const int8_t *row = input + (is_row ? (size_t)at.row * p->width * p->num_in : 0);
        for (int32_t x = at.column; x < end; x += p->dilation_width) {
            if (is_row && x >= 0 && x < p->width) {
                column = copy(column, row + (size_t)x * p->num_in, num_values);
            } else {
                column = fill(column, p->input_zero_point, num_values);
            }
        }
        at.row += p->dilation_height;
    }
}

/** Columns gathered so far, and where their outputs go. */
typedef struct {
    const matmul_s8_t *m;
    void *scratch;
    int8_t *columns[MATMUL_S8_COLUMNS];
    int8_t *tile; /**< outputs before they are spread out; NULL where they are not */
    size_t num_columns;
    size_t pixel_bytes; /**< from one output pixel to the next */
    int8_t *output;
} columns_t;

/** Multiply what was gathered. */
static void flush(columns_t *c)
{
    const int8_t *const *columns = (const int8_t *const *)c->columns;
    const size_t num_out = c->m->num_out;
    if (c->tile == NULL) {
        matmul_s8_tile(c->m, columns, c->num_columns, c->output, c->scratch);
    } else {
        matmul_s8_tile(c->m, columns, c->num_columns, c->tile, c->scratch);
        for (size_t i = 0; i < c->num_columns; i++) {
            memcpy(c->output + i * c->pixel_bytes, c->tile + i * num_out, num_out);
        }
    }
    c->output += c->num_columns * c->pixel_bytes;
    c->num_columns = 0;
}

/** All pixels of one group. */
static void convolve(const conv_params_t *p, const int8_t *input, columns_t *c)
{
    const bool is_apart = p->dilation_width != 1 || p->num_groups != 1;
    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            const position_t at = {.row = y * p->stride_height - p->pad_top,
                                   .column = x * p->stride_width - p->pad_left};
            int8_t *column = c->columns[c->num_columns++];
            if (is_apart) {
                gather_apart(p, input, at, column);
            } else {
                gather(p, input, at, column);
            }
            if (c->num_columns == MATMUL_S8_COLUMNS) {
                flush(c);
            }
        }
    }
    if (c->num_columns > 0) {
        flush(c);
    }
}

status_t conv_s8(const conv_params_t *p, const int8_t *input, int8_t *output,
                 void *restrict scratch)
{
    const size_t num_in = group_in(p);
    const size_t num_out = group_out(p);
    const size_t depth = depth_of(p);
    const size_t group_bytes =
        round_up(num_out, 2) / 2 * matmul_s8_pair_bytes(depth, p->weight_bits);
    int8_t *gathered = (int8_t *)scratch + matmul_s8_scratch_bytes(depth, num_out, p->weight_bits);
    int8_t *tile = gathered + gathered_bytes(p);

    memset(gathered, 0, MATMUL_S8_COLUMNS * depth);
    for (size_t group = 0; group < p->num_groups; group++) {
        const matmul_s8_t m = {.weights = p->weights + group * group_bytes,
                               .weight_bits = p->weight_bits,
                               .rescales = p->rescales + group * num_out,
                               .depth = depth,
                               .num_out = num_out,
                               .range = p->range};
        columns_t c = {.m = &m,
                       .scratch = scratch,
                       .tile = conv_writes_apart(p) ? tile : NULL,
                       .pixel_bytes = p->pixel_bytes,
                       .output = output + group * num_out};
        for (size_t i = 0; i < MATMUL_S8_COLUMNS; i++) {
            c.columns[i] = gathered + i * depth;
        }
        matmul_s8_prepare(&m, scratch);
        convolve(p, input + group * num_in, &c);
    }
    return STATUS_OK;
}
