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

/**
 * Find the input pixels that an output meets.
 *
 * @param      outside  a pixel of zero points, for those that are not there
 * @param[out] taps     [depthwise_num_taps]
 */
void depthwise_find_taps(const conv_params_t *p, const int8_t *input, const int8_t *outside,
                         int32_t y, int32_t x, const int8_t **taps);

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
