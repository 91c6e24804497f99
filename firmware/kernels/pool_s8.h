/* SPDX-License-Identifier: Apache-2.0 */
/**
 * AVERAGE_POOL_2D and MAX_POOL_2D: what lies outside the input takes no part.
 *
 *     average = sign(S) floor((|S| + floor(n / 2)) / n)         of the sum S of n values
 *
 * Twin:   boards/kernels/pooling.py (equal bit for bit, tests/firmware/test_operators.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(out_height * out_width * channels * kernel).
 */
#ifndef AIRLOOP_KERNELS_POOL_S8_H
#define AIRLOOP_KERNELS_POOL_S8_H

#include "kernels/convolution.h"

/** Return the bytes of scratch that `average_pool_s8` needs; a multiple of 16. */
size_t average_pool_s8_scratch_bytes(const conv_params_t *p);

/**
 * Average; `p` tells window and range, the rest of it is not used.
 *
 * @param[in]  input    int8 [height, width, num_out]
 * @param[out] output   int8 [out_height, out_width, num_out]; overlaps the input only as
 *                      image/overlap.h says; where a window meets nothing, 0 within the range
 * @param[out] scratch  16-byte aligned; overlaps nothing
 */
void average_pool_s8(const conv_params_t *p, const int8_t *input, int8_t *output,
                     void *restrict scratch);

/** Take the greatest; -128 within the range where a window meets nothing. */
void max_pool_s8(const conv_params_t *p, const int8_t *input, int8_t *output);

#endif
