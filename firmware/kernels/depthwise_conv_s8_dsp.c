/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for the DSP extension, for what lines can hold: four channels at a time, row by row.
 * Input rows are spread out to lines of int16 (kernels/depthwise_lines.h) that filters run along
 * (kernels/depthwise_filter.h).
 */
#include "kernels/depthwise_conv_s8.h"

#include "kernels/depthwise_filter.h"
#include "kernels/depthwise_lines.h"
#include "kernels/simd.h"

#if AIRLOOP_DSP

/** One run of the kernel; scratch holds the filters, then the lines. */
typedef struct {
    const conv_params_t *p;
    depthwise_lines_t lines;
    uint8_t *filters;
    depthwise_line_t line; /**< the fast way along a line, or NULL */
    size_t filter_bytes;
    size_t num_phases;  /**< that have outputs */
    size_t outputs;     /**< of the shortest phase */
    size_t long_phases; /**< phases that have one more */
    size_t line_bytes;  /**< of output that `outputs` of one phase span */
} run_t;

static depthwise_filter_t *filter_of(const run_t *run, size_t i_channel)
{
    return (depthwise_filter_t *)(void *)(run->filters + i_channel * run->filter_bytes);
}

/** One phase of one row of one channel the fast way: whole tiles, then what is left. */
static void run_phase(const run_t *run, size_t channel, const int16_t *const rows[3],
                      size_t num_outputs, int8_t *output)
{
    depthwise_filter_t *filter = filter_of(run, channel % DEPTHWISE_CHANNELS);
    const size_t whole = num_outputs & ~(DEPTHWISE_TILE - 1u);
    int8_t *end = output + whole * filter->stride;
    if (whole > 0) {
        filter->end = end;
        run->line(filter, rows[0], rows[1], rows[2], output);
    }
    if (whole < num_outputs) {
        const int16_t *rest[] = {rows[0] + whole, rows[1] + whole, rows[2] + whole};
        depthwise_filter_run(run->p, channel, filter, rest, num_outputs - whole, end);
    }
}

/** All phases of one row of one channel. @param rows  the lines it meets; they are moved on */
static void run_phases(const run_t *run, size_t channel, const int16_t **rows, int8_t *output)
{
    const depthwise_filter_t *filter = filter_of(run, channel % DEPTHWISE_CHANNELS);
    const bool is_fast = run->line != NULL && filter->n != 0;
    for (size_t phase = 0; phase < run->num_phases; phase++) {
        const size_t num_outputs = run->outputs + (phase < run->long_phases);
        if (is_fast) {
            run_phase(run, channel, rows, num_outputs, output);
        } else {
            depthwise_filter_run(run->p, channel, filter, rows, num_outputs, output);
        }
        output += run->p->num_out;
        for (size_t i = 0; i < run->p->kernel_height; i++) {
            rows[i] += run->lines.phase;
        }
    }
}

/** One row of outputs of up to four channels. */
static void run_row(const run_t *run, size_t first, size_t num_channels, int32_t y, int8_t *output)
{
    const conv_params_t *p = run->p;
    const int16_t *lines[DEPTHWISE_MAX_KERNEL_HEIGHT];
    for (int32_t i = 0; i < p->kernel_height; i++) {
        lines[i] = depthwise_line(&run->lines, p, y - p->pad_top + i * p->dilation_height);
    }
    for (size_t c = 0; c < num_channels; c++) {
        const int16_t *rows[DEPTHWISE_MAX_KERNEL_HEIGHT];
        for (size_t i = 0; i < p->kernel_height; i++) {
            rows[i] = lines[i];
            lines[i] += depthwise_channel_samples(&run->lines);
        }
        run_phases(run, first + c, rows, output + c);
    }
}

