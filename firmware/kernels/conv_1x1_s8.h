/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CONV_2D with a 1 x 1 kernel, stride 1 and one group: a matrix product a pixel.
 *
 * Columns are read where they lie, in fours: up to CONV_1X1_S8_OVERREAD bytes behind the input are
 * read too, and multiplied by zero; with narrow weights up to CONV_1X1_S8_NARROW_OVERREAD.
 *
 * Twin:   boards/reference.py (equal bit for bit, tests/firmware/test_kernels.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   that of kernels/matmul_s8.h.
 */
#ifndef AIRLOOP_KERNELS_CONV_1X1_S8_H
#define AIRLOOP_KERNELS_CONV_1X1_S8_H

#include "kernels/convolution.h"
#include "kernels/matmul_s8.h"
#include "status.h"

#define CONV_1X1_S8_OVERREAD 3u
#define CONV_1X1_S8_NARROW_OVERREAD (CONV_1X1_S8_OVERREAD + MATMUL_S8_NARROW_OVERREAD)

/** Return the bytes of scratch that `conv_1x1_s8` needs; a multiple of 16. */
size_t conv_1x1_s8_scratch_bytes(const conv_params_t *p);

/**
 * Convolve.
 *
 * @param[in]  input    int8 [height, width, num_in], that many more bytes readable
 * @param[out] output   int8 [height, width] pixels of num_out, pixel_bytes apart; overlaps the
 * input only as image/overlap.h says
 * @param[out] scratch  16-byte aligned; overlaps nothing
 * @return STATUS_OK, or STATUS_BAD_ARG with the output untouched for any other convolution
 */
status_t conv_1x1_s8(const conv_params_t *p, const int8_t *input, int8_t *output,
                     void *restrict scratch);

#endif
