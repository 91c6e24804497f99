/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CONV_2D of any kernel, stride, dilation, padding and number of groups: gathers a column a pixel,
 * then multiplies.
 *
 * Twin:   boards/reference.py (equal bit for bit, tests/firmware/test_kernels.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   that of kernels/matmul_s8.h, and about 2 instructions a gathered value.
 */
#ifndef AIRLOOP_KERNELS_CONV_S8_H
#define AIRLOOP_KERNELS_CONV_S8_H

#include "kernels/convolution.h"
#include "status.h"

/** Return the bytes of scratch that `conv_s8` needs; a multiple of 16. */
size_t conv_s8_scratch_bytes(const conv_params_t *p);

/**
 * Convolve.
 *
 * @param[in]  input    int8 [height, width, num_in]
 * @param[out] output   int8 [out_height, out_width, num_out]; overlaps the input only as
 *                      image/overlap.h says
 * @param[out] scratch  16-byte aligned; overlaps nothing
 * @return STATUS_OK
 */
status_t conv_s8(const conv_params_t *p, const int8_t *input, int8_t *output,
                 void *restrict scratch);

#endif
