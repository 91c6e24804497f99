/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The filter of one channel in the DSP body of DEPTHWISE_CONV_2D, and the tiles it computes.
 *
 * Two neighbouring samples of a line are one word. An output at an even sample starts with the
 * first tap in the low half, one at an odd sample with the first tap in the high half, so each row
 * of a filter is kept in two versions, interleaved (t = tap, held at twice its value):
 *
 *     words of a row, 3 taps    odd (0, t0) | even (t0, t1) | odd (t1, t2) | even (t2, 0)
 *     words of a row, 2 taps    odd (0, t0) | even (t0, t1) | odd (t1, 0)  | even (0, 0)
 */
#ifndef AIRLOOP_KERNELS_DEPTHWISE_FILTER_H
#define AIRLOOP_KERNELS_DEPTHWISE_FILTER_H

#include "kernels/convolution.h"

#define DEPTHWISE_FILTER_HEADER_BYTES 24u

/** Constants and weights of one channel, in the order in which the tiles read them. */
typedef struct {
    int32_t bias;
    int32_t factor;
    int32_t offset;
    int32_t n; /**< 0: this channel has not WAY_RIGHT; nor WAY_ANY, if the factor is 0 too */
    const int8_t *end; /**< where the outputs of the line end */
    size_t stride;     /**< bytes from one output of the line to the next */
    uint32_t words[];  /**< [kernel_height][words of a row] */
} depthwise_filter_t;

/** Return the words of one row of the kernel, both versions. */
static inline size_t depthwise_filter_words(const conv_params_t *p)
{
    return (size_t)2 * ((p->kernel_width + 2u) / 2u);
}

/** Return the bytes of one filter. */
static inline size_t depthwise_filter_bytes(const conv_params_t *p)
{
    return DEPTHWISE_FILTER_HEADER_BYTES +
           sizeof(uint32_t) * depthwise_filter_words(p) * p->kernel_height;
}

/** Spread the filter of a channel out. @param[out] filter  4-byte aligned */
void depthwise_filter_prepare(const conv_params_t *p, size_t channel, depthwise_filter_t *filter);

/** Computes whole tiles of a line, up to filter->end, at least one, from three rows of samples. */
typedef void (*depthwise_line_t)(const depthwise_filter_t *filter, const int16_t *r0,
                                 const int16_t *r1, const int16_t *r2, int8_t *output);

/** Return the fast way along a line; NULL if this kernel has none. */
depthwise_line_t depthwise_filter_line(const conv_params_t *p);

/**
 * Compute some outputs of one phase of one row of one channel, with any kernel.
 *
 * @param rows         [kernel_height], the samples that the first output meets, 4-byte aligned
 * @param[out] output  the first of them; they lie filter->stride bytes apart
 */
void depthwise_filter_run(const conv_params_t *p, size_t channel, const depthwise_filter_t *filter,
                          const int16_t *const *rows, size_t num_outputs, int8_t *output);

#endif
