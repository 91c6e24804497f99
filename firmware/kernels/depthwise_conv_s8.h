/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DEPTHWISE_CONV_2D of any kernel, stride, dilation and padding: each channel has its own filter,
 * or several.
 *
 * Twin:   boards/reference.py (equal bit for bit, tests/firmware/test_kernels.py)
 * Memory: no heap, no statics; the caller owns every buffer. Narrow weights are unpacked first.
 * Time:   O(height * width * channels * taps); with the DSP extension instructions a
 *         multiply-accumulate are about 1.6 for 3 x 5 and 2.2 for 3 x 3 kernels on planes that are
 *         wide (kernels/depthwise_lines.h), 4.4 for 3 x 3 on narrow ones or with strides
 *         (kernels/depthwise_pixels.h).
 */
#ifndef AIRLOOP_KERNELS_DEPTHWISE_CONV_S8_H
#define AIRLOOP_KERNELS_DEPTHWISE_CONV_S8_H

#include "kernels/convolution.h"
#include "status.h"

/** Return the bytes of scratch that `depthwise_conv_s8` needs; a multiple of 16. */
size_t depthwise_conv_s8_scratch_bytes(const conv_params_t *p);

/**
 * Convolve.
 *
 * @param[in]  input    int8 [height, width, num_in]
 * @param[out] output   int8 [out_height, out_width, num_out]; overlaps the input only as
 *                      image/overlap.h says
 * @param[out] scratch  16-byte aligned; overlaps nothing
 * @return STATUS_OK, or STATUS_BAD_ARG with the output untouched if num_out is no multiple of
 *         num_in
 */
status_t depthwise_conv_s8(const conv_params_t *p, const int8_t *input, int8_t *output,
                           void *restrict scratch);

#endif
