/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The working memory of the DSP body of DEPTHWISE_CONV_2D: lines of int16 samples.
 *
 * A line holds one row of one channel, zero points left and right of it. Dilation is undone by
 * keeping the samples of each phase together, so that the taps of a filter are neighbours:
 *
 *     row, dilation 2        . . a b c d e f . .          (. = zero point)
 *     phase 0, then phase 1  . a c e . _ | . b d f . _     (_ = unused)
 *
 * Four channels are worked on at a time. Of each, only the rows that the kernel spans are kept, row
 * y at place y modulo their number; behind them lies a line of nothing but zero points.
 */
#ifndef AIRLOOP_KERNELS_DEPTHWISE_LINES_H
#define AIRLOOP_KERNELS_DEPTHWISE_LINES_H

#include "kernels/convolution.h"

#define DEPTHWISE_CHANNELS 4u
#define DEPTHWISE_TILE 4u
#define DEPTHWISE_MAX_KERNEL_HEIGHT 16
#define DEPTHWISE_LONG_LINE 8
#define DEPTHWISE_MAX_STEP 64 /* so that the bytes of all lines fit 32 bits */

typedef struct {
    int16_t *samples; /**< [DEPTHWISE_CHANNELS][rows + 1][line], 4-byte aligned */
    size_t rows;      /**< rows kept of each channel */
    size_t line;      /**< samples of a line, even */
    size_t phase;     /**< samples of one phase of a line, even */
} depthwise_lines_t;

/** Whether lines can hold a convolution: stride 1, one output a channel, as large as the input. */
static inline bool depthwise_has_lines(const conv_params_t *p)
{
    return p->num_in == p->num_out && p->stride_height == 1 && p->stride_width == 1 &&
           p->out_height == p->height && p->out_width == p->width &&
           p->kernel_height <= DEPTHWISE_MAX_KERNEL_HEIGHT &&
           p->kernel_width <= DEPTHWISE_MAX_STEP && p->dilation_height <= DEPTHWISE_MAX_STEP &&
           p->dilation_width <= DEPTHWISE_MAX_STEP &&
           p->pad_top <= (p->kernel_height - 1) * p->dilation_height &&
           p->pad_left <= (p->kernel_width - 1) * p->dilation_width;
}

/** Whether lines are so long that what they cost before the first output pays off. */
static inline bool depthwise_has_long_lines(const conv_params_t *p)
{
    return p->width >= DEPTHWISE_LONG_LINE * p->dilation_width;
}

/** Return the geometry of the lines; where they lie is up to the caller. */
static inline depthwise_lines_t depthwise_lines(const conv_params_t *p)
{
    const size_t dilation = p->dilation_width;
    const size_t outputs = (p->width + dilation - 1) / dilation;
    const size_t phase = round_up(round_up(outputs, DEPTHWISE_TILE) + p->kernel_width + 1u, 2);
    const size_t span = (p->kernel_height - 1u) * p->dilation_height + 1u;
    return (depthwise_lines_t){
        .rows = span < p->height ? span : p->height, .line = phase * dilation, .phase = phase};
}

/** Return the samples from one channel to the next. */
static inline size_t depthwise_channel_samples(const depthwise_lines_t *lines)
{
    return (lines->rows + 1) * lines->line;
}

/** Return the bytes of all lines. */
static inline size_t depthwise_line_bytes(const depthwise_lines_t *lines)
{
    return sizeof(int16_t) * DEPTHWISE_CHANNELS * depthwise_channel_samples(lines);
}

/** Return where a row of the first channel lies, or what stands for it outside the input. */
static inline int16_t *depthwise_line(const depthwise_lines_t *lines, const conv_params_t *p,
                                      int32_t row)
{
    const bool is_inside = row >= 0 && row < p->height;
    return lines->samples + (is_inside ? (size_t)row % lines->rows : lines->rows) * lines->line;
}

/** Return the bytes of scratch that the following needs. */
size_t depthwise_lines_bytes(const conv_params_t *p);

/**
 * The DSP body of kernels/depthwise_conv_s8.h, where there is one.
 *
 * @param p  a convolution that lines can hold
 */
void depthwise_conv_s8_dsp(const conv_params_t *p, const int8_t *input, int8_t *output,
                           void *restrict scratch);

/** Fill all lines with zero points; what is left and right of the input stays so. */
void depthwise_lines_clear(const depthwise_lines_t *lines, int16_t zero_point);

/**
 * Spread one row of the input.
 *
 * @param from          the row's first value of the first of the channels
 * @param num_channels  1 .. DEPTHWISE_CHANNELS
 */
void depthwise_lines_spread(const depthwise_lines_t *lines, const conv_params_t *p,
                            const int8_t *from, size_t row, size_t num_channels);

#endif
