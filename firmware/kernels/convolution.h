/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What every convolution is told: shapes, padding, zero points, weights.
 *
 * Activations are int8 [height, width, channels]; padding is SAME and stride 1, so input and
 * output have one height and width. Outside the input lies its zero point.
 */
#ifndef AIRLOOP_KERNELS_CONVOLUTION_H
#define AIRLOOP_KERNELS_CONVOLUTION_H

#include "kernels/rescale.h"

#include <stddef.h>

typedef struct {
    uint16_t height;
    uint16_t width;
    uint16_t num_in;
    uint16_t num_out;
    uint8_t kernel_height;
    uint8_t kernel_width;
    uint8_t dilation_height;
    uint8_t dilation_width;
    uint8_t pad_top;          /**< rows above the input that the first output row meets */
    uint8_t pad_left;         /**< columns left of the input */
    int16_t input_zero_point; /**< -128 .. 127 */
    output_range_t range;
    const int8_t *weights;     /**< laid out as image/image.h says; multiple of 4 bytes in memory */
    const rescale_t *rescales; /**< [num_out rounded up to 4]; bias holds -zero_point * sum(w) */
} conv_params_t;

/** Round up to a multiple of a power of two. */
static inline size_t round_up(size_t value, size_t multiple)
{
    return (value + multiple - 1) & ~(multiple - 1);
}

#endif