/** One row where every channel has the fast way and every phase is made of whole tiles. */
static __attribute__((noinline)) void run_row_fast(const run_t *run, int32_t y, int8_t *output)
{
    const conv_params_t *p = run->p;
    const size_t dilation = p->dilation_height;
    const size_t phase_samples = run->lines.phase;
    const size_t next_channel = depthwise_channel_samples(&run->lines) - run->lines.line;
    const size_t num_out = p->num_out;
    const size_t num_phases = run->num_phases;
    const size_t filter_bytes = run->filter_bytes;
    const depthwise_line_t line = run->line;
    const int32_t top = y - p->pad_top;
    const int16_t *r0 = depthwise_line(&run->lines, p, top);
    const int16_t *r1 = depthwise_line(&run->lines, p, top + (int32_t)dilation);
    const int16_t *r2 = depthwise_line(&run->lines, p, top + (int32_t)(2 * dilation));
    uint8_t *filters = run->filters;

    for (size_t c = 0; c < DEPTHWISE_CHANNELS; c++) {
        depthwise_filter_t *filter = (depthwise_filter_t *)(void *)filters;
        int8_t *to = output + c;
        int8_t *end = to + run->line_bytes;
        for (size_t phase = 0; phase < num_phases; phase++) {
            filter->end = end;
            line(filter, r0, r1, r2, to);
            to += num_out;
            end += num_out;
            r0 += phase_samples;
            r1 += phase_samples;
            r2 += phase_samples;
        }
        r0 += next_channel;
        r1 += next_channel;
        r2 += next_channel;
        filters += filter_bytes;
    }
}

/** Whether `run_row_fast` may be taken for the channels whose filters are prepared. */
static bool is_fast(const run_t *run, size_t num_channels)
{
    bool yes = run->line != NULL && num_channels == DEPTHWISE_CHANNELS && run->outputs > 0 &&
               run->outputs % DEPTHWISE_TILE == 0 && run->long_phases == 0;
    for (size_t c = 0; c < num_channels; c++) {
        yes = yes && filter_of(run, c)->n != 0;
    }
    return yes;
}

/** All rows of up to four channels; an input row is spread just before it is met first. */
static void run_channels(const run_t *run, size_t first, size_t num_channels, const int8_t *input,
                         int8_t *output)
{
    const conv_params_t *p = run->p;
    const size_t row_bytes = (size_t)p->width * p->num_out;
    const int32_t reach = (p->kernel_height - 1) * p->dilation_height - p->pad_top;
    int32_t next_row = 0;

    for (size_t c = 0; c < num_channels; c++) {
        depthwise_filter_prepare(p, first + c, filter_of(run, c));
    }
    const bool takes_fast_way = is_fast(run, num_channels);
    for (int32_t y = 0; y < p->height; y++) {
        for (; next_row <= y + reach && next_row < p->height; next_row++) {
            const size_t row = (size_t)next_row;
            depthwise_lines_spread(&run->lines, p, input + row * row_bytes + first, row,
                                   num_channels);
        }
        int8_t *to = output + (size_t)y * row_bytes + first;
        if (takes_fast_way) {
            run_row_fast(run, y, to);
        } else {
            run_row(run, first, num_channels, y, to);
        }
    }
}

size_t depthwise_lines_bytes(const conv_params_t *p)
{
    const depthwise_lines_t lines = depthwise_lines(p);
    return DEPTHWISE_CHANNELS * depthwise_filter_bytes(p) + depthwise_line_bytes(&lines);
}

void depthwise_conv_s8_dsp(const conv_params_t *p, const int8_t *input, int8_t *output,
                           void *restrict scratch)
{
    const size_t dilation = p->dilation_width;
    const size_t outputs = p->width / dilation;
    const size_t long_phases = p->width % dilation;
    run_t run = {.p = p,
                 .lines = depthwise_lines(p),
                 .filters = scratch,
                 .line = depthwise_filter_line(p),
                 .filter_bytes = depthwise_filter_bytes(p),
                 .num_phases = outputs > 0 ? dilation : long_phases,
                 .outputs = outputs,
                 .long_phases = long_phases,
                 .line_bytes = outputs * dilation * p->num_out};
    run.lines.samples = (int16_t *)(void *)(run.filters + DEPTHWISE_CHANNELS * run.filter_bytes);

    depthwise_lines_clear(&run.lines, p->input_zero_point);
    for (size_t c = 0; c < p->num_out; c += DEPTHWISE_CHANNELS) {
        const size_t left = p->num_out - c;
        run_channels(&run, c, left < DEPTHWISE_CHANNELS ? left : DEPTHWISE_CHANNELS, input, output);
    }
}

#endif
