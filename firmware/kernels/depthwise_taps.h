/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DEPTHWISE_CONV_2D pixel by pixel: where the input pixels lie that an output meets, and the bodies
 * that sum over them, some channels at a time, for one filter a channel and any number of taps.
 */
#ifndef AIRLOOP_KERNELS_DEPTHWISE_TAPS_H
#define AIRLOOP_KERNELS_DEPTHWISE_TAPS_H

#include "kernels/convolution.h"

/** Return how many input pixels an output meets. */
static inline size_t depthwise_num_taps(const conv_params_t *p)
{
    return (size_t)p->kernel_height * p->kernel_width;
}

/** The input as the outputs meet it, one pixel after the other. */
typedef struct {
    const conv_params_t *p;
    const int8_t *input;
    int32_t outside; /**< where a pixel of zero points lies, from the input on */
    int32_t *whole;  /**< [num_taps] from the first tap on, where no tap is outside */
    int32_t *border; /**< [num_taps] from the input on */
} depthwise_field_t;

/** The input pixels that an output meets: base + taps[i], channel by channel. */
typedef struct {
    const int32_t *taps;
    const int8_t *base;
} depthwise_pixel_t;

/** Return the bytes of scratch that a field needs. */
static inline size_t depthwise_field_bytes(const conv_params_t *p)
{
    return 2 * sizeof(int32_t) * depthwise_num_taps(p) + round_up(p->num_in, 4);
}

/** Prepare for all outputs. @param[out] scratch  4-byte aligned */
depthwise_field_t depthwise_field(const conv_params_t *p, const int8_t *input, void *scratch);

/** Find the input pixels that an output meets; they hold until the next call. */
depthwise_pixel_t depthwise_find_taps(const depthwise_field_t *f, int32_t y, int32_t x);

/** Return the bytes of scratch that the body for cores without vectors needs. */
size_t depthwise_scalar_bytes(const conv_params_t *p);

/** That body. */
void depthwise_conv_s8_scalar(const conv_params_t *p, const int8_t *input, int8_t *output,
                              void *restrict scratch);

/** Return the bytes of scratch that the body for Helium needs. */
size_t depthwise_mve_bytes(const conv_params_t *p);

/** That body. */
void depthwise_conv_s8_mve(const conv_params_t *p, const int8_t *input, int8_t *output,
                           void *restrict scratch);

#endif
