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
 * Four channels are worked on at a time. Of each, only the rows that the kernel spans are kept.
 */
#ifndef AIRLOOP_KERNELS_DEPTHWISE_LINES_H
#define AIRLOOP_KERNELS_DEPTHWISE_LINES_H

#include "kernels/convolution.h"

#define DEPTHWISE_CHANNELS 4u
#define DEPTHWISE_TILE 4u
#define DEPTHWISE_CHANNEL_HEADER_BYTES 24u

typedef struct {
    size_t phase; /**< samples of one phase of a line, even */
    size_t line;  /**< samples of a line */
    size_t rows;  /**< rows kept of each channel */
    size_t words; /**< pairs of weights in one row of the kernel, even and odd version together */
} depthwise_lines_t;

static inline depthwise_lines_t depthwise_lines(const conv_params_t *p)
{
    const size_t dilation = p->dilation_width;
    const size_t outputs = (p->width + dilation - 1) / dilation;
    const size_t phase = round_up(round_up(outputs, DEPTHWISE_TILE) + p->kernel_width + 1u, 2);
    const size_t span = (p->kernel_height - 1u) * p->dilation_height + 1u;
    return (depthwise_lines_t){.phase = phase,
                               .line = phase * dilation,
                               .rows = span < p->height ? span : p->height,
                               .words = 2u * ((p->kernel_width + 2u) / 2u)};
}

/** Bytes of the lines: those of four channels, and one that holds nothing but zero points. */
static inline size_t depthwise_line_bytes(const depthwise_lines_t *lines)
{
    return sizeof(int16_t) * lines->line * (DEPTHWISE_CHANNELS * lines->rows + 1u);
}

/** Bytes of the constants and weights of one channel. */
static inline size_t depthwise_channel_bytes(const conv_params_t *p, const depthwise_lines_t *lines)
{
    return DEPTHWISE_CHANNEL_HEADER_BYTES + sizeof(uint32_t) * lines->words * p->kernel_height;
}

#endif
