/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What every convolution is told: shapes, padding, zero points, weights.
 *
 * Activations are int8 [height, width, channels]. Output row i meets input rows i * stride + k *
 * dilation - pad, columns likewise. Outside the input lies its zero point.
 */
#ifndef AIRLOOP_KERNELS_CONVOLUTION_H
#define AIRLOOP_KERNELS_CONVOLUTION_H

#include "kernels/rescale.h"

#include <stddef.h>

typedef struct {
    uint16_t height;
    uint16_t width;
    uint16_t num_in;
    uint16_t out_height;
    uint16_t out_width;
    uint16_t num_out;
    uint16_t kernel_height;
    uint16_t kernel_width;
    uint16_t dilation_height;
    uint16_t dilation_width;
    uint16_t stride_height;
    uint16_t stride_width;
    uint16_t pad_top;  /**< rows above the input that the first output row meets */
    uint16_t pad_left; /**< columns left of the input */
    uint16_t num_groups;
    uint16_t pixel_bytes;     /**< from one pixel of the output to the next; num_out, or more */
    int16_t input_zero_point; /**< -128 .. 127 */
    output_range_t range;
    uint16_t weight_bits;      /**< 8, or those of narrow weights */
    const int8_t *weights;     /**< laid out as image/image.h says; multiple of 4 bytes in memory */
    const rescale_t *rescales; /**< [num_out rounded up to 4]; bias holds -zero_point * sum(w) */
} conv_params_t;

/** Whether each output pixel is made of the input pixel at its own place, and of nothing else. */
static inline bool conv_reads_in_place(const conv_params_t *p)
{
    return p->kernel_height == 1 && p->kernel_width == 1 && p->stride_height == 1 &&
           p->stride_width == 1 && p->num_groups == 1 && p->pad_top == 0 && p->pad_left == 0 &&
           p->out_height == p->height && p->out_width == p->width;
}

/** Whether the outputs of some pixels do not lie side by side: there are groups, or other parts. */
static inline bool conv_writes_apart(const conv_params_t *p)
{
    return p->num_groups > 1 || p->pixel_bytes != p->num_out;
}

/** Round up to a multiple of a power of two. */
static inline size_t round_up(size_t value, size_t multiple)
{
    return (value + multiple - 1) & ~(multiple - 1);
}

#endif
