/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The DSP body of DEPTHWISE_CONV_2D for planes that are too narrow for lines, and for any stride:
 * pixel by pixel, four channels at a time.
 *
 *     block of four channels    tap 0: (c0, c2), (c1, c3) | tap 1: (c0, c2), (c1, c3) ... |
 * constants
 *
 * Weights are held at twice their value, as in kernels/fast_rescale.h.
 */
#ifndef AIRLOOP_KERNELS_DEPTHWISE_PIXELS_H
#define AIRLOOP_KERNELS_DEPTHWISE_PIXELS_H

#include "kernels/depthwise_taps.h"

#define DEPTHWISE_PIXELS_MAX_TAPS 64u
/** Bytes behind the input that are read too; what they are does not matter. */
#define DEPTHWISE_PIXELS_OVERREAD 3u

#define DEPTHWISE_BLOCK 4u
#define DEPTHWISE_BLOCK_CONSTANT_BYTES 64u

/** Whether this body can compute a convolution: one filter a channel, and not too many taps. */
static inline bool depthwise_has_pixels(const conv_params_t *p)
{
    return p->num_in == p->num_out &&
           (size_t)p->kernel_height * p->kernel_width <= DEPTHWISE_PIXELS_MAX_TAPS;
}

/** Return the bytes of scratch that it needs. */
static inline size_t depthwise_pixels_bytes(const conv_params_t *p)
{
    const size_t blocks = round_up(p->num_out, DEPTHWISE_BLOCK) / DEPTHWISE_BLOCK;
    return blocks *
               (DEPTHWISE_BLOCK_CONSTANT_BYTES + 2 * sizeof(uint32_t) * depthwise_num_taps(p)) +
           depthwise_field_bytes(p);
}

/** Convolve. @param p  a convolution that it can compute */
void depthwise_conv_s8_pixels(const conv_params_t *p, const int8_t *input, int8_t *output,
                              void *restrict scratch);

#endif
